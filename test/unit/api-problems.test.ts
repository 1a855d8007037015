// Errors: every one leaves as problem details, and none tells what it should not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../../src/api/problems.ts';
import { describeError, ERROR_CODES, type ErrorCode, TallyError } from '../../src/lib/errors.ts';
import { ADMIN, BID, type InjectedApi, injectedApi } from '../support/api.ts';

let api: InjectedApi;

beforeAll(async () => {
  api = await injectedApi();
});

afterAll(() => api.close());

const send = (body: string, contentType = 'application/json') =>
  api.call('/v1/bids', { method: 'POST', body, headers: { 'content-type': contentType } });

test.each(ERROR_CODES)('%s leaves with the status and the sentence of the table', async (code) => {
  api.market.bid = () => Promise.reject(new TallyError(code, { expected: 1 }));
  const answer = await api.call('/v1/bids', { method: 'POST', body: BID });
  const { status, sentence } = describeError(code);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.json()).toEqual({
    type: `urn:tallymesh:error:${code}`,
    title: expect.stringMatching(/^[A-Z][a-z ]+$/),
    status,
    code,
    detail: sentence,
    instance: expect.stringMatching(/^\/v1\/bids#req-/),
    details: code === 'INTERNAL' ? {} : { expected: 1 },
  });
});

test('an unknown throw is INTERNAL and says nothing of itself', async () => {
  api.market.bid = () => Promise.reject(new Error('the password is swordfish'));
  const answer = await api.call('/v1/bids', { method: 'POST', body: BID });
  expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL', details: {} });
  expect(answer.body).not.toContain('swordfish');
});

describe('what never reaches a route', () => {
  const cases: [
    name: string,
    call: () => ReturnType<InjectedApi['call']>,
    code: ErrorCode,
    details: object,
  ][] = [
    ['an unknown path', () => api.call('/v1/nothing'), 'NOT_FOUND', {}],
    [
      'a method that the path does not take',
      () => api.call('/v1/bids'),
      'METHOD_NOT_ALLOWED',
      { allowed: ['POST'] },
    ],
    ['a path that cannot be decoded', () => api.call('/v1/%zz'), 'BAD_REQUEST', {}],
    ['a body that is not JSON', () => send('{'), 'BAD_REQUEST', { reason: 'the body is not JSON' }],
    ['a body that poisons prototypes', () => send('{"__proto__": {}}'), 'BAD_REQUEST', {}],
    ['an empty body', () => send(''), 'BAD_REQUEST', { reason: 'the body is empty' }],
    ['a body of another type', () => send('<bid/>', 'text/xml'), 'UNSUPPORTED_MEDIA_TYPE', {}],
    [
      'a body over the limit',
      () => send(`"${'x'.repeat(2_100_000)}"`),
      'BODY_TOO_LARGE',
      { maxBytes: 2_097_152 },
    ],
    ['a value of another type', () => send('[]'), 'BAD_REQUEST', { field: 'body' }],
  ];

  test.each(cases)('%s', async (_, call, code, details) => {
    const answer = await call();
    expect(answer.statusCode).toBe(describeError(code).status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ code, details });
  });

  test('the methods that a path takes stand in the Allow header', async () => {
    expect((await api.call('/v1/offers', { method: 'PUT', body: {} })).headers.allow).toBe('GET, HEAD, POST');
  });
});

test('no problem shows the query, where a careless caller may have put a secret', async () => {
  expect((await api.call('/v1/nothing?token=swordfish')).body).not.toContain('swordfish');
});

test('no problem shows the token', async () => {
  expect((await api.call('/v1/nothing')).body).not.toContain(ADMIN);
});

test('titles are the codes in words', () => {
  expect(problemOf(new TallyError('NOTHING_MATCHED'), '/').title).toBe('Nothing matched');
});
