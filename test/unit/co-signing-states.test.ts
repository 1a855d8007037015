// The co-signing protocol, exhaustively within bounds: what holds in every state that two parties can get into, and that
// the search would find it out if a guard were missing.
import { describe, expect, it } from 'vitest';
import { CO_SIGNING } from '../../src/ledger/co-signing-steps.ts';
import { type Bounds, type Steps, search, type Token } from '../support/co-signing-model.ts';

const LIMIT_MS = 120_000;

describe('co-signing, in every state that two parties can get into', () => {
  it.each<[string, Bounds, number]>([
    ['three receipts, two messages on the way', { epochs: 3, messages: 2, restores: false }, 40_000],
    ['two receipts, three messages on the way', { epochs: 2, messages: 3, restores: false }, 15_000],
    ['a receipt, both sides put back to a backup', { epochs: 1, messages: 2, restores: true }, 35_000],
    ['two receipts, both sides put back to a backup', { epochs: 2, messages: 1, restores: true }, 200_000],
  ])('%s', { timeout: LIMIT_MS }, (name, bounds, least) => {
    const { states, transitions, broken } = search(bounds);
    console.log(`co-signing, ${name}: ${states} states, ${transitions} transitions`);
    expect(broken).toBeUndefined();
    expect(states).toBeGreaterThan(least);
  });
});

describe('a guard less', () => {
  const bounds: Bounds = { epochs: 2, messages: 2, restores: false };
  const restores: Bounds = { epochs: 1, messages: 2, restores: true };

  it.each<[string, Partial<Steps>, Bounds, string]>([
    [
      'a tenant that drafts anew while a draft waits',
      {
        tenantDrafts: (disk, make) => {
          const draft = make(disk.last);
          return draft === undefined ? {} : { write: { ...disk, draft }, say: draft };
        },
      },
      bounds,
      'a tenant signs one body of a number',
    ],
    [
      'a tenant that sends before it writes',
      {
        tenantDrafts: (disk, make) => {
          const step = CO_SIGNING.tenantDrafts(disk, make);
          return step.say === undefined ? {} : { say: step.say };
        },
      },
      bounds,
      'a draft is on disk before it is sent',
    ],
    [
      'a tenant that completes whatever it is sent',
      { tenantCompletes: (_, signed) => ({ write: { last: signed } }) },
      bounds,
      'a tenant signs one body of a number',
    ],
    [
      'a volunteer that signs again what it signed differently',
      {
        volunteerSigns: ({ last }, draft, rules) => {
          const isAgain = (last as Token | undefined)?.seq === (draft as Token).seq;
          const step = CO_SIGNING.volunteerSigns({ last }, draft, rules);
          return isAgain ? step : { write: { last: draft }, say: { signed: draft } };
        },
      },
      bounds,
      'no counter falls',
    ],
    [
      'a tenant that keeps a draft which can never be completed',
      { tenantLearns: (disk, shown) => ({ write: { ...disk, last: shown } }) },
      restores,
      'from everywhere both come to the same receipt',
    ],
    [
      'a volunteer that learns nothing',
      { volunteerLearns: () => ({}) },
      restores,
      'from everywhere both come to the same receipt',
    ],
    [
      'a volunteer that learns what is older',
      { volunteerLearns: (_, shown) => ({ write: { last: shown } }) },
      bounds,
      'no counter falls',
    ],
  ])('%s is found out', { timeout: LIMIT_MS }, (_, mutant, within, promise) => {
    const { broken } = search(within, { ...CO_SIGNING, ...mutant } as Steps);
    expect(broken?.trace.length).toBeGreaterThan(1);
    expect(broken?.promise).toBe(promise);
  });
});
