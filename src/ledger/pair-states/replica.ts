// Replica: the map of pair states of another peer, stored here; pure. It contains everything that one header of the peer
// commits to, or it is refused, so the peer cannot choose which of its pairs are known.
import { TallyError } from '../../lib/errors.ts';
import type { Header } from '../../records/fork-proof.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { type Leaf, mapDigest, type Side } from '../../records/pair-map.ts';
import { compareHeaders } from '../header-rules.ts';

/** The header under which the asker knows all pairs; no bytes and 0 where it knows none. Its wire form and those of the
 *  answers stand in overlay/protocols/pairs.ts. */
export type PairsQuery = { readonly id: Uint8Array; readonly seq: number };

export type PairsAnswer = {
  /** Envelope of the newest header, if there is one. */
  readonly header: readonly Uint8Array[];
  /** 0: of the pairs only those that changed since the header that was named. */
  readonly isAll: number;
  /** Leaves of the pairs in which the asked peer is the tenant, one after the other: 32 bytes of name, 32 of the
   *  receipt's id; and of those in which it is the volunteer. */
  readonly tenant: Uint8Array;
  readonly volunteer: Uint8Array;
};

/** A leaf, and the side that its peer says it is on: the receipt shows whether that is true. */
export interface ClaimedLeaf extends Leaf {
  readonly side: Side;
}

/** All pairs under a header, by name as text. */
export interface Replica {
  readonly header: Header;
  readonly pairs: ReadonlyMap<string, ClaimedLeaf>;
}

const LEAF_BYTES = 64;

/** Leaves one after the other. */
export function joinLeaves(leaves: readonly Leaf[]): Uint8Array {
  return new Uint8Array(Buffer.concat(leaves.flatMap(({ name, receipt }) => [name, receipt])));
}

/** Throws PROTOCOL_VIOLATION for bytes that are no leaves. */
export function splitLeaves(joined: Uint8Array, side: Side): ClaimedLeaf[] {
  if (joined.length % LEAF_BYTES !== 0)
    throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the list ends inside an entry' });
  return Array.from({ length: joined.length / LEAF_BYTES }, (_, i) => {
    const at = i * LEAF_BYTES;
    return { name: joined.slice(at, at + 32), receipt: joined.slice(at + 32, at + LEAF_BYTES), side };
  });
}

/**
 * What is known after an answer under this verified header. Throws STATES_STALE for a header below the one known,
 * STATES_PARTIAL where the pairs are not those that the header commits to, PROTOCOL_VIOLATION.
 */
export function replicaAfter(known: Replica | undefined, header: Header, answer: PairsAnswer): Replica {
  if (known !== undefined && compareHeaders(header, known.header) < 0)
    throw new TallyError('STATES_STALE', { seq: header.body.seq, known: known.header.body.seq });
  const shown = [...splitLeaves(answer.tenant, 'tenant'), ...splitLeaves(answer.volunteer, 'volunteer')];
  const before = answer.isAll === 1 ? [] : (known?.pairs ?? []);
  const pairs = new Map([...before, ...shown.map((leaf) => [showId(leaf.name), leaf] as const)]);
  requireMap(header, pairs);
  return { header, pairs };
}

function requireMap({ body }: Header, pairs: Replica['pairs']): void {
  const leaves = [...pairs.values()].sort((a, b) => Buffer.compare(a.name, b.name));
  const { count, hash } = mapDigest(leaves);
  if (count !== body.pairs || !sameBytes(hash, body.mapRoot))
    throw new TallyError('STATES_PARTIAL', { seq: body.seq, pairs: body.pairs, shown: count });
}
