// Who may call the API, from where, and with which token.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, HOST, type InjectedApi, injectedApi, METRICS } from '../support/api.ts';

let api: InjectedApi;

beforeAll(async () => {
  api = await injectedApi();
});

afterAll(() => api.close());

const PROTECTED = [
  '/v1/offers',
  '/v1/market/offers',
  '/v1/deployments',
  '/v1/leases',
  '/v1/receipts',
  '/v1/peer',
  '/v1/peers',
  '/metrics',
  '/v1/no-such-path',
];

describe('the token', () => {
  test.each(PROTECTED)('%s asks for it', async (url) => {
    const answer = await api.call(url, { token: '' });
    expect(answer.json()).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test.each(['/v1/health', '/openapi.json', '/docs', '/docs/static/swagger-ui-bundle.js'])(
    '%s does without',
    async (url) => {
      expect((await api.call(url, { token: '' })).statusCode).toBe(200);
    },
  );

  test.each(['wrong', `${ADMIN}x`, ADMIN.slice(1), ADMIN.toUpperCase()])('%s is none', async (token) => {
    expect((await api.call('/v1/offers', { token })).json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test('only counts as a bearer', async () => {
    const headers = { authorization: `Basic ${ADMIN}` };
    expect((await api.call('/v1/offers', { token: '', headers })).json().code).toBe('UNAUTHORIZED');
  });

  test('for metrics reads the metrics and nothing else', async () => {
    expect((await api.call('/metrics', { token: METRICS })).statusCode).toBe(200);
    expect((await api.call('/v1/offers', { token: METRICS })).json()).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
  });

  test('of the operator reads the metrics too', async () => {
    expect((await api.call('/metrics')).statusCode).toBe(200);
  });

  test('is never asked of a caller whose host is wrong', async () => {
    const answer = await api.call('/v1/offers', { token: '', headers: { host: 'evil.example' } });
    expect(answer.json().code).toBe('HOST_REFUSED');
  });
});

describe('the Host header', () => {
  test.each([
    HOST,
    '127.0.0.1:8420',
    '127.1.2.3:8420',
    '[::1]:8420',
    'LOCALHOST:8420',
    'tally.example',
    'Tally.Example:443',
  ])('%s is ours', async (host) => {
    expect((await api.call('/v1/health', { headers: { host } })).statusCode).toBe(200);
  });

  test.each([
    'localhost',
    'localhost:80',
    'evil.example',
    'evil.example:8420',
    'localhost.evil.example:8420',
    '127.0.0.1.evil.example:8420',
    '10.0.0.1:8420',
    'localhost:8420@evil.example',
    '',
  ])('"%s" is refused on every route', async (host) => {
    for (const url of ['/v1/health', '/docs', '/openapi.json', '/metrics', '/v1/offers']) {
      const answer = await api.call(url, { headers: { host } });
      expect(answer.json()).toMatchObject({ status: 421, code: 'HOST_REFUSED', details: { header: 'Host' } });
    }
  });
});

describe('the Origin header', () => {
  test.each([`http://${HOST}`, 'http://127.0.0.1:8420', 'https://tally.example'])(
    '%s is ours',
    async (origin) => {
      expect((await api.call('/v1/offers', { headers: { origin } })).statusCode).toBe(200);
    },
  );

  test.each([
    'null',
    'http://evil.example',
    'http://localhost:3000',
    'file://',
    `http://${HOST}/path`,
    `ftp://${HOST}`,
  ])('%s is refused, even with a token', async (origin) => {
    const answer = await api.call('/v1/offers', { headers: { origin } });
    expect(answer.json()).toMatchObject({ status: 421, code: 'HOST_REFUSED', details: { header: 'Origin' } });
  });
});

test('answers carry no invitation to sniff, to cache or to tell others where one came from', async () => {
  expect((await api.call('/v1/health')).headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
});
