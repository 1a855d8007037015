// The map of pair states (records/pair-map.ts) as it is stored: one row per fork of the trie, named by the bits that
// lead to it, with both sides of the fork. A commit reads and writes the rows on the paths of the pairs that it changes,
// so its cost grows with the logarithm of their number; at the start only the row of the root is read.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from '../records/codec.ts';
import { ID } from '../records/common.ts';
import {
  bitOf,
  type Digest,
  EMPTY,
  innerDigest,
  type Leaf,
  leafDigest,
  type PairPath,
  splitAt,
} from '../records/pair-map.ts';
import { int } from '../records/shape.ts';
import type { Reader, Write } from './database.ts';
import { mapKey } from './keys.ts';
import { MAP_CACHED_ROWS } from './parameters.ts';

/** What a fork has on one side: nothing, one leaf, or a further fork of which it knows the digest. */
type Side = undefined | Leaf | Digest;

/** Both sides of a fork, of bit 0 and of bit 1. */
type Row = readonly [Side, Side];

const COUNT = int(2);
const NOTHING: Row = [undefined, undefined];

/** What a commit does to the map: the rows to write with it, and the map's digest once they are. */
export interface MapChange {
  readonly digest: Digest;
  readonly rows: ReadonlyMap<string, Row>;
  readonly writes: readonly Write[];
}

