// Header: the signed head of a peer's ledger. One header covers a batch of records and names the header before it.
import { ID, KEY, NETWORK, SALT } from './common.ts';
import { sameBytes } from './id.ts';
import { bytes, fields, int } from './shape.ts';

const BODY = fields({
  peer: KEY,
  network: NETWORK,
  salt: SALT,
  /** New at every process start and after a write that failed: a counter that grows, and 16 random bytes. */
  generation: fields({ counter: int(1), nonce: bytes(16) }),
  /** Grows by one with every header of the peer. */
  seq: int(1),
  /** Id of the header before it; no bytes for the first of all. */
  previous: bytes(0, 32),
  /** Merkle root (merkle.ts) over the ids of the records that it adds. */
  root: ID,
  /** How many records it adds. */
  records: int(0, 65_536),
  /** Root of the map of pair states (pair-map.ts) with these records in it. */
  mapRoot: ID,
  /** How many pairs the map holds. */
  pairs: int(0),
});

/** Body of a header. */
export type HeaderBody = ReturnType<typeof BODY>;

/** Whether one process signed both, as far as it tells the truth. */
export function sameGeneration({ generation: a }: HeaderBody, { generation: b }: HeaderBody): boolean {
  return a.counter === b.counter && sameBytes(a.nonce, b.nonce);
}

export const headerKind = {
  version: 1,
  maxBytes: 512,
  shape: BODY,
  authors: (body: HeaderBody) => [body.peer],
};
