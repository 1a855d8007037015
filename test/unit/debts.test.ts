// What peers owe each other: of receipts in both directions, fading alike.
import { describe, expect, it } from 'vitest';
import { HALF_LIFE_DAYS } from '../../src/ledger/parameters.ts';
import { CREDIT, DAY_MS } from '../../src/lib/units.ts';
import { debtsOf } from '../../src/reputation/facts/debts.ts';
import { injectedApi } from '../support/api.ts';
import { TENANT } from '../support/market-fake.ts';
import { NOW_MS } from '../support/records.ts';
import { ME, said, served, trustOf, vouched } from '../support/trust.ts';

describe('debts', () => {
  it('are what was served less what was consumed, who owes most first', () => {
    const facts = [
      ...[served('a', ME, 5), served(ME, 'a', 2), served('b', ME, 9), served(ME, 'c', 4)],
      // Of others, of oneself, and words: not mine to be paid for
      ...[served('a', 'b', 7), served(ME, ME, 3), vouched(ME, 'd'), said(ME, 'a', '')],
    ];
    expect(
      debtsOf(ME, facts, NOW_MS).map(({ peer, owedMicrocredits }) => [peer, owedMicrocredits / CREDIT]),
    ).toEqual([
      ['b', 9],
      ['a', 3],
      ['c', -4],
    ]);
  });

  it('fade on both sides alike, and what was charged stays what it was', () => {
    const facts = [served('a', ME, 8), served(ME, 'a', 4)];
    const [later] = debtsOf(ME, facts, NOW_MS + HALF_LIFE_DAYS * DAY_MS);
    expect(later).toEqual({
      ...{ peer: 'a', servedMicrocredits: 8 * CREDIT, consumedMicrocredits: 4 * CREDIT },
      ...{
        servedNowMicrocredits: 4 * CREDIT,
        consumedNowMicrocredits: 2 * CREDIT,
        owedMicrocredits: 2 * CREDIT,
      },
    });
  });

  it('are listed page by page', async () => {
    const facts = ['a', 'b', 'c'].flatMap((peer, i) => [served(peer, TENANT, i), served(TENANT, peer, 1)]);
    const api = await injectedApi({}, { trust: trustOf(facts, TENANT) });
    const first = (await api.call('/v1/earnings?limit=2')).json();
    const rest = (await api.call(`/v1/earnings?limit=2&cursor=${first.next}`)).json();
    const owed = [...first.items, ...rest.items].map(({ peer, owedMicrocredits }) => [
      peer,
      owedMicrocredits,
    ]);
    expect(owed).toEqual([
      ['c', CREDIT],
      ['b', 0],
      ['a', -CREDIT],
    ]);
    await api.close();
  });
});
