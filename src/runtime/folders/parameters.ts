// The constants of folders that travel, each with its reason.

/** What file systems allow in one name, and the kernel in one path. */
export const NAME_BYTES = 255;
export const PATH_BYTES = 4_095;

/** A pax header carries one path and one target, of at most a path's length each. */
export const EXTENDED_HEADER_BYTES = 16_384;

/** Of a tar of others: extended attributes stand there too, of which Linux allows 64 KiB to a file. */
export const ATTRIBUTES_HEADER_BYTES = 131_072;

/** How much of a file is in memory at a time. */
export const PIECE_BYTES = 262_144;

/** File systems give out whole blocks, one to a folder too. */
export const BLOCK_BYTES = 4_096;
