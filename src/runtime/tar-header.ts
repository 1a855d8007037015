// The blocks of a tar archive (POSIX.1-2017 pax, ustar, GNU): written, and read for name, size and kind.
import { TallyError } from '../lib/errors.ts';

/** Tar counts in blocks: a header is one, a body is filled up to whole ones. */
export const TAR_BLOCK_BYTES = 512;

/** An archive ends with two empty blocks. */
export const TAR_END = new Uint8Array(2 * TAR_BLOCK_BYTES);

/** What a header announces. `long-name`, `long-link` and `pax` speak of the entry after them. */
type TarKind =
  | 'file'
  | 'folder'
  | 'link'
  | 'symlink'
  | 'pax'
  | 'pax-global'
  | 'long-name'
  | 'long-link'
  | 'other';

export interface TarHeader {
  kind: TarKind;
  name: string;
  /** Where a link points to; empty for what is none. */
  target: string;
  sizeBytes: number;
}

const KINDS: Readonly<Record<string, TarKind>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '5': 'folder',
  '1': 'link',
  '2': 'symlink',
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
  K: 'long-link',
};

// Offset and length of the fields that are read or written.
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const OWNER = [108, 8] as const;
const GROUP = [116, 8] as const;
const SIZE = [124, 12] as const;
const TIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TARGET = [157, 100] as const;
const PREFIX = [345, 155] as const;
const KIND_AT = 156;
const MAGIC_AT = 257;
/** The first byte of a number that is no octal text but, behind it, a big-endian integer. */
const BASE_256 = 0x80;

/** How many bytes fill a body up to whole blocks. */
export function tarPadding(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** What is written of an entry. */
export interface TarEntry {
  readonly kind: 'file' | 'folder' | 'symlink';
  readonly name: string;
  readonly target?: string;
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly owner?: TarOwner;
  /** Whole seconds since 1970. */
  readonly timeSeconds?: number;
}

/** Numbers of a user and a group. */
export interface TarOwner {
  readonly user: number;
  readonly group: number;
}

/** The letter of a kind, and the mode that it usually has. */
const WRITTEN = { file: ['0', 0o644], folder: ['5', 0o755], symlink: ['2', 0o777] } as const;

/** The header of a plain file; the name is ASCII of at most 100 letters. */
export function encodeTarHeader(name: string, sizeBytes: number, mode?: number): Uint8Array {
  return headerOf({ kind: 'file', name, sizeBytes, ...(mode === undefined ? {} : { mode }) });
}

/** The header of an entry, with an extended one before it where a name is long or no ASCII. */
export function encodeTarEntry(entry: TarEntry): Uint8Array {
  const { name, target = '' } = entry;
  const records = [paxOf('path', name), paxOf('linkpath', target)].join('');
  const header = headerOf({ ...entry, name: shortened(name), target: shortened(target) });
  if (records === '') return header;
  const bytes = Buffer.from(records);
  const pax = headerOf({ kind: 'file', name: 'pax', sizeBytes: bytes.byteLength }, 'x');
  return Buffer.concat([pax, bytes, new Uint8Array(tarPadding(bytes.byteLength)), header]);
}

function headerOf(entry: TarEntry, letter: string = WRITTEN[entry.kind][0]): Uint8Array {
  const { kind, name, target = '', sizeBytes = 0, owner = { user: 0, group: 0 }, timeSeconds = 0 } = entry;
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.write(name, ...NAME, 'ascii');
  writeNumber(block, MODE, entry.mode ?? WRITTEN[kind][1]);
  writeNumber(block, OWNER, owner.user);
  writeNumber(block, GROUP, owner.group);
  writeNumber(block, SIZE, sizeBytes);
  writeNumber(block, TIME, timeSeconds);
  block.write(letter, KIND_AT, 'ascii');
  block.write(target, ...TARGET, 'ascii');
  block.write('ustar\x0000', MAGIC_AT, 'ascii');
  block.write(`${octal(checksumOf(block), 6)}\0 `, CHECKSUM[0], 'ascii');
  return block;
}

/** The record of a pax header, whose length counts itself; none for a text that the header itself holds. */
function paxOf(key: string, text: string): string {
  if (shortened(text) === text) return '';
  const rest = ` ${key}=${text}\n`;
  const bytes = Buffer.byteLength(rest);
  const digits = String(bytes + String(bytes).length).length;
  return `${bytes + digits}${rest}`;
}

/** As much of a text as a header holds. */
function shortened(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '_').slice(0, NAME[1]);
}

