// Which headers pass between a program that calls the API and a container behind it. The container is a stranger on
// our origin: it gets none of our credentials, and nothing it answers may act on the origin.
import type { IncomingHttpHeaders } from 'node:http';
import { keep, nextHop, withoutHops } from './hop-by-hop.ts';

/** Ours, not the container's: credentials, and what only makes sense at the API's address. */
const NOT_FORWARDED = new Set([
  'host',
  'authorization',
  'cookie',
  'origin',
  'referer',
  'expect',
  'forwarded',
]);

/** Where a request went. */
export interface Place {
  readonly port: number;
  /** The part of the path that is ours, without a slash at its end. */
  readonly prefix: string;
  /** What the container was asked for: a path and perhaps a query. */
  readonly path: string;
}

/** What would act on the API's origin beyond the one answer. */
const NOT_RETURNED = new Set([
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
  'www-authenticate',
]);

/** What names a place to go on to, with what makes it a place within the container. */
const MOVED: Readonly<Record<string, (value: string, place: Place) => string | undefined>> = {
  location: relocate,
  'content-location': relocate,
  refresh: moveRefresh,
  link: moveLinks,
};

/** The headers of a request as the container gets them. */
export function forwardHeaders(headers: IncomingHttpHeaders, port: number): IncomingHttpHeaders {
  const kept = keep(nextHop(headers), (name) => !NOT_FORWARDED.has(name) && !name.startsWith('x-forwarded-'));
  return { host: `localhost:${port}`, ...kept };
}

/** The headers of an answer as the caller gets them. */
export function returnHeaders(headers: IncomingHttpHeaders, place: Place): IncomingHttpHeaders {
  const kept = keep(
    withoutHops(headers),
    (name) => !NOT_RETURNED.has(name) && !name.startsWith('access-control-'),
  );
  return {
    ...moveHeaders(kept, place),
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  };
}

function moveHeaders(headers: IncomingHttpHeaders, place: Place): IncomingHttpHeaders {
  const moved = Object.entries(headers).map(([name, value]) => {
    const move = MOVED[name];
    return [name, move === undefined || typeof value !== 'string' ? value : move(value, place)] as const;
  });
  return Object.fromEntries(moved.filter(([, value]) => value !== undefined));
}

/**
 * A place within the container, in whatever form it names it, moved under its prefix. Any other is dropped: a client
 * that follows a redirect to our own origin takes its bearer with it, and so would call the API in the container's name.
 */
export function relocate(location: string, { port, prefix, path }: Place): string | undefined {
  // Node reads headers as Latin-1, and programs write UTF-8.
  const text = Buffer.from(location, 'latin1').toString();
  const target = URL.parse(text, `http://localhost:${port}${path}`);
  if (target === null || !isOwn(target, port)) return undefined;
  return `${prefix}${target.pathname}${target.search}${target.hash}`;
}

/** A name without a dot: `localhost`, which we call the container, or the container's own. */
const OWN_NAME = /^(?:[a-z0-9_-]+|.+\.localhost)$/i;

/** Addresses that a container can find on itself: loopback, unspecified and private ones. */
const OWN_ADDRESS = /^(?:0\.0\.0\.0|(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3})+|\[::1?\])$/;

/** Whether a URL leads to the port of the container that was called. Programs often leave the port away after a name. */
function isOwn({ protocol, hostname, port: named }: URL, port: number): boolean {
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  if (OWN_NAME.test(hostname)) return named === '' || Number(named) === port;
  return OWN_ADDRESS.test(hostname) && Number(named || (protocol === 'http:' ? 80 : 443)) === port;
}

/** `5` and `5; url=…`. */
const REFRESH = /^\s*(\d{1,9})\s*(?:[;,]\s*(?:url\s*=\s*)?(["']?)(.*?)\2\s*)?$/i;

function moveRefresh(value: string, place: Place): string | undefined {
  const [, seconds, , url] = REFRESH.exec(value) ?? [];
  if (seconds === undefined || url === undefined) return seconds;
  const moved = relocate(url, place);
  return moved === undefined ? undefined : `${seconds}; url=${moved}`;
}

/** `<…>; rel=next, <…>; rel=last`: all targets, or none. */
function moveLinks(value: string, place: Place): string | undefined {
  let isWhole = true;
  const moved = value.replaceAll(/<([^>]*)>/g, (_, target: string) => {
    const own = relocate(target, place);
    isWhole &&= own !== undefined;
    return `<${own}>`;
  });
  return isWhole ? moved : undefined;
}
