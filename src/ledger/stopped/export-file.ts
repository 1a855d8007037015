// The file of an exported ledger: a line that names the form, frames of records' codec (first whose ledger it is, then
// every row by key, last an empty frame), and the SHA-256 of all that. A frame is its length in 4 bytes, then its bytes.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { TallyError } from '../../lib/errors.ts';
import { decode, encode, type Value } from '../../records/codec.ts';
import { sameBytes } from '../../records/id.ts';
import { bytes, fields, int, text } from '../../records/shape.ts';

const FORM = Buffer.from('tallymesh-ledger 1\n');
const CHECKSUM_BYTES = 32;
/** The largest row is a base of totals. */
const FRAME_MAX_BYTES = 32 * 2 ** 20;
const CHUNK_BYTES = 256 * 1_024;

const FIRST = fields({
  peer: text(128, /^[1-9A-HJ-NP-Za-km-z]+$/),
  network: text(32, /^[a-z0-9][a-z0-9-]*$/),
  schema: int(0),
  /** Envelope of the header in the head file. */
  head: bytes(1, 1_024),
});
const ROW = fields({ key: text(1_024, /^[\x20-\x7e]+$/), value: bytes(0, FRAME_MAX_BYTES) });

/** Whose ledger it is. */
export type ExportFirst = ReturnType<typeof FIRST>;

/** Writes an export; on disk when it resolves. Throws what the file system throws, EEXIST where the file is there. */
export async function writeExport(
  path: string,
  first: ExportFirst,
  rows: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const put = async (part: Uint8Array) => {
      hash.update(part);
      await file.appendFile(part);
    };
    await put(FORM);
    await put(frame(first));
    for (const part of chunks(rows)) await put(part);
    await put(Buffer.alloc(4));
    await file.appendFile(hash.digest());
    await file.sync();
  } finally {
    await file.close();
  }
}

function frame(value: Value): Uint8Array {
  const body = encode(value);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Frames of rows, many to a write. */
function* chunks(rows: ReadonlyMap<string, Uint8Array>): Iterable<Uint8Array> {
  let frames: Uint8Array[] = [];
  let size = 0;
  for (const [key, value] of rows) {
    const next = frame({ key, value });
    frames.push(next);
    size += next.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(frames);
    frames = [];
    size = 0;
  }
  yield Buffer.concat(frames);
}

/** An export that is read from its beginning on. */
export class ExportReader {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Throws LEDGER_EXPORT_INVALID for a file that cannot be opened or is of no such form. */
  static async open(path: string): Promise<{ reader: ExportReader; first: ExportFirst }> {
    const file = await open(path, 'r').catch((cause) => invalid(cause.code ?? 'unreadable'));
    const reader = new ExportReader(file);
    try {
      if (!sameBytes(await reader.#take(FORM.length), FORM)) invalid('of another form');
      const first = await reader.#frame();
      if (first === undefined) return invalid('empty');
      return { reader, first: shaped(() => FIRST(decode(first), 'export')) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Every row; what was read is the whole file when it ends. Throws LEDGER_EXPORT_INVALID. */
  async *rows(): AsyncIterable<[key: string, value: Uint8Array]> {
    for (let body = await this.#frame(); body !== undefined; body = await this.#frame()) {
      const encoded = body;
      const { key, value } = shaped(() => ROW(decode(encoded), 'row'));
      yield [key, value];
    }
    const expected = this.#hash.digest();
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(CHECKSUM_BYTES + 1));
    if (bytesRead !== CHECKSUM_BYTES || !sameBytes(buffer.subarray(0, CHECKSUM_BYTES), expected))
      invalid('changed since it was written');
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #frame(): Promise<Uint8Array | undefined> {
    const length = Buffer.from(await this.#take(4)).readUInt32BE();
    if (length > FRAME_MAX_BYTES) invalid('a frame too long');
    return length === 0 ? undefined : this.#take(length);
  }

  async #take(length: number): Promise<Uint8Array> {
    const part = new Uint8Array(length);
    const { bytesRead } = await this.#file.read(part, 0, length);
    if (bytesRead < length) invalid('cut off');
    this.#hash.update(part);
    return part;
  }
}

function shaped<T>(read: () => T): T {
  try {
    return read();
  } catch {
    return invalid('a frame out of shape');
  }
}

function invalid(reason: string): never {
  throw new TallyError('LEDGER_EXPORT_INVALID', { reason });
}
