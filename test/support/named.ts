// An API on a socket with a container behind it, called at the host of a deployment: over raw bytes, as a browser does, and beside that
// at the container itself.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createClient, placeBid } from '../../src/api/client.ts';
import { type Api, createApi } from '../../src/api/create-api.ts';
import type { ApiOptions, ApiParts } from '../../src/api/parts.ts';
import { ADMIN, apiOptions, apiParts, BID } from './api.ts';
import { MarketFake } from './market-fake.ts';

/** What a container does with a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Call {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly host?: string;
}

export class Named {
  readonly market = new MarketFake();
  readonly container: Server;
  /** Tunnels that are open now, and how many ever were. */
  readonly tunnels = new Set<Duplex>();
  opened = 0;
  handle: Handler = (_, response) => response.end('hello');
  /** What a tunnel is, where it is not a connection to the container. */
  openTunnel: () => Promise<Duplex> = async () => connect(this.containerPort, '127.0.0.1');
  readonly #api: Api;

  private constructor(options: Partial<ApiOptions>, parts: Partial<ApiParts>) {
    this.container = createServer((incoming, response) => this.handle(incoming, response));
    this.#api = createApi({ ...apiOptions, port: 0, ...options }, { ...apiParts(this.market), ...parts });
    this.market.connectTo = async () => {
      const tunnel = await this.openTunnel();
      this.opened += 1;
      this.tunnels.add(tunnel);
      tunnel.on('error', () => {});
      tunnel.once('close', () => this.tunnels.delete(tunnel));
      return tunnel;
    };
  }

  static async open(options: Partial<ApiOptions> = {}, parts: Partial<ApiParts> = {}): Promise<Named> {
    const named = new Named(options, parts);
    named.container.listen(0, '127.0.0.1');
    await once(named.container, 'listening');
    await named.#api.start();
    return named;
  }

  async close(): Promise<void> {
    await this.#api.stop();
    for (const tunnel of this.tunnels) tunnel.destroy();
    this.container.closeAllConnections();
    this.container.close();
  }

  get apiUrl(): string {
    return this.#api.url();
  }

  get port(): number {
    return Number(new URL(this.#api.url()).port);
  }

  get containerPort(): number {
    return (this.container.address() as AddressInfo).port;
  }

  /** Places a deployment of this name with these ports; its id. */
  async place(name: string, ports: number[] = [8080]): Promise<string> {
    const client = createClient({ url: this.apiUrl, token: ADMIN });
    return (await placeBid(client, { ...BID, name, ports })).deployment.id;
  }

  /** Answers connections to the container with bytes of one's own. */
  raw(speak: (socket: Socket) => void): void {
    this.container.removeAllListeners('connection').on('connection', (socket: Socket) => {
      socket.on('error', () => {});
      speak(socket);
    });
  }

  /** Calls a path at the host of a deployment. */
  async call(path = '/', { host = 'site.localhost', body, ...init }: Call = {}): Promise<Answer> {
    const headers = { host: `${host}:${this.port}`, ...init.headers };
    const outgoing = request({ host: '127.0.0.1', port: this.port, path, agent: false, ...init, headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response', {
      signal: AbortSignal.timeout(20_000),
    })) as [IncomingMessage];
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: String(Buffer.concat(await answer.toArray())),
    };
  }

  /** A connection that sends what it is told. */
  caller(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    return socket;
  }

  /** Sends bytes and reads until the other side has ended; throws where it does not. */
  async send(bytes: string | Buffer): Promise<string> {
    const socket = this.caller();
    socket.write(bytes, 'latin1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'end', { signal: AbortSignal.timeout(10_000) });
    socket.destroy();
    return Buffer.concat(chunks).toString('latin1');
  }
}
