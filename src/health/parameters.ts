// The numbers of health, each with its reason.
import { MIB, MINUTE_MS, SECOND_MS } from '../lib/units.ts';

/** How often a peer looks at itself: a stream to each of a few peers, and one call to the file system. */
export const LOOK_MS = 10 * SECOND_MS;

/** Peers asked at each look. Twins ask the same ones, since they are taken in order of peer id. */
export const ASKED_PEERS = 8;

/** What a peer said counts until two looks later. */
export const SIGHT_MS = 2 * LOOK_MS + 5 * SECOND_MS;

/** A start, or a connection that was lost, takes a few seconds; bootstrap peers are dialled at least every 15. */
export const ALONE_MS = 20 * SECOND_MS;

/** What records from the future are allowed (DESIGN: two minutes); by more, others refuse what this peer signs. */
export const CLOCK_TOLERANCE_MS = 2 * MINUTE_MS;

/** The ledger opens again after a full disk once it has so much (ROOM_BYTES there); four times that leaves time to act. */
export const DISK_FULL_BYTES = 16 * MIB;
export const DISK_LOW_BYTES = 64 * MIB;

/** Peers whose processes are told apart, and so many processes of each. */
export const SEEN_PEERS = 1_024;
export const SEEN_RUNS = 4;
