// Merkle tree hash of RFC 6962 section 2.1 over record ids.
import { sha256 } from './id.ts';

/** The root over these leaves, 32 bytes; the root over none is the hash of nothing. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return sha256(new Uint8Array());
  if (leaves.length === 1) return sha256(Buffer.concat([Uint8Array.of(0), first]));
  const split = largestPowerOfTwoBelow(leaves.length);
  const left = merkleRoot(leaves.slice(0, split));
  const right = merkleRoot(leaves.slice(split));
  return sha256(Buffer.concat([Uint8Array.of(1), left, right]));
}

function largestPowerOfTwoBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
