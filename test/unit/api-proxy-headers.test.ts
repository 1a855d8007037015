// Headers through the proxy: nothing of ours to the container, nothing of the container's that acts on our origin.
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { forwardHeaders, relocate, returnHeaders } from '../../src/api/proxy-headers.ts';

const PREFIX = '/v1/deployments/abc/http/8080';
const PLACE = { port: 8080, prefix: PREFIX, path: '/dir/page?x=1' };

/** As Node reads them. */
function read(headers: Record<string, string>): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

test('the container gets what the caller meant for it', () => {
  const sent = { Accept: 'text/html', 'Content-Type': 'text/plain', 'X-Mine': '1', 'Content-Length': '3' };
  expect(forwardHeaders(read(sent), 8080)).toEqual({ ...read(sent), host: 'localhost:8080' });
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
  expect(Object.values(forwardHeaders(read({ [name]: value }), 80))).not.toContain(value);
});

test('a header that Connection names does not pass, in either direction', () => {
  const sent = read({ Connection: 'close, X-Hop', 'X-Hop': 'here', 'X-End': 'there' });
  expect(forwardHeaders(sent, 80)).not.toHaveProperty('x-hop');
  expect(returnHeaders(sent, PLACE)).toMatchObject({ 'x-end': 'there' });
  expect(returnHeaders(sent, PLACE)).not.toHaveProperty('x-hop');
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
  expect(returnHeaders(read({ [name]: 'x' }), PLACE)).not.toHaveProperty(name.toLowerCase());
});

test('every answer is sandboxed, whatever policy the container sends', () => {
  const sent = { 'Content-Security-Policy': 'default-src *', 'X-Content-Type-Options': 'sniff', ETag: '"1"' };
  expect(returnHeaders(read(sent), PLACE)).toEqual({
    etag: '"1"',
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  });
});

describe('a place that an answer names', () => {
  test.each([
    ['/login', '/login'],
    ['/a?b=c#d', '/a?b=c#d'],
    ['next', '/dir/next'],
    ['next/page?x', '/dir/next/page?x'],
    ['./', '/dir/'],
    ['../up', '/up'],
    ['?page=2', '/dir/page?page=2'],
    ['#part', '/dir/page?x=1#part'],
    ['', '/dir/page?x=1'],
    ['/../../v1/offers', '/v1/offers'],
    ['/%2e%2e/x', '/x'],
    ['a/../../../../../../offers', '/offers'],
    ['a/%2e%2e/%2e%2e/%2e%2e/offers', '/offers'],
    ['//localhost:8080//evil.example/', '//evil.example/'],
    ['/caf\u00c3\u00a9 au lait', '/caf%C3%A9%20au%20lait'],
    ['http://localhost:8080/login', '/login'],
    ['HTTP://LocalHost:8080/login', '/login'],
    ['http://localhost/login', '/login'],
    ['http://app.localhost:8080/login', '/login'],
    ['http://user:word@localhost:8080/login', '/login'],
    ['//127.0.0.1:8080/login', '/login'],
    ['http://0.0.0.0:8080/', '/'],
    ['http://[::]:8080/', '/'],
    ['http://[::1]:8080/', '/'],
    ['http://10.203.4.2:8080/', '/'],
    ['http://172.18.0.2:8080/', '/'],
    ['http://192.168.3.2:8080/', '/'],
    ['http://3f2a9c01d4e5:8080/', '/'],
  ])('as %j stays within the container', (place, path) => {
    expect(relocate(place, PLACE)).toBe(`${PREFIX}${path}`);
  });

  test.each([
    'http://localhost:8420/v1/offers',
    '//localhost:8420/v1/offers',
    '/\\localhost:8420/v1/offers',
    'http://127.0.0.1:8420/v1/offers',
    'http://10.203.4.2/',
    'https://evil.example/',
    'http://evil.example:8080/',
    'http://8.8.8.8:8080/',
    'http://172.15.0.1:8080/',
    'http://[2001:db8::1]:8080/',
    'http://localhost:8080@evil.example/',
    'http://localhost.evil.example:8080/',
    'javascript:alert(1)',
    'data:text/html,hi',
    'http://',
  ])('as %j is dropped', (place) => {
    expect(relocate(place, PLACE)).toBeUndefined();
  });

  test.each([
    ['Location', '/x', `${PREFIX}/x`],
    ['Content-Location', '/x', `${PREFIX}/x`],
    ['Refresh', '5', '5'],
    ['Refresh', '0; url=/x', `0; url=${PREFIX}/x`],
    ['Refresh', "0;URL='http://localhost:8080/x'", `0; url=${PREFIX}/x`],
    [
      'Link',
      '</x?p=2>; rel="next", <y>; rel=last',
      `<${PREFIX}/x?p=2>; rel="next", <${PREFIX}/dir/y>; rel=last`,
    ],
  ])('in %s: %s is moved under its prefix', (name, value, moved) => {
    expect(returnHeaders(read({ [name]: value }), PLACE)[name.toLowerCase()]).toBe(moved);
  });

  test.each([
    ['Location', 'http://localhost:8420/v1/offers'],
    ['Content-Location', 'http://localhost:8420/v1/offers'],
    ['Refresh', '0; url=http://localhost:8420/v1/offers'],
    ['Link', '</x>; rel=prev, <http://localhost:8420/v1/offers>; rel=next'],
  ])('in %s is dropped when it is %s', (name, value) => {
    expect(returnHeaders(read({ [name]: value }), PLACE)).not.toHaveProperty(name.toLowerCase());
  });
});
