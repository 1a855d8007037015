// The map of pair states: what is stored is what the leaves say, in whatever batches they came; proofs show just what
// is there, and none that was touched is believed.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reader, Write } from '../../src/ledger/database.ts';
import { mapOf, pathTo, pathToRank, StoredMap } from '../../src/ledger/stored-map.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/records/id.ts';
import {
  bitOf,
  checkPath,
  checkRank,
  type Digest,
  EMPTY,
  innerDigest,
  type Leaf,
  leafDigest,
  mapDigest,
  PAIR_PATH,
  type PairPath,
  sampleRanks,
} from '../../src/records/pair-map.ts';

const nameOf = (n: number) => sha256(Buffer.from(`name ${n}`));
const stateOf = (n: number) => sha256(Buffer.from(`state ${n}`));
const byName = (a: Leaf, b: Leaf) => Buffer.compare(a.name, b.name);
const leavesTo = (n: number): Leaf[] =>
  Array.from({ length: n }, (_, i) => ({ name: nameOf(i), receipt: stateOf(i) })).sort(byName);

/** Rows in memory, as a commit would put them on disk. */
function memory(): {
  rows: Map<string, Uint8Array>;
  reader: Reader;
  put: (writes: readonly Write[]) => void;
} {
  const rows = new Map<string, Uint8Array>();
  return {
    rows,
    reader: { get: async (key) => rows.get(key), async *entries() {} },
    put: (writes) => {
      for (const { key, value } of writes) rows.set(key, value!);
    },
  };
}

async function stored(leaves: readonly Leaf[]): Promise<{ reader: Reader; digest: Digest }> {
  const { rows, digest } = await mapOf(leaves);
  return { digest, reader: { get: async (key) => rows.get(key), async *entries() {} } };
}

function refusalOf(check: () => unknown): string {
  try {
    check();
    return 'believed';
  } catch (error) {
    return codeOf(error);
  }
}

describe('the stored map', () => {
  it('is that of its latest leaves, in whatever batches they came', async () => {
    const change = fc.record({ pair: fc.nat(40), state: fc.nat(1_000) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 }), async (batches) => {
        const { rows, reader, put } = memory();
        const map = new StoredMap(reader);
        const latest = new Map<number, Leaf>();
        for (const batch of batches) {
          const leaves = new Map(
            batch.map(({ pair, state }) => [pair, { name: nameOf(pair), receipt: stateOf(state) }]),
          );
          for (const [pair, leaf] of leaves) latest.set(pair, leaf);
          const changed = await map.change([...leaves.values()]);
          put(changed.writes);
          map.accept(changed);
        }
        const all = [...latest.values()].sort(byName);
        expect(await new StoredMap(reader).digest()).toEqual(mapDigest(all));
        expect(new Map([...rows].sort())).toEqual(new Map([...(await mapOf(all)).rows].sort()));
      }),
      { numRuns: 150 },
    );
  });

  it('forgets a change that was not accepted', async () => {
    const { reader, put } = memory();
    const map = new StoredMap(reader);
    const first = await map.change(leavesTo(5));
    put(first.writes);
    map.accept(first);
    await map.change(leavesTo(9));
    expect(await map.digest()).toEqual(mapDigest(leavesTo(5)));
  });

  it('writes and shows the logarithm of the number of pairs', async () => {
    const { rows, reader, put } = memory();
    const map = new StoredMap(reader);
    put((await map.change(leavesTo(20_000))).writes);
    map.forget();
    expect(rows.size).toBeLessThan(40_000);
    const { writes } = await map.change([{ name: nameOf(7), receipt: stateOf(0) }]);
    expect(writes.length).toBeLessThan(32);
    expect((await pathTo(reader, nameOf(7))).counts.length).toBeLessThan(32);
  });
});

