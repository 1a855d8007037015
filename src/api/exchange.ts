// One exchange between a caller and a container: the engine of both ways to a published port, the API's path and the names in a
// browser. `httpxy` passes requests, answers and WebSockets on; here is what it leaves to its user: what may come back, deadlines, and
// who failed.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { validateHeaderValue } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'httpxy';
import type { Clock } from '../lib/clock.ts';
import { type ErrorCode, TallyError } from '../lib/errors.ts';
import { Deadline } from './deadline.ts';
import { ANSWER_MS, INTERIM_MOST, LINGER_MS, SILENCE_MS } from './parameters.ts';
import type { CallerTunnels } from './tunnel-agent.ts';

/** What an exchange needs beside the request, which carries the path and the headers that the container is to get. */
export interface Passage {
  readonly deployment: string;
  readonly port: number;
  readonly tunnels: CallerTunnels;
  /** Whether a tunnel may have carried a request before. */
  readonly reuses: boolean;
  /** Whether the caller waits for leave to send its body. */
  readonly awaitsContinue: boolean;
  /** The headers of an answer as the caller gets them. */
  readonly returned: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  /** Answers with an error, at once and whole; called once at most, and not when an answer has begun. */
  readonly refuse: (error: TallyError) => void;
  readonly clock: Clock;
}

/** Methods that change nothing: where a tunnel broke off while it was idle, they are sent again through another. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Passes a request on and its answer back; resolves when that is over. Refuses with PEER_SILENT, REQUEST_TIMEOUT, APPLICATION_* and what
 * opening a tunnel throws.
 */
export async function exchange(
  incoming: IncomingMessage,
  answer: ServerResponse,
  passage: Passage,
): Promise<void> {
  const mayReuse = passage.reuses && SAFE.includes(incoming.method ?? '') && !hasBody(incoming.headers);
  const { kept, fresh } = passage.tunnels;
  let failure = await attempt(incoming, answer, passage, mayReuse ? kept : fresh);
  if (failure?.wasReused && failure.error.code === 'APPLICATION_CLOSED')
    failure = await attempt(incoming, answer, passage, fresh);
  if (failure === undefined) return;
  if (answer.headersSent) answer.destroy();
  else if (!answer.destroyed) passage.refuse(failure.error);
}

interface Failure {
  readonly error: TallyError;
  /** Whether the tunnel had carried a request before. */
  readonly wasReused: boolean;
}

async function attempt(
  incoming: IncomingMessage,
  answer: ServerResponse,
  passage: Passage,
  agent: CallerTunnels['fresh'],
): Promise<Failure | undefined> {
  const { clock, returned, awaitsContinue } = passage;
  const proxy = createProxyServer({ target: targetOf(passage), agent });
  let sent: ClientRequest | undefined;
  let deadline: Deadline | undefined;
  // A tunnel is open
  proxy.once('proxyReq', (outgoing) => {
    sent = outgoing;
    deadline = new Deadline(clock, ANSWER_MS, () =>
      outgoing.destroy(new TallyError(latenessOf(incoming, outgoing))),
    );
    incoming.on('data', () => deadline?.extend(ANSWER_MS));
    outgoing.once('upgrade', (_, tunnel) => {
      passage.refuse(notHttp('the application switches to another protocol'));
      tunnel.destroy();
    });
    boundInterim(outgoing);
    outgoing.once('close', () => {
      if (!outgoing.shouldKeepAlive) outgoing.socket?.destroy();
    });
    if (awaitsContinue) answer.writeContinue();
    // The head goes ahead of a body that is yet to come
    if (!incoming.complete) outgoing.flushHeaders();
  });
  // Before the library writes anything of it
  proxy.once('proxyRes', (head) => {
    deadline?.extend(SILENCE_MS);
    try {
      cleanHead(head, returned);
    } catch (error) {
      passage.refuse(error as TallyError);
      sent?.destroy();
      return;
    }
    head.on('data', () => deadline?.extend(SILENCE_MS));
    process.nextTick(() => {
      if (!answer.headersSent && !answer.destroyed) answer.flushHeaders();
    });
  });
  try {
    await proxy.web(incoming, answer);
    return undefined;
  } catch (error) {
    return { error: failureOf(error), wasReused: sent?.reusedSocket === true };
  } finally {
    deadline?.cancel();
  }
}

/**
 * Leads a WebSocket to a container. What the container answers instead goes back too. As `exchange`, but it returns at once: the
 * sockets live on.
 */
