// Which headers pass between a program that calls the API and a container behind it. The container is a stranger on
// our origin: it gets none of our credentials, and nothing it answers may act on the origin.
import type { IncomingHttpHeaders } from 'node:http';

/** Headers as Node writes them: a list of names and values in turn. */
export type HeaderList = string[];

/** Headers between two neighbours only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Ours, not the container's: credentials, and what only makes sense at the API's address. */
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  'host',
  'authorization',
  'cookie',
  'origin',
  'referer',
  'expect',
  'forwarded',
]);

/** What would act on the API's origin beyond the one answer. */
const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'service-worker-allowed',
  'content-security-policy',
  'content-security-policy-report-only',
  'x-content-type-options',
  'clear-site-data',
  'strict-transport-security',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'refresh',
  'www-authenticate',
  'location',
]);

/** The headers of a request as the container gets them. */
export function forwardHeaders(
  raw: readonly string[],
  headers: IncomingHttpHeaders,
  port: number,
): HeaderList {
  const named = namedBy(headers.connection);
  const kept = filterHeaders(
    raw,
    (name) => !NOT_FORWARDED.has(name) && !named.has(name) && !name.startsWith('x-forwarded-'),
  );
  const chunked = headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked'];
  return ['host', `localhost:${port}`, 'connection', 'close', ...chunked, ...kept];
}

/** The headers of an answer as the caller gets them; `prefix` is the path under which the container is reached. */
export function returnHeaders(
  raw: readonly string[],
  headers: IncomingHttpHeaders,
  port: number,
  prefix: string,
): HeaderList {
  const named = namedBy(headers.connection);
  const kept = filterHeaders(
    raw,
    (name) => !NOT_RETURNED.has(name) && !named.has(name) && !name.startsWith('access-control-'),
  );
  const location = relocate(headers.location, port, prefix);
  return [
    ...kept,
    ...(location === undefined ? [] : ['location', location]),
    ...['content-security-policy', 'sandbox'],
    ...['x-content-type-options', 'nosniff'],
  ];
}

/**
 * A redirect within the container, moved under its prefix. Any other is dropped: a client that follows a redirect
 * to our own origin takes its bearer with it, and so would call the API in the container's name.
 */
export function relocate(location: string | undefined, port: number, prefix: string): string | undefined {
  const base = `http://localhost:${port}`;
  if (location === undefined || !/^[!-~]+$/.test(location)) return undefined;
  // A relative path stays relative to the path called, which only the client knows.
  if (/^[A-Za-z0-9_~-][A-Za-z0-9_~.-]*(?:[/?#]|$)/.test(location) && !/\.\.|%2e/i.test(location))
    return location;
  const target = URL.parse(location, base);
  return target?.origin === base ? `${prefix}${target.pathname}${target.search}${target.hash}` : undefined;
}

function filterHeaders(raw: readonly string[], keep: (name: string) => boolean): HeaderList {
  return raw.filter((_, index) => keep((raw[index - (index % 2)] ?? '').toLowerCase()));
}

function namedBy(connection: string | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}