/** A plain file in an archive: its header, its bytes, and what fills its last block. */
export function encodeTarFile(name: string, bytes: Uint8Array, mode?: number): Uint8Array[] {
  return [encodeTarHeader(name, bytes.byteLength, mode), bytes, new Uint8Array(tarPadding(bytes.byteLength))];
}

/** Reads one header; undefined for an empty block. Throws IMAGE_ARCHIVE_MALFORMED. */
export function decodeTarHeader(bytes: Uint8Array): TarHeader | undefined {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, CHECKSUM) !== checksumOf(block)) throw malformed('a header has a wrong checksum');
  const isUstar = block.toString('latin1', MAGIC_AT, MAGIC_AT + 6) === 'ustar\0';
  const prefix = isUstar ? readText(block, PREFIX) : '';
  const name = readText(block, NAME);
  return {
    kind: KINDS[String.fromCharCode(block[KIND_AT] ?? 0)] ?? 'other',
    name: prefix === '' ? name : `${prefix}/${name}`,
    target: readText(block, TARGET),
    sizeBytes: readNumber(block, SIZE),
  };
}

/** The mode and the time that a header says. Throws IMAGE_ARCHIVE_MALFORMED. */
export function decodeTarAttributes(bytes: Uint8Array): { mode: number; timeSeconds: number } & TarOwner {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [mode, user, group, timeSeconds] = [MODE, OWNER, GROUP, TIME].map((field) =>
    readNumber(block, field),
  );
  return { mode: mode ?? 0, user: user ?? 0, group: group ?? 0, timeSeconds: timeSeconds ?? 0 };
}

/** The records of a pax header by their key; of a key that comes twice the last counts. Throws IMAGE_ARCHIVE_MALFORMED. */
export function decodePax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    const equals = bytes.indexOf('=', space);
    const end = at + length;
    const isWhole = Number.isSafeInteger(length) && equals > space && equals < end && end <= bytes.length;
    if (!isWhole || bytes[end - 1] !== 0x0a) throw malformed('an extended header is no list of records');
    records.set(bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** A size as a pax header writes it. Throws IMAGE_ARCHIVE_MALFORMED. */
export function parseSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw malformed('a size is no number of bytes');
  return size;
}

/** An archive that cannot be read, and why. */
export function malformed(reason: string, details: Readonly<Record<string, unknown>> = {}): TallyError {
  return new TallyError('IMAGE_ARCHIVE_MALFORMED', { reason, ...details });
}

function readText(block: Buffer, [at, length]: readonly [number, number]): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function readNumber(block: Buffer, [at, length]: readonly [number, number]): number {
  const field = block.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first === BASE_256) {
    const value = BigInt(`0x${field.subarray(1).toString('hex')}`);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size is no number of bytes');
    return Number(value);
  }
  // Padded with blanks and zeros on either side, as different writers do
  const text = field.toString('latin1').replaceAll('\0', ' ').trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw malformed('a header holds no number where one belongs');
  return Number.parseInt(text, 8);
}

function writeNumber(block: Buffer, [at, length]: readonly [number, number], value: number): void {
  const digits = length - 1;
  if (value < 8 ** digits) {
    block.write(octal(value, digits), at, 'ascii');
    return;
  }
  block.write(
    BigInt(value)
      .toString(16)
      .padStart(2 * digits, '0'),
    at + 1,
    'hex',
  );
  block[at] = BASE_256;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The sum of all bytes, those of the checksum itself counted as blanks. */
function checksumOf(block: Buffer): number {
  let sum = 0x20 * CHECKSUM[1];
  for (const [i, byte] of block.entries()) if (i < CHECKSUM[0] || i >= CHECKSUM[0] + CHECKSUM[1]) sum += byte;
  return sum;
}
