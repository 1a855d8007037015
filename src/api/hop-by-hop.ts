// Headers between two neighbours only (RFC 9110, section 7.6.1), which no proxy passes on.
import type { IncomingHttpHeaders } from 'node:http';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What says where a message ends, and whom it is for, is not taken away by a Connection header that names it. */
const ALWAYS_KEPT = ['host', 'content-length'];

/** Headers without those, and without what the Connection header names. */
export function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = tokensOf(headers.connection).filter((token) => !ALWAYS_KEPT.includes(token));
  return keep(headers, (name) => !HOP_BY_HOP.has(name) && !named.includes(name));
}

/** The same of a request, which is framed for the container as it was for us, and with the wish of its caller that the connection ends. */
export function nextHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'transfer-encoding': coding } = headers;
  const isLast = tokensOf(headers.connection).includes('close');
  return {
    ...withoutHops(headers),
    ...(coding === undefined ? {} : { 'transfer-encoding': coding }),
    ...(isLast ? { connection: 'close' } : {}),
  };
}

/** The headers that are wanted, by their names in lower case. */
export function keep(headers: IncomingHttpHeaders, isKept: (name: string) => boolean): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));
}

function tokensOf(connection: string | undefined): string[] {
  return (connection ?? '').split(',').map((token) => token.trim().toLowerCase());
}
