// Idempotency keys: a repeat makes nothing twice.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IdempotentCalls } from '../../src/api/idempotency.ts';
import { BID, type InjectedApi, injectedApi } from '../support/api.ts';
import { NONE_FITS, ONE_FITS } from '../support/market-fake.ts';

let api: InjectedApi;

beforeEach(async () => {
  api = await injectedApi();
});

afterEach(() => api.close());

const bid = (key: string, body: object = BID) =>
  api.call('/v1/bids', { method: 'POST', body, headers: { 'idempotency-key': key } });

test('the same key and body get the first answer again', async () => {
  const [first, second] = [await bid('k'), await bid('k')];
  expect(second.statusCode).toBe(201);
  expect(second.json()).toEqual(first.json());
  expect(second.headers.location).toBe(first.headers.location);
  expect(first.headers['idempotent-replayed']).toBeUndefined();
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect(api.market.bids).toBe(1);
});

test('the same key with another body is refused', async () => {
  await bid('k');
  expect((await bid('k', { ...BID, name: 'other' })).json()).toMatchObject({
    status: 422,
    code: 'IDEMPOTENCY_MISMATCH',
  });
});

test('another key, or none, makes another deployment', async () => {
  await bid('k');
  await bid('l');
  await api.call('/v1/bids', { method: 'POST', body: BID });
  expect(api.market.bids).toBe(3);
});

test('a repeat at the same time waits for the first', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  api.market.bidGate = promise;
  const both = [bid('k'), bid('k')];
  await expect.poll(() => api.market.bids).toBe(1);
  resolve();
  const [first, second] = await Promise.all(both);
  expect(second!.json()).toEqual(first!.json());
  expect(api.market.bids).toBe(1);
});

test('a failure is not kept: the repeat tries again', async () => {
  api.market.report = NONE_FITS;
  expect((await bid('k')).json().code).toBe('NOTHING_MATCHED');
  api.market.report = ONE_FITS;
  expect((await bid('k')).statusCode).toBe(201);
});

test('one key may serve a bid and an offer', async () => {
  const body = { resources: { cpuMillis: 500, memoryBytes: 2 ** 26, diskBytes: 0, gpus: 0 } };
  const offer = () => api.call('/v1/offers', { method: 'POST', body, headers: { 'idempotency-key': 'k' } });
  await bid('k');
  const [first, second] = [await offer(), await offer()];
  expect(first.statusCode).toBe(201);
  expect(second.json().series).toBe(first.json().series);
});

test.each(['x'.repeat(129), 'with space'])('the key %s is out of form', async (key) => {
  expect((await bid(key)).json()).toMatchObject({
    code: 'BAD_REQUEST',
    details: { field: 'headers.idempotency-key' },
  });
});

test('the oldest answers are forgotten when there are too many', async () => {
  const calls = new IdempotentCalls(2);
  let made = 0;
  const once = (key: string) => calls.once('op', key, {}, async () => ++made);
  for (const key of ['a', 'b', 'c', 'c', 'a']) await once(key);
  expect(made).toBe(4);
});
