// The store of evidence: what it keeps when it is full, and that the order of arrival does not decide it.
import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/ledger/database.ts';
import { silentLog } from '../../src/lib/log.ts';
import { KIB } from '../../src/lib/units.ts';
import type { EvidenceItem } from '../../src/records/evidence.ts';
import { EvidenceStore } from '../../src/reputation/evidence/evidence-store.ts';
import type { VerifiedEvidence } from '../../src/reputation/evidence/judge-evidence.ts';
import type { Fact } from '../../src/reputation/facts/facts.ts';
import {
  AUTHOR_MAX_BYTES,
  STORE_MAX_BYTES,
  STRANGER_MAX_BYTES,
  STRANGERS_MAX_BYTES,
} from '../../src/reputation/facts/parameters.ts';
import { NOW_MS } from '../support/records.ts';
import { said, seeded, served, shuffled, vouched } from '../support/trust.ts';

/** A table in memory. */
function memoryTable(): { rows: Map<string, EvidenceItem>; table: Table<EvidenceItem> } {
  const rows = new Map<string, EvidenceItem>();
  const table: Table<EvidenceItem> = {
    get: async (key) => rows.get(key),
    put: async (key, value) => void rows.set(key, value),
    delete: async (key) => void rows.delete(key),
    async change(changes) {
      for (const { key, value } of changes) value === undefined ? rows.delete(key) : rows.set(key, value);
    },
    async *entries() {
      yield* rows;
    },
    writing: (key) => ({ key }),
  };
  return { rows, table };
}

function storeWith(standings: Record<string, number> = {}) {
  const { rows, table } = memoryTable();
  const standing = (peer: string) => standings[peer] ?? 0;
  const store = new EvidenceStore({ rows: table, log: silentLog, standing, touched: () => {} });
  return { rows, store, standings };
}

/** Evidence of so many bytes; its records are of no account here. */
function evidence(fact: Fact, bytes: number): VerifiedEvidence {
  const item = { record: new Uint8Array(1), leases: [] };
  return { item, fact, bytes, leases: [] } as unknown as VerifiedEvidence;
}

const idsOf = (store: EvidenceStore) => [...store.facts()].map(({ id }) => id).sort();
const authorsOf = (store: EvidenceStore) => new Set([...store.facts()].map(({ author }) => author));

describe('the store of evidence', () => {
  it('keeps the later of two records about one thing, and knows what it has', () => {
    const { store } = storeWith({ u: 1 });
    const [old, later] = [served('u', 'v', 1), { ...served('u', 'v', 2), pairSeq: 2 }];
    expect(store.take(evidence(old, 500))).toBe('new');
    expect(store.take(evidence(later, 500))).toBe('new');
    expect(store.take(evidence(old, 500))).toBe('known');
    expect(store.take(evidence(later, 500))).toBe('known');
    expect(idsOf(store)).toEqual([later.id]);
  });

  it('takes an outcome again that shows more of its leases', () => {
    const { store } = storeWith({ u: 1 });
    const whole = said('u', 'v', '', 'LOST');
    expect(store.take(evidence({ ...whole, leases: whole.leases.slice(0, 1) }, 500))).toBe('new');
    expect(store.take(evidence(whole, 900))).toBe('new');
    expect([...store.facts()]).toEqual([whole]);
  });

  it('keeps of one author the newest that fit, in whatever order they came', () => {
    const facts = Array.from({ length: 40 }, (_, i) => ({ ...served('u', `v${i}`, 1), day: 20_000 + i }));
    const kept = [1, 2, 3].map((seed) => {
      const { store } = storeWith({ u: 1 });
      for (const fact of shuffled(facts, seeded(seed))) store.take(evidence(fact, AUTHOR_MAX_BYTES / 16));
      return idsOf(store);
    });
    expect(kept[0]).toEqual(
      facts
        .slice(-16)
        .map(({ id }) => id)
        .sort(),
    );
    expect(kept[1]).toEqual(kept[0]);
    expect(kept[2]).toEqual(kept[0]);
  });

  it('says that it is full when what came has no place', () => {
    const { store } = storeWith();
    expect(store.take(evidence(vouched('stranger', 'v'), STRANGER_MAX_BYTES + 1))).toBe('full');
    expect(idsOf(store)).toEqual([]);
  });

  it('gives all strangers together one part, and takes none of it from those with standing', async () => {
    const { store, rows } = storeWith({ friend: 0.5 });
    for (let i = 0; i < 16; i += 1) store.take(evidence(served('friend', `v${i}`, 1), AUTHOR_MAX_BYTES / 16));
    const strangers = STRANGERS_MAX_BYTES / STRANGER_MAX_BYTES;
    for (let i = 0; i < strangers + 200; i += 1)
      store.take(evidence(vouched(`s${i}`, 'v'), STRANGER_MAX_BYTES));
    const authors = authorsOf(store);
    expect(authors.has('friend')).toBe(true);
    expect([...store.facts()].filter(({ author }) => author === 'friend')).toHaveLength(16);
    expect(authors.size).toBe(strangers + 1);
    // Neither the first to come nor the last stay for that
    const numbers = [...authors].flatMap((author) => (author === 'friend' ? [] : [Number(author.slice(1))]));
    expect(numbers.filter((number) => number < 200).length).toBeGreaterThan(100);
    expect(numbers.filter((number) => number < 200).length).toBeLessThan(200);
    await store.written();
    expect(rows.size).toBe(strangers + 16);
  });

  it('drops those with the least standing when all is full', () => {
    const count = STORE_MAX_BYTES / AUTHOR_MAX_BYTES;
    const names = Array.from({ length: count + 3 }, (_, i) => `a${i}`);
    const standings = Object.fromEntries(names.map((name, i) => [name, 0.1 + i / 1_000]));
    for (const order of [names, names.toReversed()]) {
      const { store } = storeWith(standings);
      for (const name of order) store.take(evidence(served(name, 'v', 1), AUTHOR_MAX_BYTES));
      expect([...authorsOf(store)].sort()).toEqual(names.slice(3).sort());
    }
  });

  it('makes strangers of those who lose their standing, and forgets vouches that expired', async () => {
    const { store, rows, standings } = storeWith({ u: 1 });
    const facts = Array.from({ length: 8 }, (_, i) => ({ ...served('u', `v${i}`, 1), day: 20_000 + i }));
    for (const fact of facts) store.take(evidence(fact, KIB));
    store.take(evidence(vouched('u', 'w'), KIB));
    standings.u = 0;
    store.review(NOW_MS + 86_400_000);
    expect(idsOf(store)).toEqual(
      facts
        .slice(-4)
        .map(({ id }) => id)
        .sort(),
    );
    expect(store.counts()).toEqual({ receipt: 4, outcome: 0, vouch: 0 });
    await store.written();
    expect(rows.size).toBe(4);
  });
});
