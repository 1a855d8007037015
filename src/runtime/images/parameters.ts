// The constants of images without a registry, each with its reason.
import { constants } from 'node:zlib';
import { DAY_MS, KIB, MIB } from '../../lib/units.ts';

/** Configurations and manifests take some KiB, a few hundred where a build has a long history; each is held in memory. */
export const CONFIG_BYTES = MIB;

/** Docker's own limit (`maxLayerDepth`). */
export const LAYERS = 125;

/** What an image says of itself beside its layers, of each kind: ports, volumes, variables, words of a command. */
export const SETTINGS = 1_024;

/** The files of an archive: three for each layer of the older form, and room for images that share an archive. */
export const ARCHIVE_ENTRIES = 8_192;

/** What an archive may take beside its layers: headers, descriptions, and what writers add for other readers. */
export const ARCHIVE_OVERHEAD_BYTES = 16 * MIB;

/** A name is two digests long at most; extended headers also carry attributes of a file. */
export const ARCHIVE_NAME_BYTES = KIB;
export const ARCHIVE_EXTENDED_HEADER_BYTES = 64 * KIB;

/** Links to links: writers make one step. */
export const ARCHIVE_LINK_STEPS = 8;

/** An index names manifests, or an index of them: one step for each platform, and one more for a name. */
export const INDEX_DEPTH = 3;

/** Descriptors in one index: a public image has some twenty platforms. */
export const INDEX_ENTRIES = 256;

/** Layers that are hashed and compressed side by side: 134 MB in five took 0.6 s instead of 0.8 s on two cores. */
export const LAYERS_AT_A_TIME = 2;

/** How much of a file is in memory at a time, on the way in and on the way out: 256 KiB takes a quarter more cpu, 64 KiB half more. */
export const PIECE_BYTES = MIB;

/**
 * How hard layers are compressed. Measured on 134 MB of programs and libraries, seconds of cpu with the hash: level -3 0.47
 * (to 51 %), 1 0.49 (40 %), 2 0.58 (38 %), 3 0.89 (36 %). Beyond 1 a second of cpu saves ever less of the way.
 */
const ZSTD_LEVEL = 1;

/**
 * The memory that the reading of a stranger's layer may take (a window of 8 MiB, the least that every decoder has to take, RFC
 * 8878). Ours need less.
 */
export const OWN_WINDOW_LOG = 23;

/** The same for a layer of the user's own archive: what `zstd --long` makes by default is read. */
export const FOREIGN_WINDOW_LOG = 27;

/**
 * Frames in a layer that an archive holds compressed: writers that make each file readable alone make one for each. A frame takes
 * 0.1 ms, so that a layer of empty ones ends within seconds.
 */
export const ZSTD_FRAMES = 65_536;

/** The same for the output of one of many frames: a larger piece takes longer to get than a small frame to decode. */
export const FRAME_PIECE_BYTES = 64 * KIB;

/** The encoded form may be larger than the tar: random bytes grow by a header for each block of 128 KiB. */
export const ENCODED_SLACK_BYTES = 64 * KIB;
export const ENCODED_SLACK_SHARE = 1_024;

/** How long what came of a layer waits for the rest. */
export const PART_KEPT_MS = DAY_MS;

export const COMPRESSION = {
  chunkSize: PIECE_BYTES,
  // The next pieces come while one is compressed
  writableHighWaterMark: 4 * PIECE_BYTES,
  params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
};
