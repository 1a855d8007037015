// One GET to a registry, and on to wherever it redirects: every host is judged by its name before it is looked up, and by its
// address before it is connected to, so that neither a redirect nor a name that changes its address leads to this network.
import { lookup } from 'node:dns';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { REDIRECTS, REGISTRY_SILENCE_MS } from './parameters.ts';
import { isLoopbackHost, isPublicAddress } from './reach.ts';

type Headers = Readonly<Record<string, string>>;

export interface RegistryHttpOptions {
  /** Hosts that their owner named: they may be anywhere, at any port. Others have to be public, by HTTPS at its usual port. */
  readonly named: readonly string[];
  /** Whether whoever chose the hosts may learn which names this network knows: it is the owner of this peer. */
  readonly isOwn?: boolean;
  /** How names become addresses. */
  readonly resolve?: typeof lookup;
  readonly clock?: Pick<Clock, 'after'>;
}

const NO_SUCH_NAME = 'ENOTFOUND';

export class RegistryHttp {
  readonly #named: readonly string[];
  readonly #clock: Pick<Clock, 'after'>;
  readonly #publicLookup: LookupFunction;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };

  constructor({ named, isOwn = false, resolve = lookup, clock = systemClock }: RegistryHttpOptions) {
    this.#named = named;
    this.#clock = clock;
    this.#publicLookup = publicLookup(resolve, isOwn);
  }

  /** Drops the connections that are kept for the next call. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /**
   * The answer, its body still to be read or destroyed; another host than the first gets no credentials. Throws
   * REGISTRY_NOT_ALLOWED, REGISTRY_UNREACHABLE, REGISTRY_MALFORMED, the signal's reason.
   */
  async get(url: URL, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    let [target, sent] = [url, headers];
    for (let hops = 0; hops <= REDIRECTS; hops += 1) {
      const answer = await this.#request(target, sent, signal);
      const { location } = answer.headers;
      if (!isRedirect(answer) || location === undefined) return answer;
      answer.destroy();
      const next = URL.parse(location, target.href);
      if (next === null) throw new TallyError('REGISTRY_MALFORMED', { reason: 'a redirect leads nowhere' });
      if (next.origin !== target.origin) sent = withoutCredentials(sent);
      target = next;
    }
    throw new TallyError('REGISTRY_MALFORMED', { reason: 'redirects without an end' });
  }

  async #request(target: URL, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { protocol, host } = target;
    const isNamed = this.#named.includes(host);
    requireAllowed(target, isNamed);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options: RequestOptions = {
      ...{ headers, signal, agent: protocol === 'http:' ? this.#agents['http:'] : this.#agents['https:'] },
      ...(isNamed ? {} : { lookup: this.#publicLookup }),
    };
    const request = (protocol === 'http:' ? http : https).get(target, options, resolve);
    request.on('error', reject);
    const cancel = this.#clock.after(REGISTRY_SILENCE_MS, () =>
      request.destroy(unreachable(host, 'it does not answer in time')),
    );
    try {
      return await promise;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof TallyError ? error : unreachable(host, reasonOf(error), error);
    } finally {
      cancel();
    }
  }
}

/** Throws REGISTRY_NOT_ALLOWED for a host that may not be asked, by what its name alone says. */
function requireAllowed({ protocol, host, hostname, port }: URL, isNamed: boolean): void {
  const reason = isNamed ? reasonAgainstNamed(protocol, host) : reasonAgainst(protocol, hostname, port);
  if (reason !== undefined) throw new TallyError('REGISTRY_NOT_ALLOWED', { host, reason });
}

function reasonAgainstNamed(protocol: string, host: string): string | undefined {
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(host));
  return isSafe ? undefined : 'it is to be asked without encryption';
}

function reasonAgainst(protocol: string, hostname: string, port: string): string | undefined {
  if (protocol !== 'https:') return 'it is to be asked without encryption';
  if (port !== '') return 'a port that is not that of HTTPS has to be named by the owner';
  // Nobody looks up what is an address already
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 || isPublicAddress(address) ? undefined : 'it has no public address';
}

/**
 * Looks a name up, and keeps the addresses that are public: exactly these are then connected to. A stranger is told the same of a name
 * that only this network knows, and of one that nobody knows.
 */
function publicLookup(resolve: typeof lookup, isOwn: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null && (isOwn || error.code !== NO_SUCH_NAME)) return callback(error, []);
      const fitting = (error === null ? addresses : []).filter(({ address }) => isPublicAddress(address));
      const [first] = fitting;
      const details = { host: hostname, reason: 'it has no public address' };
      if (first === undefined) return callback(new TallyError('REGISTRY_NOT_ALLOWED', details), []);
      if (options.all === true) callback(null, fitting);
      else callback(null, first.address, first.family);
    });
  };
}

function isRedirect({ statusCode = 0 }: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(statusCode);
}

function withoutCredentials({ authorization: _, ...headers }: Headers): Headers {
  return headers;
}

/** No registry answered, or it broke off: what may pass. */
export function unreachable(host: string, reason: string, cause?: unknown): TallyError {
  return new TallyError('REGISTRY_UNREACHABLE', { host, reason }, { cause });
}

/** A failure of the network, in most cases as the system calls it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error && 'code' in error)) return 'the connection broke off';
  return error.code === NO_SUCH_NAME ? 'its name was not found' : String(error.code);
}
