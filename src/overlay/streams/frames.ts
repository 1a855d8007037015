// Frames on a stream: four bytes of length, big-endian, then so many bytes.
import type { Duplex } from 'node:stream';
import { TallyError } from '../../lib/errors.ts';
import { readPiece } from '../../lib/read-piece.ts';
import { withSignal } from '../terms/deadline.ts';

const HEADER_BYTES = 4;

/** The frame of `body`; throws MESSAGE_TOO_LARGE when it is over `maxBytes`. */
export function frameOf(body: Uint8Array, maxBytes: number): Buffer {
  requireSize(body.length, maxBytes);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

/**
 * Reads one frame, or `undefined` when the remote ended the stream before it. Never holds more than `maxBytes` and
 * one chunk. Throws MESSAGE_TOO_LARGE as soon as the length is announced, PROTOCOL_VIOLATION for an end inside the
 * frame, the stream's error when it broke, the signal's reason when it aborts.
 */
export async function readFrame(
  stream: Duplex,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const header = await readExactly(stream, HEADER_BYTES, signal);
  if (header === undefined) return undefined;
  const length = header.readUInt32BE();
  requireSize(length, maxBytes);
  const body = length === 0 ? Buffer.alloc(0) : await readExactly(stream, length, signal);
  if (body === undefined) throw endedEarly();
  return body;
}

/** Writes, and waits until all of it is on its way; a stream that does not take it until the signal aborts is reset. */
export async function writeAll(stream: Duplex, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const written = Promise.withResolvers<void>();
  stream.write(bytes, (error) => (error ? written.reject(error) : written.resolve()));
  try {
    await withSignal(written.promise, signal);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function requireSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new TallyError('MESSAGE_TOO_LARGE', { bytes, maxBytes });
}

function endedEarly(): TallyError {
  return new TallyError('PROTOCOL_VIOLATION', { reason: 'the stream ended inside a frame' });
}

async function readExactly(stream: Duplex, count: number, signal: AbortSignal): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let missing = count;
  while (missing > 0) {
    const chunk = await readPiece(stream, signal, () => new Error('the stream is closed'));
    if (chunk === undefined && missing === count) return undefined;
    if (chunk === undefined) throw endedEarly();
    chunks.push(chunk.subarray(0, missing));
    if (chunk.length > missing) stream.unshift(chunk.subarray(missing));
    missing -= Math.min(missing, chunk.length);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, count);
}
