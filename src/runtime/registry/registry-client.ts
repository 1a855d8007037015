// A registry by its HTTP interface (OCI distribution-spec 1.1, and Docker's token authentication): manifests and blobs of one
// repository. Registries are strangers: every answer is bounded, and what it names by digest is checked by whoever reads it.
import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { apiHostOf, type ImageReference } from '../../lib/image-reference.ts';
import { collect } from '../images/bytes.ts';
import { isDigest } from '../images/digest.ts';
import { CONFIG_BYTES } from '../images/parameters.ts';
import { objectAt, parseJson, textAt } from '../images/shape.ts';
import { REGISTRY_SILENCE_MS, TOKEN_BYTES } from './parameters.ts';
import { allowsRegistry, isLoopbackHost } from './reach.ts';
import { RegistryHttp, type RegistryHttpOptions, reasonOf, unreachable } from './registry-http.ts';

/** Who asks; both empty: nobody in particular. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

export interface RegistryClientOptions extends Pick<RegistryHttpOptions, 'isOwn' | 'resolve' | 'clock'> {
  readonly reference: Pick<ImageReference, 'registry' | 'repository'>;
  /** As an offer names them: hosts, and `*` for any that is public. */
  readonly allowed: readonly string[];
  readonly login?: RegistryLogin | undefined;
}

