// What goes between a program and the one who runs it, as frames on one stream of bytes: what the program reads and writes, the
// size of its terminal, and how it ended. A frame is its length (four bytes, big-endian), its kind (one byte), and so many bytes.
import type { Readable, Writable } from 'node:stream';
import { codeOf, isErrorCode, TallyError } from './errors.ts';
import { readPiece } from './read-piece.ts';

/** The kinds of frames. An empty `stdin` is the end of what the program reads. */
export const FRAME = {
  start: 0,
  stdin: 1,
  stdout: 2,
  stderr: 3,
  resize: 4,
  exit: 5,
  failed: 6,
  /** Of a copy of files: `{name, reason}` in JSON, of what cannot be copied. */
  leftOut: 7,
} as const;

/** The most that one frame carries. */
const FRAME_BYTES = 65_536;

/** As in the `content-type` of a session over HTTP. */
export const FRAMES_TYPE = 'application/vnd.tallymesh.frames';

const LENGTH_BYTES = 4;

export interface Frame {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** How large a terminal is, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** One frame as it travels; of at most FRAME_BYTES. */
export function encodeFrame(kind: number, bytes: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + 1 + bytes.byteLength);
  frame.writeUInt32BE(bytes.byteLength + 1);
  frame[LENGTH_BYTES] = kind;
  frame.set(bytes, LENGTH_BYTES + 1);
  return frame;
}

/** Bytes of any number as frames of one kind. */
export function* encodeFrames(kind: number, bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += FRAME_BYTES)
    yield encodeFrame(kind, bytes.subarray(at, at + FRAME_BYTES));
}

export function encodeSize({ rows, columns }: TerminalSize): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(rows, 0);
  bytes.writeUInt16BE(columns, 2);
  return encodeFrame(FRAME.resize, bytes);
}

/** Throws PROTOCOL_VIOLATION for what is no size. */
export function decodeSize(bytes: Buffer): TerminalSize {
  const [rows, columns] = bytes.byteLength === 4 ? [bytes.readUInt16BE(0), bytes.readUInt16BE(2)] : [0, 0];
  if (rows === 0 || columns === 0) throw broken('a terminal has no such size');
  return { rows, columns };
}

export function encodeExit(code: number): Buffer {
  return encodeFrame(FRAME.exit, Buffer.from([code & 0xff]));
}

/** Throws PROTOCOL_VIOLATION for what is no exit code. */
export function decodeExit(bytes: Buffer): number {
  const [code] = bytes;
  if (code === undefined || bytes.byteLength > 1) throw broken('a program has no such exit code');
  return code;
}

export function encodeFailure(error: unknown): Buffer {
  return encodeFrame(FRAME.failed, Buffer.from(codeOf(error)));
}

/** What a `failed` frame says; a code that a newer peer may know and this one does not is none. */
export function decodeFailure(bytes: Buffer): TallyError {
  const code = bytes.toString();
  return new TallyError(isErrorCode(code) ? code : 'EXEC_LOST');
}

/** Reads the frames of a stream, one after the other, and holds no more than one of them and a piece of the stream. */
export class FrameReader {
  readonly #stream: Readable;
  /** What was read ahead. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /**
   * The next frame, or undefined where the stream ends before it. Throws MESSAGE_TOO_LARGE as soon as the length is there,
   * PROTOCOL_VIOLATION for an end inside a frame, what broke the stream, the signal's reason.
   */
  async next(signal: AbortSignal): Promise<Frame | undefined> {
    const head = await this.#take(LENGTH_BYTES, signal);
    if (head === undefined) return undefined;
    const length = head.readUInt32BE();
    if (length === 0) throw broken('a frame without a kind');
    if (length > FRAME_BYTES + 1)
      throw new TallyError('MESSAGE_TOO_LARGE', { bytes: length, maxBytes: FRAME_BYTES + 1 });
    const body = await this.#take(length, signal);
    if (body === undefined) throw broken('the stream ended inside a frame');
    return { kind: body[0] ?? 0, bytes: body.subarray(1) };
  }

  /** Others read on behind the last frame. */
  release(): void {
    if (this.#rest.byteLength > 0) this.#stream.unshift(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  async #take(count: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const piece = this.#rest.byteLength > 0 ? this.#rest : await readPiece(this.#stream, signal, closed);
      if (piece === undefined && missing === count) return undefined;
      if (piece === undefined) throw broken('the stream ended inside a frame');
      const own = piece.subarray(0, missing);
      this.#rest = piece.subarray(own.byteLength);
      pieces.push(own);
      missing -= own.byteLength;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, count);
  }
}

/** Writes, and waits until all of it is on its way. Throws what broke the stream, or the signal's reason. */
export async function writeWhole(stream: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  const onClose = () => reject(stream.errored ?? closed());
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', onClose);
  stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.off('close', onClose);
  }
}

function closed(): TallyError {
  return broken('the stream was closed');
}

function broken(reason: string): TallyError {
  return new TallyError('PROTOCOL_VIOLATION', { reason });
}
