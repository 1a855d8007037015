// The door for browsers: requests at the hosts of deployments, which a connection over loopback may call without a token. Each port has
// an origin of its own, and nothing of the API is behind any of them.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, type Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { asTallyError, TallyError } from '../../lib/errors.ts';
import { SECOND_MS } from '../../lib/units.ts';
import type { Tenancy } from '../../market/terms/market.ts';
import type { ApiMetrics } from '../../metrics/api.ts';
import { exchange, exchangeSockets, type Passage, withoutCookieDomains } from '../exchange.ts';
import { keep, nextHop, withoutHops } from '../hop-by-hop.ts';
import { isAllowed, requirePlainHead } from '../security.ts';
import type { CallerTunnels } from '../tunnel-agent.ts';
import { ERROR_HEADER, pageOf, textOf } from './error-page.ts';
import { findByLabel, labelOf } from './host-names.ts';

export interface NameDoorParts {
  readonly tenancy: Pick<Tenancy, 'living'>;
  readonly tunnelsOf: (caller: Socket) => CallerTunnels;
  /** Hosts that the operator has given to the API. */
  readonly allowedHosts: readonly string[];
  /** What no container may ever see. */
  readonly tokens: readonly string[];
  readonly clock: Clock;
  readonly metrics?: ApiMetrics | undefined;
}

/** What the requests here are counted as. */
const ROUTE = '*.localhost';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export class NameDoor {
  readonly #parts: NameDoorParts;

  constructor(parts: NameDoorParts) {
    this.#parts = parts;
  }

  /** Whether a request is for a deployment, and comes from this machine. */
  takes({ headers, socket }: IncomingMessage): boolean {
    const { host } = headers;
    if (host === undefined || labelOf(host) === undefined) return false;
    return isOwnMachine(socket) && !isAllowed(host, this.#parts.allowedHosts);
  }

  /** Whether it asks for a WebSocket. Any other protocol it may ask for is passed over, as HTTP lets a server do. */
  isSocket({ method, headers }: IncomingMessage): boolean {
    const isPlain =
      headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
    return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && isPlain;
  }

  request(incoming: IncomingMessage, answer: ServerResponse): true {
    this.#count(incoming, answer);
    const refuse = (error: TallyError) => refuseWith(error, incoming, answer);
    try {
      const awaitsContinue = incoming.headers.expect !== undefined && incoming.httpVersion === '1.1';
      const passage = { ...this.#passage(incoming), awaitsContinue, reuses: true, refuse };
      incoming.headers = this.#forwarded(incoming);
      exchange(incoming, answer, passage).catch((error) => refuse(asTallyError(error)));
    } catch (error) {
      refuse(asTallyError(error));
    }
    return true;
  }

  upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): true {
    socket.on('error', () => {});
    const refuse = (error: TallyError) => socket.end(textOf(error));
    try {
      const passage = { ...this.#passage(incoming), refuse };
      const headers = this.#forwarded(incoming);
      incoming.headers = { ...headers, connection: 'Upgrade', upgrade: 'websocket' };
      exchangeSockets(incoming, socket, head, passage);
    } catch (error) {
      refuse(asTallyError(error));
    }
    return true;
  }

  /** Throws BAD_REQUEST, HOST_UNKNOWN, PORT_NOT_PUBLISHED. */
  #passage(incoming: IncomingMessage): Omit<Passage, 'awaitsContinue' | 'reuses' | 'refuse'> {
    const { tenancy, tunnelsOf, clock } = this.#parts;
    requirePlainHead(incoming);
    requirePlainBody(incoming.headers);
    const label = labelOf(incoming.headers.host) ?? '';
    const found = findByLabel(label, tenancy.living());
    if (found === undefined) throw new TallyError('HOST_UNKNOWN');
    if (found.port === undefined) throw new TallyError('PORT_NOT_PUBLISHED');
    return {
      ...{ deployment: found.id, port: found.port, clock },
      tunnels: tunnelsOf(incoming.socket),
      returned: returnedHeaders,
    };
  }

  /** As the browser sent them, the host too: applications compare it with the origin. Who calls is ours to say. */
  #forwarded({ headers, socket }: IncomingMessage): IncomingHttpHeaders {
    const { tokens } = this.#parts;
    const { authorization = '', host = '' } = headers;
    const isOurs = tokens.some((token) => readings(authorization).some((text) => text.includes(token)));
    const kept = keep(
      nextHop(headers),
      (name) =>
        !name.startsWith('x-forwarded-') &&
        !['forwarded', 'expect'].includes(name) &&
        !(name === 'authorization' && isOurs),
    );
    return {
      ...kept,
      'x-forwarded-for': socket.remoteAddress ?? '',
      'x-forwarded-host': host,
      'x-forwarded-port': /\d+$/.exec(host)?.[0] ?? '80',
      'x-forwarded-proto': 'http',
    };
  }

  #count({ method = '' }: IncomingMessage, answer: ServerResponse): void {
    const { metrics, clock } = this.#parts;
    if (metrics === undefined) return;
    const startMs = clock.monotonicMs();
    answer.once('close', () => {
      const status = `${Math.floor(answer.statusCode / 100)}xx`;
      metrics.requestsTotal.inc({ route: ROUTE, method, status });
      metrics.requestSeconds.observe({ route: ROUTE, method }, (clock.monotonicMs() - startMs) / SECOND_MS);
    });
  }
}

/** What a header says, and what it says where it is encoded, as by the scheme Basic. */
function readings(authorization: string): string[] {
  const [, encoded = ''] = /^basic +(\S+)$/i.exec(authorization) ?? [];
  return [authorization, Buffer.from(encoded, 'base64').toString('latin1')];
}

function isOwnMachine({ remoteAddress = '' }: Socket): boolean {
  return LOOPBACK.check(remoteAddress, remoteAddress.includes(':') ? 'ipv6' : 'ipv4');
}

/** What a container answers, less what would reach beyond its host or pass for a word of this peer. */
function returnedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return keep(withoutCookieDomains(withoutHops(headers)), (name) => name !== ERROR_HEADER);
}

/** A body whose end every program on its way sees at the same place. Throws BAD_REQUEST. */
function requirePlainBody({ 'transfer-encoding': coding }: IncomingHttpHeaders): void {
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new TallyError('BAD_REQUEST', {
      field: 'headers.transfer-encoding',
      reason: 'the only transfer coding that passes is chunked',
    });
}

function refuseWith(error: TallyError, { headers }: IncomingMessage, answer: ServerResponse): void {
  if (answer.headersSent) return void answer.destroy();
  const { status, fields, body } = pageOf(error, headers.accept?.includes('text/html') === true);
  // What follows a request that can be read in two ways is nobody's request
  if (error.code === 'BAD_REQUEST') answer.setHeader('connection', 'close');
  answer.writeHead(status, fields).end(body);
}
