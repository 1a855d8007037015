// Constants of the ledger's rules, each with its reason.
import { MINUTE_MS } from '../lib/units.ts';

/** How far a timestamp may lie in the future before it is refused: clocks of home machines drift by seconds. */
export const CLOCK_TOLERANCE_MS = 2 * MINUTE_MS;

/** Service counts half after this many days: long enough to reward regulars, short enough to forgive and forget. */
export const HALF_LIFE_DAYS = 90;

/** At most so many records under one header, so that no commit waits long behind another. */
export const COMMIT_MAX_RECORDS = 1_024;

/** Rows of the map of pair states kept in memory: all of a ledger of some ten thousand pairs, at about 4 MB. */
export const MAP_CACHED_ROWS = 16_384;

/** Chains followed at once: more than a home peer deals with, at 64 headers of some 430 bytes each 14 MB in all. */
export const FOLLOWED_MAX = 512;

/** Headers kept of each: a day's at one every twenty minutes, the last ten minutes' of a busy peer. */
export const FOLLOWED_HEADERS = 64;

/** As often as order books, so that what one neighbour was told the next one hears of within a minute. */
export const FOLLOW_PERIOD_MS = MINUTE_MS;

/** Pages of headers taken from a peer in one go; the rest waits a minute. */
export const FOLLOW_MAX_PAGES = 16;

/** Convicted keys kept that this peer deals with or trusts; at 1.5 KiB each 6 MB. */
export const CONVICTED_KNOWN_MAX = 4_096;

/** Convicted keys kept of strangers, all together. */
export const CONVICTED_STRANGERS_MAX = 1_024;

/** Fork proofs in one answer. */
export const CONVICTIONS_PAGE = 32;

/** Pairs whose last receipt is kept in memory: more than deal at once, at some 2 KiB each 8 MB. */
export const PAIRS_REMEMBERED = 4_096;

/** Leases whose tenant is kept in memory, at some 100 bytes each. */
export const LEASES_REMEMBERED = 16_384;
