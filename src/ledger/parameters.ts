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