/** The map of one ledger. Only the chain changes it, one commit after the other. */
export class StoredMap {
  readonly #reader: Reader;
  /** Rows read or written lately, the oldest first. */
  readonly #cached = new Map<string, Row>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The digest that is stored. */
  async digest(): Promise<Digest> {
    return digestOf((await this.#row('')) ?? NOTHING);
  }

  /** What these leaves, each name once, would change. Nothing is changed before `accept`. */
  async change(leaves: readonly Leaf[]): Promise<MapChange> {
    if (leaves.length === 0) return { digest: await this.digest(), rows: new Map(), writes: [] };
    const rows = new Map<string, Row>();
    const sorted = leaves.toSorted((a, b) => Buffer.compare(a.name, b.name));
    const root = await this.#fork((await this.#row('')) ?? NOTHING, '', sorted, rows);
    const writes = [...rows].map(([path, row]) => ({ key: mapKey(path), value: encodeRow(row) }));
    return { digest: digestOf(root), rows, writes };
  }

  /** The change is on disk. */
  accept({ rows }: MapChange): void {
    for (const [path, row] of rows) this.#remember(path, row);
  }

  /** What is on disk is unknown. */
  forget(): void {
    this.#cached.clear();
  }

  async #fork(row: Row, path: string, leaves: readonly Leaf[], rows: Map<string, Row>): Promise<Row> {
    const half = splitAt(leaves, path.length);
    const changed: Row = [
      await this.#side(row[0], `${path}0`, leaves.slice(0, half), rows),
      await this.#side(row[1], `${path}1`, leaves.slice(half), rows),
    ];
    rows.set(path, changed);
    return changed;
  }

  async #side(side: Side, path: string, leaves: readonly Leaf[], rows: Map<string, Row>): Promise<Side> {
    if (leaves.length === 0) return side;
    if (side !== undefined && !isLeaf(side)) {
      const row = await this.#row(path);
      if (row === undefined) throw new TallyError('LEDGER_MAP_INVALID', { key: mapKey(path) });
      return digestOf(await this.#fork(row, path, leaves, rows));
    }
    const all = side === undefined ? leaves : withLeaf(leaves, side);
    if (all.length === 1) return all[0];
    return digestOf(await this.#fork(NOTHING, path, all, rows));
  }

  async #row(path: string): Promise<Row | undefined> {
    const cached = this.#cached.get(path);
    if (cached !== undefined) return cached;
    const row = await readRow(this.#reader, path);
    if (row !== undefined) this.#remember(path, row);
    return row;
  }

  #remember(path: string, row: Row): void {
    this.#cached.delete(path);
    this.#cached.set(path, row);
    for (const oldest of this.#cached.keys()) {
      if (this.#cached.size <= MAP_CACHED_ROWS) return;
      this.#cached.delete(oldest);
    }
  }
}

/** All rows of a map of these leaves, by key, and its digest. */
export async function mapOf(
  leaves: readonly Leaf[],
): Promise<{ digest: Digest; rows: Map<string, Uint8Array> }> {
  const nothing: Reader = { get: async () => undefined, async *entries() {} };
  const { digest, writes } = await new StoredMap(nothing).change(leaves);
  return { digest, rows: new Map(writes.map(({ key, value = new Uint8Array() }) => [key, value])) };
}

/** The path to where a name stands or would stand. */
export function pathTo(reader: Reader, name: Uint8Array): Promise<PairPath> {
  return walk(reader, (_, depth) => bitOf(name, depth));
}

/** The path to the leaf of this rank, which is below the map's count. */
export function pathToRank(reader: Reader, rank: number): Promise<PairPath> {
  let left = rank;
  return walk(reader, ([zero]) => {
    const count = sideDigest(zero).count;
    if (left < count) return 0;
    left -= count;
    return 1;
  });
}

/** Goes down from the root as `choose` says, and notes what stands beside the way. */
async function walk(reader: Reader, choose: (row: Row, depth: number) => 0 | 1): Promise<PairPath> {
  const beside: Digest[] = [];
  let path = '';
  let at = rootOf((await readRow(reader, '')) ?? NOTHING);
  while (at !== undefined && !isLeaf(at)) {
    const row = await readRow(reader, path);
    if (row === undefined) throw new TallyError('LEDGER_MAP_INVALID', { key: mapKey(path) });
    const bit = choose(row, path.length);
    beside.push(sideDigest(row[1 - bit]));
    at = row[bit];
    path += bit;
  }
  return {
    counts: beside.map(({ count }) => count),
    hashes: Buffer.concat(beside.filter(({ count }) => count > 0).map(({ hash }) => hash)),
    end: at === undefined ? [] : [at],
  };
}

/** A map of one leaf is that leaf, though its row is a fork with an empty side. */
function rootOf(row: Row): Side {
  const digest = digestOf(row);
  return digest.count < 2 ? (row[0] ?? row[1]) : digest;
}

function isLeaf(side: Leaf | Digest): side is Leaf {
  return 'name' in side;
}

function sideDigest(side: Side): Digest {
  if (side === undefined) return EMPTY;
  return isLeaf(side) ? leafDigest(side) : side;
}

function digestOf([zero, one]: Row): Digest {
  const [left, right] = [sideDigest(zero), sideDigest(one)];
  if (left.count + right.count > 1) return innerDigest(left, right);
  return left.count > 0 ? left : right;
}

/** The leaves with one more in its place, unless one of its name is among them, which is newer. */
function withLeaf(leaves: readonly Leaf[], leaf: Leaf): readonly Leaf[] {
  const at = leaves.findIndex(({ name }) => Buffer.compare(name, leaf.name) >= 0);
  const before = at < 0 ? leaves.length : at;
  const isThere = at >= 0 && Buffer.compare(leaves[at]?.name ?? leaf.name, leaf.name) === 0;
  return isThere ? leaves : leaves.toSpliced(before, 0, leaf);
}

async function readRow(reader: Reader, path: string): Promise<Row | undefined> {
  const stored = await reader.get(mapKey(path));
  return stored === undefined ? undefined : decodeRow(stored, mapKey(path));
}

/** A side as it is stored: an empty list, a name and an id, or a count and a hash. */
function encodeRow(row: Row): Uint8Array {
  return encode(
    row.map((side): Value => {
      if (side === undefined) return [];
      return isLeaf(side) ? [side.name, side.receipt] : [side.count, side.hash];
    }),
  );
}

function decodeRow(stored: Uint8Array, key: string): Row {
  const sides = decode(stored);
  if (!Array.isArray(sides) || sides.length !== 2) throw new TallyError('LEDGER_MAP_INVALID', { key });
  return [decodeSide(sides[0], key), decodeSide(sides[1], key)];
}

function decodeSide(value: Value, key: string): Side {
  if (!Array.isArray(value) || value.length % 2 !== 0 || value.length > 2)
    throw new TallyError('LEDGER_MAP_INVALID', { key });
  if (value.length === 0) return undefined;
  const second = ID(value[1], key);
  return typeof value[0] === 'number'
    ? { count: COUNT(value[0], key), hash: second }
    : { name: ID(value[0], key), receipt: second };
}
