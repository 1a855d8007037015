// Headers through the proxy: nothing of ours to the container, nothing of the container's that acts on our origin.
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { forwardHeaders, relocate, returnHeaders } from '../../src/api/proxy-headers.ts';

const PREFIX = '/v1/deployments/abc/http/8080';

function pairs(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), list[i + 1]!]] : [])),
  );
}

function both(headers: Record<string, string>): [string[], IncomingHttpHeaders] {
  return [Object.entries(headers).flat(), pairs(Object.entries(headers).flat())];
}

test('the container gets what the caller meant for it', () => {
  const sent = { Accept: 'text/html', 'Content-Type': 'text/plain', 'X-Mine': '1', 'Content-Length': '3' };
  expect(pairs(forwardHeaders(...both(sent), 8080))).toEqual({
    ...pairs(Object.entries(sent).flat()),
    host: 'localhost:8080',
    connection: 'close',
  });
});

test.each([
  ['Authorization', 'Bearer secret'],
  ['Cookie', 'a=b'],
  ['Host', 'localhost:8420'],
  ['Origin', 'http://localhost:8420'],
  ['Referer', 'http://localhost:8420/docs'],
  ['Proxy-Authorization', 'Basic x'],
  ['X-Forwarded-For', '1.2.3.4'],
  ['Upgrade', 'websocket'],
  ['TE', 'trailers'],
])('%s does not reach the container', (name, value) => {
  expect(forwardHeaders(...both({ [name]: value }), 80)).not.toContain(value);
});

test('a header that Connection names does not pass, in either direction', () => {
  const sent = both({ Connection: 'close, X-Hop', 'X-Hop': 'here', 'X-End': 'there' });
  expect(pairs(forwardHeaders(...sent, 80))).not.toHaveProperty('x-hop');
  expect(pairs(returnHeaders(...sent, 80, PREFIX))).toMatchObject({ 'x-end': 'there' });
  expect(pairs(returnHeaders(...sent, 80, PREFIX))).not.toHaveProperty('x-hop');
});

test.each([
  'Set-Cookie',
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Service-Worker-Allowed',
  'Clear-Site-Data',
  'Strict-Transport-Security',
  'Alt-Svc',
  'Refresh',
  'WWW-Authenticate',
  'Transfer-Encoding',
  'Keep-Alive',
])('%s of the container does not reach the caller', (name) => {
  expect(pairs(returnHeaders(...both({ [name]: 'x' }), 80, PREFIX))).not.toHaveProperty(name.toLowerCase());
});

test('every answer is sandboxed, whatever policy the container sends', () => {
  const sent = { 'Content-Security-Policy': 'default-src *', 'X-Content-Type-Options': 'sniff', ETag: '"1"' };
  expect(pairs(returnHeaders(...both(sent), 80, PREFIX))).toEqual({
    etag: '"1"',
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  });
});

describe('a redirect', () => {
  test.each([
    ['/login', `${PREFIX}/login`],
    ['/a?b=c#d', `${PREFIX}/a?b=c#d`],
    ['http://localhost:8080/login', `${PREFIX}/login`],
    ['/../../v1/offers', `${PREFIX}/v1/offers`],
    ['/%2e%2e/x', `${PREFIX}/x`],
    ['next', 'next'],
    ['next/page?x', 'next/page?x'],
  ])('to %s stays within the container', (location, expected) => {
    expect(relocate(location, 8080, PREFIX)).toBe(expected);
  });

  test.each([
    'http://localhost:8420/v1/offers',
    '//localhost:8420/v1/offers',
    '/\\localhost:8420/v1/offers',
    'https://evil.example/',
    'javascript:alert(1)',
    'a/../../../../../../offers',
    'a/%2e%2e/%2e%2e/%2e%2e/offers',
    'http://localhost:8080@evil.example/',
  ])('to %s is dropped', (location) => {
    const moved = relocate(location, 8080, PREFIX);
    expect(moved === undefined || moved.startsWith(`${PREFIX}/`)).toBe(true);
  });
});
