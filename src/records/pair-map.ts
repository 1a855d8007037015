// The map of pair states, to which every header commits: for each pair of its peer the id of the pair's latest
// receipt. A binary trie by the bits of the pairs' names; a part with one leaf is that leaf (as in a compact sparse
// Merkle tree), and every part is counted. So one root fixes each pair's state, that a pair is absent, and how many
// pairs there are; a path of some twenty hashes shows any of it at a million pairs.
import { TallyError } from '../lib/errors.ts';
import { ID } from './common.ts';
import { sameBytes, sha256 } from './id.ts';
import { bytes, fields, int, list } from './shape.ts';

/** Which side of a pair the peer is whose map it is. */
export type Side = 'volunteer' | 'tenant';

/** Which pair: of whom, on which side, with whom; peers by their ids. */
export interface PairOf {
  readonly peer: string;
  readonly side: Side;
  readonly counterparty: string;
}

/** A pair's place in the map and its state there: 32 bytes each, a name and the id of a receipt. */
export interface Leaf {
  readonly name: Uint8Array;
  readonly receipt: Uint8Array;
}

/** What stands for a part of the map: how many leaves it has, and its hash. */
export interface Digest {
  readonly count: number;
  readonly hash: Uint8Array;
}

/** A name has so many bits, and no path is longer. */
const NAME_BITS = 256;

/** What is hashed of a leaf: a byte, the name, the receipt. */
const LEAF_BYTES = 1 + 32 + 32;

/** What is hashed of a part of two or more: a byte, the count, two hashes. */
const INNER_BYTES = 1 + 8 + 32 + 32;

/** A part without leaves; no bytes hash to it. */
export const EMPTY: Digest = { count: 0, hash: new Uint8Array(32) };

/** Where a pair stands in the map of one of its peers. */
export function pairName(side: Side, counterparty: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(`tallymesh/pair/1\0${side}\0`), counterparty]));
}

/** Bit `depth` of a name, the first being the highest of the first byte. */
export function bitOf(name: Uint8Array, depth: number): 0 | 1 {
  return (((name[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) as 0 | 1;
}

/** A part with one leaf. */
export function leafDigest({ name, receipt }: Leaf): Digest {
  const hashed = Buffer.allocUnsafe(LEAF_BYTES);
  hashed[0] = 0;
  hashed.set(name, 1);
  hashed.set(receipt, 33);
  return { count: 1, hash: sha256(hashed) };
}

/** A part of two or more leaves, from its halves: their count in 8 bytes, then the hashes of both. */
export function innerDigest(left: Digest, right: Digest): Digest {
  const count = left.count + right.count;
  const hashed = Buffer.allocUnsafe(INNER_BYTES);
  hashed[0] = 1;
  hashed.writeUInt32BE(Math.floor(count / 2 ** 32), 1);
  hashed.writeUInt32BE(count % 2 ** 32, 5);
  hashed.set(left.hash, 9);
  hashed.set(right.hash, 41);
  return { count, hash: sha256(hashed) };
}

/** The digest of a map of these leaves, sorted by name and each name once. */
export function mapDigest(leaves: readonly Leaf[], depth = 0): Digest {
  const [first] = leaves;
  if (first === undefined) return EMPTY;
  if (leaves.length === 1) return leafDigest(first);
  const half = splitAt(leaves, depth);
  return innerDigest(mapDigest(leaves.slice(0, half), depth + 1), mapDigest(leaves.slice(half), depth + 1));
}

/** Index of the first leaf, of leaves in order, whose bit at `depth` is one. */
export function splitAt(leaves: readonly Leaf[], depth: number): number {
  const half = leaves.findIndex(({ name }) => bitOf(name, depth) === 1);
  return half < 0 ? leaves.length : half;
}

/** The way from the root of a map to where a name stands or would stand. */
export const PAIR_PATH = fields({
  /** Counts of the parts beside the way, from the root down. */
  counts: list(int(0), NAME_BITS),
  /** Hashes of those that are not empty, one after the other. */
  hashes: bytes(0, NAME_BITS * 32),
  /** The leaf at the end, if there is one: of the name, or of the one that is there instead. */
  end: list(fields({ name: ID, receipt: ID }), 1),
});

export type PairPath = ReturnType<typeof PAIR_PATH>;

/**
 * The receipt's id that the map has for a name, undefined where it has none. Throws PROOF_INVALID unless the path leads
 * to the map's root.
 */
export function checkPath(path: PairPath, name: Uint8Array, map: Digest): Uint8Array | undefined {
  const [end] = path.end;
  requireLeadsTo(map, path, name);
  if (end === undefined) return undefined;
  if (sameBytes(end.name, name)) return end.receipt;
  for (let depth = 0; depth < path.counts.length; depth += 1) {
    if (bitOf(end.name, depth) !== bitOf(name, depth)) refuse('the leaf shown stands elsewhere');
  }
  return undefined;
}

/** The leaf of this rank in the order of names, from 0. Throws PROOF_INVALID unless the path shows it. */
export function checkRank(path: PairPath, rank: number, map: Digest): Leaf {
  const [end] = path.end;
  if (end === undefined) return refuse('no leaf is shown');
  requireLeadsTo(map, path, end.name);
  const before = path.counts.reduce((sum, count, depth) => sum + count * bitOf(end.name, depth), 0);
  if (before !== rank) refuse('the leaf has another rank');
  return end;
}

/** Ranks to ask for, up to `k` of a map's pairs, each once, that follow from the asker's seed alone. */
export function sampleRanks(seed: Uint8Array, pairs: number, k: number): number[] {
  if (k >= pairs) return Array.from({ length: pairs }, (_, rank) => rank);
  const ranks = new Set<number>();
  for (let draw = 0; ranks.size < k; draw += 1) {
    const drawn = sha256(Buffer.concat([seed, Buffer.from(String(draw))]));
    ranks.add(Buffer.from(drawn).readUIntBE(0, 6) % pairs);
  }
  return [...ranks];
}

/** Hashes from the end of the path up to the root, along the bits of `name`. */
function requireLeadsTo(map: Digest, { counts, hashes, end }: PairPath, name: Uint8Array): void {
  let digest = end[0] === undefined ? EMPTY : leafDigest(end[0]);
  let from = hashes.length;
  for (let depth = counts.length - 1; depth >= 0; depth -= 1) {
    const count = counts[depth] ?? 0;
    if (count > 0) from -= 32;
    const sibling = count === 0 ? EMPTY : { count, hash: hashes.subarray(from, from + 32) };
    digest = bitOf(name, depth) === 0 ? innerDigest(digest, sibling) : innerDigest(sibling, digest);
    if (digest.count < 2) refuse('a part of one leaf is not that leaf');
  }
  if (from !== 0) refuse('hashes too many or too few');
  if (digest.count !== map.count || !sameBytes(digest.hash, map.hash)) refuse('it leads to another root');
}

function refuse(reason: string): never {
  throw new TallyError('PROOF_INVALID', { reason });
}
