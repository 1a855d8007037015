// Pair statement: what a peer's header says of one of its pairs, with all that a stranger needs to check it: the
// header, the path through its map, and the receipt that stands at the end.
import { TallyError } from '../lib/errors.ts';
import { decode, encode } from './codec.ts';
import { ENVELOPE_BYTES, openRecord, type SignedRecord } from './envelope.ts';
import type { Header } from './fork-proof.ts';
import { type HeaderBody, headerKind } from './header.ts';
import { sameBytes } from './id.ts';
import { peerOf, publicKeyOf } from './identity.ts';
import {
  checkPath,
  checkRank,
  type Digest,
  PAIR_PATH,
  type PairOf,
  pairName,
  type Side,
} from './pair-map.ts';
import { receiptKind } from './receipt.ts';
import { bytes, fields, list } from './shape.ts';

/** The state of a pair in a map: the path, and the envelope of the receipt at its end. */
export const PAIR_STATE = fields({
  path: PAIR_PATH,
  receipt: list(bytes(1, receiptKind.maxBytes + ENVELOPE_BYTES), 1),
});

export type PairState = ReturnType<typeof PAIR_STATE>;

const STATEMENT = fields({ header: bytes(1, headerKind.maxBytes + ENVELOPE_BYTES), state: PAIR_STATE });

/** What a checked statement says: the pair's latest receipt under that header, or that there is none. */
export interface PairStatement {
  readonly header: Header;
  readonly receipt?: SignedRecord<'receipt'>;
}

export function encodePairStatement(header: Uint8Array, state: PairState): Uint8Array {
  return encode({ header, state });
}

/**
 * Reads a statement about a pair and checks all of it. Throws RECORD_*, SIGNATURE_INVALID, KEY_INVALID, and
 * PROOF_INVALID where the header is another peer's or the parts do not belong together.
 */
export function openPairStatement(encoded: Uint8Array, pair: PairOf, network: string): PairStatement {
  const { header: envelope, state } = STATEMENT(decode(encoded), 'statement');
  const header = openRecord('header', envelope, network);
  if (peerOf(header.body.peer) !== pair.peer) refuse('the header is of another peer');
  const receipt = openPairState(state, pair, header.body, network);
  return receipt === undefined ? { header } : { header, receipt };
}

/** The receipt that a pair has under a header, or undefined where it has none. Throws as `openPairStatement`. */
export function openPairState(
  { path, receipt: [shown] }: PairState,
  { peer, side, counterparty }: PairOf,
  header: HeaderBody,
  network: string,
): SignedRecord<'receipt'> | undefined {
  const counterpartyKey = publicKeyOf(counterparty);
  const id = checkPath(path, pairName(side, counterpartyKey), mapOf(header));
  if (id === undefined && shown !== undefined) refuse('a receipt where the map has none');
  if (id === undefined) return undefined;
  if (shown === undefined) return refuse('the receipt is missing');
  const receipt = openRecord('receipt', shown, network);
  const { volunteer, tenant } = receipt.body;
  const [own, other] = side === 'volunteer' ? [volunteer, tenant] : [tenant, volunteer];
  const isBetween = peerOf(own) === peer && sameBytes(other, counterpartyKey);
  if (!sameBytes(receipt.id, id) || !isBetween) refuse('the receipt is not the one in the map');
  return receipt;
}

/** The receipt of this rank in the map of a header, and the side of the header's peer in it. Throws PROOF_INVALID. */
export function openRankedState(
  { path, receipt: [shown] }: PairState,
  rank: number,
  header: HeaderBody,
  network: string,
): { receipt: SignedRecord<'receipt'>; side: Side } {
  const leaf = checkRank(path, rank, mapOf(header));
  if (shown === undefined) return refuse('the receipt is missing');
  const receipt = openRecord('receipt', shown, network);
  const { volunteer, tenant } = receipt.body;
  const side = sameBytes(volunteer, header.peer) ? 'volunteer' : 'tenant';
  const name = pairName(side, side === 'volunteer' ? tenant : volunteer);
  if (!sameBytes(receipt.id, leaf.receipt) || !sameBytes(name, leaf.name))
    refuse('the receipt is not the one in the map');
  return { receipt, side };
}

function mapOf({ pairs, mapRoot }: HeaderBody): Digest {
  return { count: pairs, hash: mapRoot };
}

function refuse(reason: string): never {
  throw new TallyError('PROOF_INVALID', { reason });
}