/** The forms of a manifest, and of an index of them. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export class RegistryClient {
  readonly #reference: RegistryClientOptions['reference'];
  readonly #login: RegistryLogin | undefined;
  readonly #http: RegistryHttp;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #base: URL;
  /** What the registry takes for leave to read, once it has asked for something. */
  #authorization: string | undefined;

  /** Throws REGISTRY_NOT_ALLOWED. */
  constructor({ reference, allowed, login, clock = systemClock, ...options }: RegistryClientOptions) {
    const { registry, repository } = reference;
    if (!allowsRegistry(allowed, registry))
      throw new TallyError('REGISTRY_NOT_ALLOWED', { host: registry, reason: 'the offer does not name it' });
    this.#reference = reference;
    this.#login = login;
    this.#http = new RegistryHttp({ ...options, named: allowed, clock });
    this.#clock = clock;
    const host = apiHostOf(registry);
    this.#base = new URL(`${isLoopbackHost(host) ? 'http' : 'https'}://${host}/v2/${repository}/`);
  }

  close(): void {
    this.#http.close();
  }

  /**
   * A manifest or an index by tag or digest, as its bytes. Throws REGISTRY_REFUSED, REGISTRY_UNREACHABLE, REGISTRY_MALFORMED,
   * REGISTRY_NOT_ALLOWED, the signal's reason.
   */
  async manifest(tagOrDigest: string, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.#get(`manifests/${tagOrDigest}`, { accept: MANIFESTS }, signal);
    return this.#whole(answer, CONFIG_BYTES, signal);
  }

  /** A small blob, whole. Throws as `manifest`. */
  async description(digest: string, signal: AbortSignal): Promise<Buffer> {
    return this.#whole(await this.#get(`blobs/${digest}`, {}, signal), CONFIG_BYTES, signal);
  }

  /** Whether the registry gives a blob to whoever asks, of which nothing is read. Throws as `manifest`, but REGISTRY_REFUSED. */
  async gives(digest: string, signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await this.#get(`blobs/${digest}`, {}, signal);
      answer.destroy();
      return true;
    } catch (error) {
      if (codeOf(error) === 'REGISTRY_REFUSED') return false;
      throw error;
    }
  }

  /**
   * The bytes of a blob; goes on where the way broke off, as long as each try brings something. Throws as `manifest`; a blob of
   * another size is REGISTRY_MALFORMED.
   */
  async *blob(digest: string, sizeBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (!isDigest(digest)) throw malformed('a layer is named by no digest');
    let offset = 0;
    while (offset < sizeBytes) {
      const before = offset;
      try {
        for await (const piece of this.#rest(digest, offset, signal)) {
          offset += piece.byteLength;
          if (offset > sizeBytes) throw malformed('a layer is larger than its manifest says');
          yield piece;
        }
        if (offset < sizeBytes) throw unreachable(this.#base.host, 'a layer ended early');
      } catch (error) {
        const isBreak = error instanceof TallyError && error.code === 'REGISTRY_UNREACHABLE';
        if (!isBreak || offset === before) throw error;
      }
    }
  }

  /** A blob from an offset on. */
  async *#rest(digest: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const range: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const answer = await this.#get(`blobs/${digest}`, range, signal);
    // A registry may send the whole of it again
    let over = answer.statusCode === 206 ? 0 : offset;
    for await (const piece of this.#timely(answer, signal)) {
      const skipped = Math.min(over, piece.byteLength);
      over -= skipped;
      if (skipped < piece.byteLength) yield piece.subarray(skipped);
    }
  }

  /** An answer that says yes, with leave got where the registry asks for it. */
  async #get(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(path, this.#base);
    const ask = () => {
      const leave = this.#authorization === undefined ? {} : { authorization: this.#authorization };
      return this.#http.get(url, { ...headers, ...leave, 'accept-encoding': 'identity' }, signal);
    };
    const first = await ask();
    if (first.statusCode !== 401) return this.#accepted(first);
    first.destroy();
    const challenge = first.headers['www-authenticate'] ?? '';
    // A token that was good before is over
    this.#authorization = await this.#authorize(challenge, signal);
    return this.#accepted(await ask());
  }

  #accepted(answer: IncomingMessage): IncomingMessage {
    const { statusCode: status = 0 } = answer;
    if (status === 200 || status === 206) return answer;
    answer.destroy();
    const { host } = this.#base;
    if (status === 401 || status === 403 || status === 404)
      throw new TallyError('REGISTRY_REFUSED', { host, status });
    if (status === 429 || status >= 500) throw unreachable(host, `it answers with status ${status}`);
    throw malformed(`it answers with status ${status}`);
  }

  /** What to show from now on, as the registry's challenge wants it (RFC 9110, section 11; Docker's token specification). */
  async #authorize(challenge: string, signal: AbortSignal): Promise<string> {
    const basic = this.#basic();
    if (/^basic\b/i.test(challenge)) {
      if (basic === undefined)
        throw new TallyError('REGISTRY_REFUSED', { host: this.#base.host, status: 401 });
      return basic;
    }
    const realm = URL.parse(parameterIn(challenge, 'realm') ?? '');
    if (!/^bearer\b/i.test(challenge) || realm === null) throw malformed('it asks for leave in no known way');
    const service = parameterIn(challenge, 'service');
    if (service !== undefined) realm.searchParams.set('service', service);
    // Whatever the registry asks for: no more than to read
    realm.searchParams.set('scope', `repository:${this.#reference.repository}:pull`);
    const answer = await this.#http.get(realm, basic === undefined ? {} : { authorization: basic }, signal);
    const body = await this.#whole(this.#accepted(answer), TOKEN_BYTES, signal);
    const fields = objectAt(parseJson(body, malformed), 'token', malformed);
    const token = textAt(fields.token ?? fields.access_token, 'token', malformed);
    if (!/^[\x21-\x7e]+$/.test(token)) throw malformed('its token is none');
    return `Bearer ${token}`;
  }

  #basic(): string | undefined {
    if (this.#login === undefined || this.#login.username === '') return undefined;
    const { username, password } = this.#login;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #whole(answer: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
    const tooLarge = () => malformed(`an answer is larger than ${maxBytes} bytes`);
    return collect(this.#timely(answer, signal), maxBytes, tooLarge);
  }

  /** A body as it comes; throws REGISTRY_UNREACHABLE when nothing comes for too long, though somebody waits for it. */
  async *#timely(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const cancel = this.#clock.after(REGISTRY_SILENCE_MS, () =>
          answer.destroy(unreachable(this.#base.host, 'nothing comes')),
        );
        const { done, value } = await pieces.next().finally(cancel);
        if (done === true) return;
        yield value;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof TallyError ? error : unreachable(this.#base.host, reasonOf(error), error);
    } finally {
      answer.destroy();
    }
  }
}

/** A parameter of a challenge, in quotes as registries write them. */
function parameterIn(challenge: string, name: string): string | undefined {
  return new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
}

/** What no registry should answer. */
export function malformed(reason: string): TallyError {
  return new TallyError('REGISTRY_MALFORMED', { reason });
}