describe('a path through the map', () => {
  it.each([0, 1, 2, 3, 17, 300])('shows each pair, its rank and its absence among %i', async (size) => {
    const leaves = leavesTo(size);
    const { reader, digest } = await stored(leaves);
    expect(digest).toEqual(mapDigest(leaves));
    for (const [rank, leaf] of leaves.entries()) {
      const path = await pathTo(reader, leaf.name);
      expect(PAIR_PATH(path, 'path')).toEqual(path);
      expect(checkPath(path, leaf.name, digest)).toEqual(leaf.receipt);
      expect(checkRank(path, rank, digest)).toEqual(leaf);
      expect(await pathToRank(reader, rank)).toEqual(path);
      if (rank > 0) expect(refusalOf(() => checkRank(path, rank - 1, digest))).toBe('PROOF_INVALID');
    }
    for (let absent = 1_000; absent < 1_040; absent += 1) {
      const path = await pathTo(reader, nameOf(absent));
      expect(checkPath(path, nameOf(absent), digest)).toBeUndefined();
    }
  });

  it('is not believed for another map, another count or another name', async () => {
    const leaves = leavesTo(50);
    const { reader, digest } = await stored(leaves);
    const path = await pathTo(reader, nameOf(3));
    const before = mapDigest(leaves.slice(1));
    expect(refusalOf(() => checkPath(path, nameOf(3), before))).toBe('PROOF_INVALID');
    expect(refusalOf(() => checkPath(path, nameOf(3), { ...digest, count: 49 }))).toBe('PROOF_INVALID');
    const others = leaves.filter(({ name }) => Buffer.compare(name, nameOf(3)) !== 0);
    for (const { name } of others)
      expect(refusalOf(() => checkPath(path, name, digest))).toBe('PROOF_INVALID');
  });

  it('is not believed with anything changed, left out or added', async () => {
    const { reader, digest } = await stored(leavesTo(40));
    const path = await pathTo(reader, nameOf(5));
    const changed: PairPath[] = [
      { ...path, end: [] },
      { ...path, end: [{ ...path.end[0]!, receipt: stateOf(9) }] },
      { ...path, counts: path.counts.slice(1) },
      { ...path, counts: [...path.counts, 0] },
      { ...path, counts: [...path.counts, 1], hashes: Buffer.concat([path.hashes, randomBytes(32)]) },
      { ...path, hashes: Buffer.concat([path.hashes, new Uint8Array(32)]) },
      { ...path, hashes: Buffer.concat([new Uint8Array(32), path.hashes]) },
      { ...path, hashes: path.hashes.slice(32) },
      { ...path, hashes: path.hashes.slice(0, -1) },
      ...path.counts.flatMap((count, at) =>
        [count + 1, count - 1, 0]
          .filter((other) => other !== count && other >= 0)
          .map((other) => ({
            ...path,
            counts: path.counts.with(at, other),
          })),
      ),
      ...Array.from({ length: path.hashes.length }, (_, at) => {
        const hashes = new Uint8Array(path.hashes);
        hashes[at]! ^= 1;
        return { ...path, hashes };
      }),
    ];
    for (const each of changed) {
      expect(refusalOf(() => checkPath(each, nameOf(5), digest))).toBe('PROOF_INVALID');
      expect(refusalOf(() => checkRank(each, 0, digest))).toBe('PROOF_INVALID');
    }
  });

  it('cannot hide a pair in a map that has its leaves in the place of each other', () => {
    const leaves = leavesTo(20);
    const [zero, one] = [0, 1].map((bit) => leaves.find(({ name }) => bitOf(name, 0) === bit)!);
    const swapped = innerDigest(leafDigest(one!), leafDigest(zero!));
    const path = { counts: [1], hashes: leafDigest(zero!).hash, end: [one!] };
    expect(refusalOf(() => checkPath(path, zero!.name, swapped))).toBe('PROOF_INVALID');
  });

  it('is not believed in a map where a fork has one leaf', () => {
    const [leaf] = leavesTo(1);
    const [left, right] = [leafDigest(leaf!), EMPTY];
    const forked = bitOf(leaf!.name, 0) === 0 ? innerDigest(left, right) : innerDigest(right, left);
    const path = { counts: [0], hashes: new Uint8Array(), end: [leaf!] };
    expect(refusalOf(() => checkPath(path, leaf!.name, forked))).toBe('PROOF_INVALID');
    expect(refusalOf(() => checkRank(path, 0, forked))).toBe('PROOF_INVALID');
  });

  it('cannot hide a pair behind a fork that says more or less than there is', async () => {
    const leaves = leavesTo(3);
    const { reader, digest } = await stored(leaves);
    for (const { name } of leaves) {
      const path = await pathTo(reader, name);
      for (const end of [[], [leaves.find((leaf) => leaf.name !== name)!]])
        expect(refusalOf(() => checkPath({ ...path, end }, name, digest))).toBe('PROOF_INVALID');
    }
  });
});

describe('a sample', () => {
  it('follows from the seed of whoever asks, names no rank twice and none that is not there', () => {
    const seed = Buffer.from('seed');
    const ranks = sampleRanks(seed, 1_000, 50);
    expect(new Set(ranks).size).toBe(50);
    expect(Math.max(...ranks)).toBeLessThan(1_000);
    expect(sampleRanks(seed, 1_000, 50)).toEqual(ranks);
    expect(sampleRanks(Buffer.from('other'), 1_000, 50)).not.toEqual(ranks);
    for (const k of [3, 4, 50]) expect(sampleRanks(seed, 3, k)).toEqual([0, 1, 2]);
  });

  it('draws every rank about as often as any other', () => {
    const hits = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2_000; seed += 1)
      for (const rank of sampleRanks(Buffer.from(String(seed)), 10, 3)) hits[rank]! += 1;
    for (const count of hits) expect(Math.abs(count - 600)).toBeLessThan(100);
  });
});
