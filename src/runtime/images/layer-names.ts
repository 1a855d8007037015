// What the files of a store of layers are called: their names carry all that is known of them, so that no second file has to
// agree. Only digits, checked, come into a name.
import { TallyError } from '../../lib/errors.ts';
import { digitsOf } from './digest.ts';

/** One layer in one compressed form. */
export interface EncodedLayer {
  readonly diffId: string;
  /** The size of the tar. */
  readonly sizeBytes: number;
  /** The size of the compressed form. */
  readonly encodedBytes: number;
  /** Which compressed form it is: 32 hexadecimal digits, drawn by who compressed it. Two forms of a layer differ in them. */
  readonly encoding: string;
}

const ENCODING = /^[0-9a-f]{32}$/;
const WHOLE = /^([0-9a-f]{64})\.([0-9a-f]{32})\.(\d{1,16})\.zst$/;
const NEW = /^[0-9a-f]{32}\.new$/;
const PART = /^([0-9a-f]{64})\.([0-9a-f]{32})\.part$/;

export function wholeName({ diffId, encoding, sizeBytes }: EncodedLayer): string {
  return `${digitsOf(diffId)}.${encodingOf(encoding)}.${sizeBytes}.zst`;
}

export function partName({ diffId, encoding }: Pick<EncodedLayer, 'diffId' | 'encoding'>): string {
  return `${digitsOf(diffId)}.${encodingOf(encoding)}.part`;
}

/** What a name says; undefined where it names no whole layer. */
export function readWholeName(name: string): Omit<EncodedLayer, 'encodedBytes'> | undefined {
  const [, digits, encoding, size] = WHOLE.exec(name) ?? [];
  if (digits === undefined || encoding === undefined) return undefined;
  return { diffId: `sha256:${digits}`, encoding, sizeBytes: Number(size) };
}

/** A file that nobody goes on with after a kill. */
export function newName(digits: string): string {
  return `${digits}.new`;
}

/** Whether a name is one of those that are made here. */
export function isStoreName(name: string): boolean {
  return [WHOLE, PART, NEW].some((form) => form.test(name));
}

/** Whether a name is one of a layer of which the rest is still to come. */
export function isPartName(name: string): boolean {
  return PART.test(name);
}

/** Whether it is one of this layer, in whatever form. */
export function isPartOf(name: string, diffId: string): boolean {
  return isPartName(name) && name.startsWith(`${digitsOf(diffId)}.`);
}

/** Throws BAD_REQUEST for what is no encoding. */
function encodingOf(text: string): string {
  if (!ENCODING.test(text)) throw new TallyError('BAD_REQUEST', { encoding: text });
  return text;
}
