// Who may call: the right host name (a page of another site that resolves to loopback has a wrong one), the right
// origin, the right token.
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { TallyError } from '../lib/errors.ts';

/** What a route asks for: nothing, the token for metrics, or the operator's token. */
type Access = 'open' | 'metrics' | 'admin';

/** Who calls, by the token that came with the request. */
export type Caller = 'stranger' | 'metrics' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `admin` when a route does not say. */
    access?: Access;
  }
  interface FastifyRequest {
    /** `stranger` until the token was looked at. */
    caller: Caller;
  }
}

export interface SecurityOptions {
  readonly tokens: { readonly admin: string; readonly metrics: string };
  /** Host names, with a port or without, beside the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** The port that this API listens on. */
  readonly port: () => number;
}

/** The check of every request, before its body is read. Throws BAD_REQUEST, HOST_REFUSED, UNAUTHORIZED, FORBIDDEN. */
export function createSecurity({ tokens, allowedHosts, port }: SecurityOptions) {
  const isOurs = (host: string) => isLoopback(host, port()) || isAllowed(host, allowedHosts);
  const admin = digestOf(tokens.admin);
  const metrics = digestOf(tokens.metrics);
  const callerOf = (request: FastifyRequest): Caller => {
    const given = digestOf(bearerOf(request));
    if (timingSafeEqual(given, admin)) return 'admin';
    return timingSafeEqual(given, metrics) ? 'metrics' : 'stranger';
  };
  return async (request: FastifyRequest): Promise<void> => {
    requirePlainHead(request.raw);
    requireHost(request, isOurs);
    request.caller = callerOf(request);
    const access = request.routeOptions.config?.access ?? 'admin';
    if (access === 'open' || request.caller === 'admin') return;
    if (request.caller === 'stranger') throw new TallyError('UNAUTHORIZED');
    if (access !== 'metrics') throw new TallyError('FORBIDDEN', { scope: request.caller });
  };
}

/** What a program in between may read otherwise than this peer. */
const ONCE = ['host', 'authorization', 'origin'];

/** One host, one token, one origin: neither twice, nor in the request line too. Throws BAD_REQUEST. */
export function requirePlainHead(raw: IncomingMessage): void {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const twice = ONCE.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined)
    throw new TallyError('BAD_REQUEST', {
      field: `headers.${twice}`,
      reason: 'the header was sent more than once',
    });
  if (!raw.url?.startsWith('/'))
    throw new TallyError('BAD_REQUEST', {
      field: 'url',
      reason: 'the URL must be a path that begins with /',
    });
}

function requireHost({ headers }: FastifyRequest, isOurs: (host: string) => boolean): void {
  const { host, origin } = headers;
  if (host === undefined || !isOurs(host)) throw new TallyError('HOST_REFUSED', { header: 'Host' });
  if (origin === undefined) return;
  const hostOfOrigin = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  if (hostOfOrigin === undefined || !isOurs(hostOfOrigin))
    throw new TallyError('HOST_REFUSED', { header: 'Origin' });
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::(\d{1,5}))?$/i;

/** Whether a Host header is a loopback name with our port; without one it means port 80. */
function isLoopback(host: string, port: number): boolean {
  const found = LOOPBACK.exec(host);
  return found !== null && Number(found[1] ?? 80) === port;
}

/** Whether a Host header is an allowed one: an entry without a port allows every port. */
export function isAllowed(host: string, allowedHosts: readonly string[]): boolean {
  const lower = host.toLowerCase();
  const name = lower.replace(/:\d+$/, '');
  return allowedHosts.some((allowed) => [lower, name].includes(allowed.toLowerCase()));
}

function bearerOf({ headers }: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** Digests have one length, so that comparing them tells nothing about the length of a token. */
function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
