// Pages: every item once, whatever comes and goes in between.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newestFirst, pageFrom, pageOf } from '../../src/api/pages.ts';
import { type InjectedApi, injectedApi } from '../support/api.ts';

let api: InjectedApi;

beforeAll(async () => {
  api = await injectedApi();
});

afterAll(() => api.close());

const self = (key: string) => key;

function walk(all: readonly string[], limit: number): string[] {
  const seen: string[] = [];
  let cursor: { cursor?: string } = {};
  for (;;) {
    const { items, next } = pageOf(all, { limit, ...cursor }, self);
    seen.push(...items);
    if (next === undefined) return seen;
    cursor = { cursor: next };
  }
}

test('pages of any size give every item once and in order', () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[!-~]{1,12}$/));
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      expect(walk(all, limit)).toEqual(all.toSorted((a, b) => (a < b ? -1 : 1)));
    }),
  );
});

test('an item that goes between two pages hides no other', () => {
  const first = pageOf(['a', 'b', 'c', 'd'], { limit: 2 }, self);
  expect(pageOf(['c', 'd'], { limit: 2, cursor: first.next! }, self)).toEqual({ items: ['c', 'd'] });
});

test('a list that is read from a store is read no further than one item past the page', async () => {
  let read = 0;
  const keys = async function* (after = '') {
    for (const key of ['a', 'b', 'c', 'd'].filter((each) => each > after)) {
      read += 1;
      yield key;
    }
  };
  const first = await pageFrom(keys, { limit: 2 }, self);
  expect(first.items).toEqual(['a', 'b']);
  expect(read).toBe(3);
  expect(await pageFrom(keys, { limit: 2, cursor: first.next! }, self)).toEqual({ items: ['c', 'd'] });
});

test('later times sort first', () => {
  expect([newestFirst(5), newestFirst(1_000), newestFirst(40)].sort()).toEqual([
    newestFirst(1_000),
    newestFirst(40),
    newestFirst(5),
  ]);
});

test.each(['limit=0', 'limit=501', 'limit=x', 'limit=1.5', 'cursor=%25', 'cursor=AAAA', 'page=2'])(
  'the query %s is refused',
  async (query) => {
    const answer = await api.call(`/v1/offers?${query}`);
    expect(answer.json()).toMatchObject({
      code: 'BAD_REQUEST',
      details: { field: expect.stringMatching(/^querystring/) },
    });
  },
);
