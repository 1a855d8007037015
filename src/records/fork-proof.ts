// Fork proof: two headers that one process of a peer cannot both have signed honestly. Headers of a generation are
// numbered without a gap and each names the one before, so two of one number, or two neighbours of which the later
// does not name the earlier, show two histories. Whoever holds the proof can check it with nothing else.
import { TallyError } from '../lib/errors.ts';
import { decode, encode } from './codec.ts';
import {
  ENVELOPE_BYTES,
  parseRecord,
  type SignedRecord,
  type Statement,
  type UnverifiedRecord,
  verifyRecord,
} from './envelope.ts';
import { headerKind, sameGeneration } from './header.ts';
import { sameBytes } from './id.ts';
import { peerOf } from './identity.ts';
import { bytes, fields } from './shape.ts';

export type Header = SignedRecord<'header'>;

/** What convicts a key: two of its headers, the one of lower seq first, or of lower id where the seq is one. */
export interface ForkProof<H extends UnverifiedRecord<'header'> = Header> {
  readonly peer: string;
  readonly one: H;
  readonly other: H;
}

const ENVELOPE = bytes(1, headerKind.maxBytes + ENVELOPE_BYTES);
const PROOF = fields({ one: ENVELOPE, other: ENVELOPE });

/** No proof is larger than this. */
export const FORK_PROOF_MAX_BYTES = 2 * (headerKind.maxBytes + ENVELOPE_BYTES) + 32;

/** The proof that these two headers are, or undefined where an honest peer can have signed both. */
export function forkProof<H extends UnverifiedRecord<'header'>>(a: H, b: H): ForkProof<H> | undefined {
  const [one, other] = inOrder(a, b);
  const isOneProcess = sameBytes(one.body.peer, other.body.peer) && sameGeneration(one.body, other.body);
  if (!isOneProcess || !arePartedAt(one, other)) return undefined;
  return { peer: peerOf(one.body.peer), one, other };
}

function inOrder<H extends Statement<'header'>>(a: H, b: H): [H, H] {
  const order = a.body.seq - b.body.seq || Buffer.compare(a.id, b.id);
  return order <= 0 ? [a, b] : [b, a];
}

function arePartedAt(one: Statement<'header'>, other: Statement<'header'>): boolean {
  if (one.body.seq === other.body.seq) return !sameBytes(one.id, other.id);
  return one.body.seq + 1 === other.body.seq && !sameBytes(other.body.previous, one.id);
}

/** A proof whose signatures were not looked at yet. */
export type UnverifiedForkProof = ForkProof<UnverifiedRecord<'header'>>;

/** The one encoding of a proof. */
export function encodeForkProof({ one, other }: UnverifiedForkProof): Uint8Array {
  return encode({ one: one.bytes, other: other.bytes });
}

/** Reads a proof. Throws RECORD_*, and FORK_UNPROVEN for headers that convict nobody, or stand in the other order. */
export function parseForkProof(encoded: Uint8Array, network: string): UnverifiedForkProof {
  if (encoded.length > FORK_PROOF_MAX_BYTES)
    throw new TallyError('RECORD_TOO_LARGE', { maxBytes: FORK_PROOF_MAX_BYTES, got: encoded.length });
  const envelopes = PROOF(decode(encoded), 'forkProof');
  const one = parseRecord('header', envelopes.one, network);
  const other = parseRecord('header', envelopes.other, network);
  const proof = forkProof(one, other);
  if (proof === undefined || proof.one !== one) throw new TallyError('FORK_UNPROVEN');
  return { peer: proof.peer, one, other };
}

/** Checks the signatures of a proof. Throws SIGNATURE_INVALID. */
export function verifyForkProof({ peer, one, other }: UnverifiedForkProof): ForkProof {
  return { peer, one: verifyRecord(one), other: verifyRecord(other) };
}

/** Reads a proof and checks all of it. Throws as `parseForkProof` and `verifyForkProof`. */
export function openForkProof(encoded: Uint8Array, network: string): ForkProof {
  return verifyForkProof(parseForkProof(encoded, network));
}
