// The tip of a chain of headers, and the header that follows it.
import { randomBytes } from 'node:crypto';
import { signRecord } from '../records/envelope.ts';
import type { Header } from '../records/fork-proof.ts';
import type { HeaderBody } from '../records/header.ts';
import type { Identity } from '../records/identity.ts';

/** The last header of a chain, as far as the next one looks at it. */
export interface Tip {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly generation: HeaderBody['generation'];
}

/** Who signs, and the salt of this one header. */
export interface HeaderSigner {
  readonly identity: Identity;
  readonly network: string;
  readonly salt: Uint8Array;
}

/** What a header adds and commits to. */
export type HeaderContent = Pick<HeaderBody, 'root' | 'records' | 'mapRoot' | 'pairs'>;

export function tipOf({ id, body: { seq, generation } }: Header): Tip {
  return { seq, id, generation };
}

/**
 * The generation of a process that goes on after this tip. Its counter is from the clock, so that a restored backup's next
 * process stands above all that its later ones were.
 */
export function nextGeneration(
  tip: Tip | undefined,
  nowMs: number,
  nonce: Uint8Array = randomBytes(16),
): Tip['generation'] {
  return { counter: Math.max((tip?.generation.counter ?? 0) + 1, nowMs), nonce };
}

/** The signed header of a process after this tip. */
export function nextHeader(
  { identity, network, salt }: HeaderSigner,
  tip: Tip | undefined,
  generation: Tip['generation'],
  content: HeaderContent,
): Header {
  const [seq, previous] = [(tip?.seq ?? 0) + 1, tip?.id ?? new Uint8Array()];
  const body = { peer: identity.publicKey, network, salt, generation, seq, previous, ...content };
  return signRecord('header', body, identity);
}
