// The record that a volunteer signs for an offer, from what the offer promises and what the engine is.
import { newSalt } from '../../../lib/salt.ts';
import type { Resources } from '../../../records/common.ts';
import { type SignedRecord, signRecord } from '../../../records/envelope.ts';
import type { Identity } from '../../../records/identity.ts';
import { type OfferBody, PLAIN_OFFER, PLAIN_TERMS } from '../../../records/offer.ts';
import type { EngineFacts } from '../../../runtime/engine.ts';
import { BEAT_MS, OFFER_LIFETIME_MS } from '../../terms/parameters.ts';
import type { BeatChain } from './beat-chain.ts';
import type { OfferRow } from './offer-rows.ts';

/** An offer at the moment. */
export interface OfferState {
  readonly row: OfferRow;
  /** The part of the hash chain to which the revision commits. */
  readonly chain: Pick<BeatChain, 'tip' | 'beats'>;
  /** Of the last word about the series. */
  readonly lastSeq: number;
  /** Those of its images that the engine holds now. */
  readonly held: OfferRow['images'];
}

/** What stands around it. */
export interface OfferSurroundings {
  readonly identity: Identity;
  readonly network: string;
  readonly nowMs: number;
  /** Where this peer is reached. */
  readonly addresses: readonly string[];
  /** What is left. */
  readonly resources: Resources;
  /** Undefined of an engine that is silent: nothing is known of it. */
  readonly facts: EngineFacts | undefined;
  readonly terms: { readonly firstEpochMs: number; readonly maxEpochMs: number; readonly maxAwayMs: number };
}

/** What an offer promises of an engine beside resources: nothing is known of one that is silent. */
export function rightsAndStorage(facts: EngineFacts | undefined): Pick<OfferBody, 'privileges' | 'storage'> {
  return {
    privileges: facts?.isRootGranted ? ['user', 'root'] : ['user'],
    storage: { limit: facts?.diskLimit ?? 'watched', volumes: facts === undefined ? 0 : 1 },
  };
}

/** A new revision, later than every word about the series before it. */
export function signOffer(
  { row, chain, lastSeq, held }: OfferState,
  { identity, network, nowMs, addresses, resources, facts, terms }: OfferSurroundings,
): SignedRecord<'offer'> {
  const { series, prices, region, labels, longestLeaseMs, anyHeld, pulls, maxSentBytes } = row;
  const { firstEpochMs, maxEpochMs, maxAwayMs } = terms;
  const body = {
    ...{ volunteer: identity.publicKey, network, salt: newSalt(), series },
    ...{ seq: Math.max(nowMs, lastSeq + 1), issuedAtMs: nowMs, lifetimeMs: OFFER_LIFETIME_MS },
    ...{ beatMs: BEAT_MS, beats: chain.beats, tip: chain.tip },
    addresses: addresses.slice(0, 8),
    ...{ ...PLAIN_OFFER, resources, prices, region, labels, images: held },
    imageWays: { anyHeld, pulls, maxSentBytes },
    ...rightsAndStorage(facts),
    runtimeClasses: facts?.runtimeClasses.slice(0, 8) ?? [],
    architecture: facts?.architecture ?? '',
    terms: { ...PLAIN_TERMS, longestLeaseMs, firstEpochMs, maxEpochMs, maxAwayMs },
  };
  return signRecord('offer', body, identity);
}
