// One port of this machine that leads to a port of a deployment. Each connection to it is a tunnel of its own: bytes in their order
// both ways at the pace of the slower side, each half ended by itself, and what breaks off on one side is reset on the other.
import { createServer, type Server, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { systemClock } from '../../../lib/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import { type LocalPlace, listenAt } from '../../../lib/listen-at.ts';
import { FORWARD_HALF_OPEN_MS, FORWARD_MOST_CONNECTIONS } from '../../terms/parameters.ts';

/** Opens a tunnel for one connection; the signal aborts when that is gone. */
export type OpenTunnel = (signal: AbortSignal) => Promise<Duplex>;

/** Why a connection did not get to the container, and when. */
interface ConnectFailure {
  readonly code: string;
  readonly atMs: number;
}

export class LocalPort {
  readonly #server: Server;
  readonly #open: OpenTunnel;
  readonly #halfOpenMs: number;
  readonly #sockets = new Set<Socket>();
  #failure: ConnectFailure | undefined;

  constructor(open: OpenTunnel, halfOpenMs = FORWARD_HALF_OPEN_MS) {
    this.#open = open;
    this.#halfOpenMs = halfOpenMs;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#take(socket),
    );
    this.#server.maxConnections = FORWARD_MOST_CONNECTIONS;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Why the latest connection that did not get to the container did not; those after it that did do not hide it. */
  get failure(): ConnectFailure | undefined {
    return this.#failure;
  }

  /** Begins to listen; at a free port where the place has 0. Throws FORWARD_PORT_TAKEN, FORWARD_ADDRESS_UNAVAILABLE. */
  async listen(place: LocalPlace): Promise<number> {
    await listenAt(this.#server, place);
    // One connection that cannot be accepted is no end of the others
    this.#server.on('error', () => {});
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : place.localPort;
  }

  /** Listens no more, and resets what is open. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    this.#lead(socket).catch((error: unknown) => {
      this.#failure = { code: codeOf(error), atMs: systemClock.nowMs() };
      // As a connection to a port at which nobody listens
      socket.resetAndDestroy();
    });
  }

  async #lead(socket: Socket): Promise<void> {
    const gone = new AbortController();
    const abort = () => gone.abort();
    socket.once('close', abort);
    const tunnel = await this.#open(gone.signal);
    socket.off('close', abort);
    if (socket.destroyed) return void tunnel.destroy();
    tunnel.once('error', () => socket.resetAndDestroy());
    // A client that is gone looks like one that has said all
    socket.once('end', () => socket.setTimeout(this.#halfOpenMs, () => socket.resetAndDestroy()));
    pipeline(socket, tunnel, () => {});
    pipeline(tunnel, socket, () => {});
  }
}
