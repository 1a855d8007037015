// dockerode with every call bounded by a signal and every failure turned into an error of the table.
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import { CALL_TIMEOUT_MS } from '../parameters.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** In the engine's words, which are those of its kernel. */
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** What dockerode hands to each call; it drops the request when the signal aborts. */
export interface CallOptions {
  abortSignal: AbortSignal;
}

/**
 * The agent of the requests to an engine, with two answers to what the client library does: it inspects the options of
 * every request in all depth for a debug text that nobody reads, of which the agent is nearly all (20 ms of cpu each);
 * and it waits for ever for the rest of an answer that breaks off, as when the engine is killed.
 */
class EngineAgent extends Agent {
  [inspect.custom](): string {
    return 'EngineAgent {}';
  }

  addRequest(request: ClientRequest, ...rest: unknown[]): void {
    request.once('response', (answer: IncomingMessage) => {
      answer.once('error', (error) => request.emit('error', error));
    });
    addRequest.call(this, request, ...rest);
  }
}

/** What `http.request` calls on its agent; the types leave it out. */
const addRequest = Reflect.get(Agent.prototype, 'addRequest') as (...args: unknown[]) => void;

/** A connection to one engine. */
export class DockerClient {
  /** The engine's address, `unix:///…` or `tcp://…`. */
  readonly host: string;
  readonly docker: Docker;
  readonly #agent: EngineAgent;

  constructor(host: string | undefined) {
    this.host = host ?? process.env.DOCKER_HOST ?? DEFAULT_HOST;
    this.#agent = new EngineAgent({ keepAlive: true });
    this.docker = new Docker(dockerOptions(this.host));
    Object.assign(this.docker.modem, { agent: this.#agent });
  }

  /** Whether the engine listens on a socket of this machine. */
  get local(): boolean {
    return this.host.startsWith('unix://');
  }

  /**
   * One short call. Throws the signal's reason when it aborts, ENGINE_UNREACHABLE when nobody answers, ENGINE_DISK_FULL when
   * the engine has no space, else ENGINE_FAILED with the engine's answer as the cause.
   */
  call<T>(signal: AbortSignal, run: (options: CallOptions) => Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
    return this.open(AbortSignal.any([signal, timeout]), run);
  }

  /** Like `call`, for what may take any time: waiting and following. Only the signal ends it. */
  async open<T>(signal: AbortSignal, run: (options: CallOptions) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([run({ abortSignal: signal }), aborted.promise]);
    } catch (error) {
      signal.throwIfAborted();
      throw this.translated(error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Like `open`, for a call that sends bytes of which at most `aheadBytes` wait; what their source throws breaks it off, and is
   * thrown.
   */
  async send<T>(
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signal: AbortSignal,
    run: (body: Readable, options: CallOptions) => Promise<T>,
    aheadBytes?: number,
  ): Promise<T> {
    const highWaterMark = aheadBytes === undefined ? {} : { highWaterMark: aheadBytes };
    const body = Readable.from(bytes, { objectMode: false, ...highWaterMark });
    const breaking = new AbortController();
    let failure: unknown;
    body.once('error', (error) => {
      failure = error;
      breaking.abort(error);
    });
    try {
      return await this.open(AbortSignal.any([signal, breaking.signal]), (call) => run(body, call));
    } catch (error) {
      throw failure ?? error;
    } finally {
      body.destroy();
    }
  }

  /** Like `call`, and undefined where the engine answers "no such thing". */
  async find<T>(signal: AbortSignal, run: (options: CallOptions) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.call(signal, run);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Drops the connections that are kept for the next call. */
  close(): void {
    this.#agent.destroy();
  }

  /** A failure of the engine, or of the way to it, as an error of the table. */
  translated(error: unknown): unknown {
    if (error instanceof TallyError) return error;
    const code = isNodeError(error) && statusOf(error) === undefined ? error.code : undefined;
    if (code === undefined && NO_SPACE.test(reasonOf(error)))
      return new TallyError('ENGINE_DISK_FULL', {}, { cause: error });
    if (code === undefined) return new TallyError('ENGINE_FAILED', {}, { cause: error });
    return new TallyError('ENGINE_UNREACHABLE', { host: this.host, reason: code }, { cause: error });
  }
}

/** The HTTP status with which the engine refused, of a raw or a translated error. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof TallyError) return statusOf(error.cause);
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The engine's own words for a failure. */
export function reasonOf(error: unknown): string {
  if (error instanceof TallyError && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message.trim() : String(error);
}

/** dockerode would take DOCKER_HOST where we name no host, so each address says all. */
function dockerOptions(address: string): Docker.DockerOptions {
  if (address.startsWith('unix://')) {
    return { socketPath: address.slice('unix://'.length), ...withoutHost };
  }
  const url = new URL(address.includes('://') ? address : `tcp://${address}`);
  const secure = url.protocol === 'https:' || url.port === '2376';
  return { host: url.hostname, port: url.port || '2375', protocol: secure ? 'https' : 'http' };
}

// `undefined` has to be said: dockerode merges these options over what it read from the environment.
const withoutHost = {
  host: undefined,
  port: undefined,
  protocol: undefined,
} as unknown as Docker.DockerOptions;

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
