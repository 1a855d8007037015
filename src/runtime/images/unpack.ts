// The plain bytes of what may be compressed: gzip and zstd are known by their first bytes.
import { finished } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { malformed } from '../tar-header.ts';
import { type Bytes, Pushback } from './bytes.ts';
import { FOREIGN_WINDOW_LOG, FRAME_PIECE_BYTES, PIECE_BYTES, ZSTD_FRAMES } from './parameters.ts';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** What follows the first byte (0x50 to 0x5f) of a frame that is passed over (RFC 8878, section 3.1.2). */
const ZSTD_SKIPPED = [0x2a, 0x4d, 0x18];

type Decoder = Gunzip | ZstdDecompress;

/**
 * The bytes themselves, or what they hold compressed, with no more memory than a window of two to `windowLog`. Throws
 * IMAGE_ARCHIVE_MALFORMED where that breaks off or is damaged.
 */
export async function* unpacked(
  bytes: Bytes,
  windowLog: number = FOREIGN_WINDOW_LOG,
): AsyncGenerator<Uint8Array> {
  const source = new Pushback(bytes);
  try {
    const start = await source.peek(ZSTD.length);
    if (isGzip(start)) yield* decoded(source, createGunzip({ chunkSize: PIECE_BYTES }));
    else if (isZstd(start)) yield* unzstd(source, windowLog);
    else yield* rest(source);
  } finally {
    await source.close();
  }
}

/**
 * What a decoder makes of the bytes; those behind its end are left in the source. Throws IMAGE_ARCHIVE_MALFORMED, and what the
 * source throws.
 */
export async function* decoded(source: Pushback, decoder: Decoder): AsyncGenerator<Uint8Array> {
  const feeding = feed(source, decoder);
  try {
    for await (const piece of decoder) yield piece as Buffer;
  } catch (error) {
    throw isOfCodec(error) ? malformed('compressed data is damaged, or breaks off') : error;
  } finally {
    decoder.destroy();
  }
  // By then the source has back what is behind the end
  await feeding;
}

/** A decoder of one frame that takes no more memory than a window of two to this. */
export function zstdDecoder(windowLog: number, chunkSize = PIECE_BYTES): ZstdDecompress {
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  return createZstdDecompress({ chunkSize, params });
}

/** Whether bytes that begin so are compressed. */
export function isPacked(start: Uint8Array): boolean {
  return isGzip(start) || isZstd(start);
}

function isGzip(start: Uint8Array): boolean {
  return beginsWith(start, GZIP);
}

function isZstd(start: Uint8Array): boolean {
  const first = start[0] ?? 0;
  return beginsWith(start, ZSTD) || ((first & 0xf0) === 0x50 && beginsWith(start.subarray(1), ZSTD_SKIPPED));
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

async function* rest(source: Pushback): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = await source.next();
    if (piece === undefined) return;
    yield piece;
  }
}

/** Several frames are one stream (RFC 8878); Node's decoder stops after one that ends within a piece. */
async function* unzstd(source: Pushback, windowLog: number): AsyncGenerator<Uint8Array> {
  for (let frames = 0; (await source.peek(1)).byteLength > 0; frames += 1) {
    if (frames === ZSTD_FRAMES) throw malformed('compressed data has too many frames');
    const decoder = zstdDecoder(windowLog, FRAME_PIECE_BYTES);
    yield* decoded(source, decoder);
    if (decoder.bytesWritten === 0) throw malformed('compressed data is damaged, or breaks off');
  }
}

/** Hands a decoder one piece after the other until either is at its end; never rejects, the decoder shows a failure. */
async function feed(source: Pushback, decoder: Decoder): Promise<void> {
  const over = finished(decoder, { writable: false }).then(
    () => true,
    () => true,
  );
  try {
    for (let given = 0; ; ) {
      const piece = await source.next();
      if (piece === undefined) {
        decoder.end();
        return;
      }
      given += piece.byteLength;
      const taken = new Promise<boolean>((resolve) => decoder.write(piece, () => resolve(false)));
      const isOver = await Promise.race([taken, over]);
      const left = given - decoder.bytesWritten;
      source.unread(piece.subarray(piece.byteLength - left));
      if (isOver || left > 0) return;
    }
  } catch (error) {
    decoder.destroy(error instanceof Error ? error : new Error('the source failed', { cause: error }));
  }
}

/** The errors of zlib have codes of their own: `Z_DATA_ERROR`, `ZSTD_error_prefix_unknown`, … */
function isOfCodec(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z(?:STD)?_/.test(String(error.code));
}
