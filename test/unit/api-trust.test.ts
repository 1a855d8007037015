// The routes of trust.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdentity } from '../../src/records/identity.ts';
import { type InjectedApi, injectedApi, itemsByPages } from '../support/api.ts';
import { TENANT, VOLUNTEER } from '../support/market-fake.ts';
import { said, served, trustOf, vouched } from '../support/trust.ts';

const friend = createIdentity().peer;
const others = Array.from({ length: 5 }, () => createIdentity().peer);
const facts = [
  vouched(TENANT, friend),
  served(friend, VOLUNTEER, 3),
  said(friend, VOLUNTEER, '', ''),
  said(TENANT, friend, 'INSTANCE_LOST'),
  ...others.map((peer) => vouched(friend, peer)),
];

let api: InjectedApi;

beforeEach(async () => {
  api = await injectedApi({}, { trust: trustOf(facts, TENANT) });
});

afterEach(() => api.close());

test('all known peers are listed, the best first, page by page', async () => {
  const { items } = (await api.call('/v1/trust')).json();
  expect(items).toHaveLength(7);
  expect(items[0]).toMatchObject({
    peer: VOLUNTEER,
    isKnown: true,
    good: 2,
    bad: 0,
    serviceMicrocredits: 3_000_000,
  });
  expect(items[1]).toMatchObject({ peer: friend, quality: 0, isKnown: true, bad: 1, vouches: 1 });
  expect(await itemsByPages(api, '/v1/trust', 2)).toEqual(items);
});

test('a peer is explained', async () => {
  const answer = (await api.call(`/v1/trust/${VOLUNTEER}`)).json();
  expect(answer.paths[0].hops.map(({ to }: { to: string }) => to)).toEqual([friend, VOLUNTEER]);
  expect(answer.testimonies).toMatchObject([{ author: friend, good: 2, bad: 0, codes: [] }]);
  expect(answer.changes.map(({ change }: { change: string }) => change)).toContain('WITHOUT_PATH');
});

test('a peer that nobody knows is explained without reasons, and what is no peer is refused', async () => {
  const unknown = createIdentity().peer;
  const answer = await api.call(`/v1/trust/${unknown}`);
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { peer: unknown, standing: 0, quality: 0, isKnown: false, paths: [], testimonies: [] },
  ]);
  for (const wrong of ['nobody', '12D3KooWnope', 'x'.repeat(129)]) {
    const refused = await api.call(`/v1/trust/${wrong}`);
    expect(refused.statusCode).toBe(400);
    expect(['KEY_INVALID', 'BAD_REQUEST']).toContain(refused.json().code);
  }
});

test('without evidence nobody is known', async () => {
  const alone = await injectedApi();
  expect((await alone.call('/v1/trust')).json()).toEqual({ items: [] });
  await alone.close();
});