export function exchangeSockets(
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
  passage: Omit<Passage, 'awaitsContinue' | 'reuses'>,
): void {
  const { clock, returned, tunnels } = passage;
  const proxy = createProxyServer({ target: targetOf(passage), agent: tunnels.fresh });
  let isAnswered = false;
  const refuse = (error: TallyError) => {
    if (!isAnswered) passage.refuse(error);
    isAnswered = true;
  };
  proxy.once('proxyReqWs', (outgoing) => {
    const deadline = new Deadline(clock, ANSWER_MS, () =>
      outgoing.destroy(new TallyError('APPLICATION_SILENT')),
    );
    outgoing.once('close', () => deadline.cancel());
    boundInterim(outgoing);
    // Both before the library writes anything
    outgoing.once('response', (answer) => {
      deadline.cancel();
      try {
        cleanHead(answer, returned);
        isAnswered = true;
      } catch (error) {
        refuse(error as TallyError);
        outgoing.destroy();
      }
    });
    outgoing.once('upgrade', (answer) => {
      deadline.cancel();
      isAnswered = true;
      answer.headers = { ...returned(answer.headers), ...handshakeOf(answer.headers) };
    });
  });
  proxy.once('open', (tunnel) => {
    tunnel.once('close', () => socket.destroySoon());
    // Neither outlives the other: what is still on its way gets a little time
    socket.once('close', () => {
      tunnel.end();
      const cancel = clock.after(LINGER_MS, () => tunnel.destroy());
      tunnel.once('close', cancel);
    });
  });
  proxy.on('error', (error) => refuse(failureOf(error)));
  tunnels.signal.addEventListener('abort', () => socket.destroy(), { once: true });
  proxy.ws(incoming, socket, {}, head).catch(() => socket.destroy());
}

/** Answers before the answer, of which one or two make sense, do not go on for ever. */
function boundInterim(outgoing: ClientRequest): void {
  let count = 0;
  const more = () => {
    count += 1;
    if (count > INTERIM_MOST) outgoing.destroy(notHttp('the application sends no end of interim answers'));
  };
  outgoing.on('information', more).on('continue', more);
}

/** What makes the connection a WebSocket belongs to the next hop, and passes all the same. */
function handshakeOf({ connection, upgrade }: IncomingHttpHeaders): IncomingHttpHeaders {
  return {
    ...(connection === undefined ? {} : { connection }),
    ...(upgrade === undefined ? {} : { upgrade }),
  };
}

function targetOf({ deployment, port }: Pick<Passage, 'deployment' | 'port'>) {
  return { protocol: 'http:', host: deployment, port };
}

/** Whether a request announces a body. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** The characters of a reason phrase that Node writes. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Makes the head of an answer one that Node writes. Throws APPLICATION_NOT_HTTP. */
function cleanHead(head: IncomingMessage, returned: Passage['returned']): void {
  const { statusCode = 0, statusMessage = '', headers } = head;
  if (statusCode < 200) throw notHttp(`the application answered with status ${statusCode}`);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw notHttp('the answer has a transfer coding other than chunked');
  if (!REASON.test(statusMessage)) head.statusMessage = '';
  head.headers = returned(headers);
  try {
    for (const [name, value] of Object.entries(head.headers))
      for (const each of [value].flat()) validateHeaderValue(name, each ?? '');
  } catch {
    throw notHttp('a header of the answer has characters that HTTP forbids');
  }
}

/** Cookies of a host stay at that host. Browsers trim the name of an attribute, and take the last of several. */
export function withoutCookieDomains(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const cookies = headers['set-cookie'];
  if (cookies === undefined) return headers;
  const isDomain = (attribute: string) => /^\s*domain\s*(?:=|$)/i.test(attribute);
  const hostOnly = cookies.map((cookie) => {
    const [pair, ...attributes] = cookie.split(';');
    return [pair, ...attributes.filter((each) => !isDomain(each))].join(';');
  });
  return { ...headers, 'set-cookie': hostOnly };
}

function notHttp(reason: string): TallyError {
  return new TallyError('APPLICATION_NOT_HTTP', { reason });
}

/** Whom an exchange waits for: the caller's body, or the application. */
function latenessOf(incoming: IncomingMessage, outgoing: ClientRequest): ErrorCode {
  return incoming.complete || outgoing.writableNeedDrain ? 'APPLICATION_SILENT' : 'REQUEST_TIMEOUT';
}

/** What Node's client says of a request that it cannot write. */
const UNWRITABLE = ['ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS', 'ERR_INVALID_HTTP_TOKEN'];

function failureOf(cause: unknown): TallyError {
  if (cause instanceof TallyError) return cause;
  const { code = '', message: reason } = cause as NodeJS.ErrnoException;
  if (UNWRITABLE.includes(code)) return new TallyError('BAD_REQUEST', { reason }, { cause });
  const failed = code.startsWith('HPE_') ? 'APPLICATION_NOT_HTTP' : 'APPLICATION_CLOSED';
  return new TallyError(failed, { reason }, { cause });
}
