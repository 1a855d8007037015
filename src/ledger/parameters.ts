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

/**
 * How often neighbours are asked for headers. Of a minute, twenty seconds and ten this is the longest that brings a fork
 * to 99 % of a thousand peers in about its own length (`npm run sim -- forks`, docs/simulation.md); it costs two small
 * questions to a neighbour each time.
 */
export const FOLLOW_PERIOD_MS = 20_000;

/** Neighbours asked each time, in turn: under two questions a second, however many are connected. */
export const FOLLOW_MAX_NEIGHBOURS = 32;

/** A counterparty is asked for its header this long after something was signed, when it has it on disk for certain. */
export const FOLLOW_MOVED_DELAY_MS = 1_000;

/** A counterparty is asked no more often than this: the shortest epoch. */
export const FOLLOW_MOVED_MS = 10_000;

/** So many of them are asked for proofs against keys as well; most of those come by gossip. */
export const FOLLOW_MET_AGAIN = 4;

/** Pages of headers taken from a peer in one go; the rest waits for the next turn. */
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

/** Free bytes wanted before a database that failed is opened again, which writes its log anew: four times a log's size. */
export const ROOM_BYTES = 16 * 2 ** 20;

/** How far the head file may be behind after a crash: to write and sync it at every commit would cost a third more. */
export const HEAD_SYNC_MS = 5_000;

/** Pairs that are shown as one list, 64 bytes each; of a peer with more a sample is shown, with a path each. */
export const PAIR_LIST_MAX = 1_024;

/** Headers that a list of pairs is brought up to date by; over more it is read anew, which is two seeks a pair. */
export const PAIR_LIST_CATCHES_UP = 512;

/** Receipts of a pair that are pruned under one sync. */
export const PRUNED_AT_ONCE = 1_000;

/** A lease that is over for so many days is in no receipt to come: its last epoch was signed, or never will be. */
export const OPEN_DAYS = 90;

/** How often a running peer prunes. */
export const PRUNE_PERIOD_MS = 86_400_000;

/** Records in one answer, in bytes: what fits beside their frame. */
export const SHOWN_RECORDS_BYTES = 240 * 1_024;

/** Missing records asked for at a time. */
export const WANTED_AT_ONCE = 64;

/** The fewest days: a lease that no receipt named for so long is over, and nobody needs its totals proven any more. */
export const MIN_KEEP_DAYS = 30;

/** Receipts are kept for so long if nobody says otherwise: whoever wants to look a year back can. */
export const KEEP_DAYS = 400;
