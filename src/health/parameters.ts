// The numbers of health, each with its reason.
import { MIB, MINUTE_MS, SECOND_MS } from '../lib/units.ts';

/** How often a peer looks at itself: a stream to each of a few peers. */
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

/** An engine needs 2 MiB for the log of each container, and what an image is unpacked to; four times that leaves time to act. */
export const ENGINE_DISK_FULL_BYTES = 64 * MIB;
export const ENGINE_DISK_LOW_BYTES = 256 * MIB;

/** How often the disks are looked at: two calls to the file system. What is offered on a full one is refused for so long. */
export const DISK_LOOK_MS = 2 * SECOND_MS;

/** Whoever asks is told what was seen so lately; a flood of questions is not to become a flood of looks. */
export const DISK_FRESH_MS = 500;

/** A disk that takes longer than this to say what is free is out of reach; what was seen before counts. */
export const DISK_LOOK_TIMEOUT_MS = SECOND_MS;

/** An engine that said that its disk is full is tried again after so long, where nobody else can look at that disk. */
export const ENGINE_REFUSAL_MS = MINUTE_MS;

/** Peers whose processes are told apart, and so many processes of each. */
export const SEEN_PEERS = 1_024;
export const SEEN_RUNS = 4;
