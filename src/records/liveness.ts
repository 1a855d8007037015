// Liveness: an offer commits to the end of a hash chain, and each beat reveals the preimage before. Hashing it
// forward to the last known link shows that the volunteer still stands by the offer, without a signature.
// (The construction is Lamport's one-time password chain, CACM 24(11), 1981.)
import type { Value } from './codec.ts';
import { decode, encode } from './codec.ts';
import { ID } from './common.ts';
import { sameBytes, sha256 } from './id.ts';
import type { OfferBody } from './offer.ts';
import { fields, int } from './shape.ts';

const BEAT = fields({ offer: ID, beat: int(1, 4_096), preimage: ID });

/** A sign of life: the preimage that is `beat` links before the tip. */
export type Beat = ReturnType<typeof BEAT>;

/** Size limit of an encoded beat. */
export const BEAT_MAX_BYTES = 128;

/** The links of a chain from its secret: link 0 is the tip, link k the preimage shown at beat k. */
export function chainOf(secret: Uint8Array, beats: number): Uint8Array[] {
  const links = [secret];
  for (let i = 0; i < beats; i += 1) links.push(sha256(links[i] ?? secret));
  return links.reverse();
}

/** Whether `beat` is `beat.beat - knownBeat` hashes before the known link. */
export function continuesChain(beat: Beat, knownBeat: number, knownLink: Uint8Array): boolean {
  if (beat.beat <= knownBeat) return false;
  let link = beat.preimage;
  for (let i = beat.beat; i > knownBeat; i -= 1) link = sha256(link);
  return sameBytes(link, knownLink);
}

/** Until when an offer lives whose latest shown beat is `beat`. */
export function aliveUntilMs(offer: OfferBody, beat: number): number {
  return offer.issuedAtMs + beat * offer.beatMs + offer.lifetimeMs;
}

/** Encodes a beat for gossip. */
export function encodeBeat(beat: Beat): Uint8Array {
  return encode(beat);
}

/** Decodes a beat; throws RECORD_MALFORMED. */
export function decodeBeat(bytes: Uint8Array): Beat {
  return beatShape(decode(bytes), 'beat');
}

/** The shape of a beat inside a larger message. */
export const beatShape: (value: Value, path: string) => Beat = BEAT;
