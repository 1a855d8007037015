// The one order in which the entries of a folder travel: each folder before what is in it, and in each folder by the bytes of
// the names. A folder has one tar so, two entries of one name cannot be, and whoever reads it needs no memory of it. And what all
// of them may be together.
import { TallyError } from '../../lib/errors.ts';
import { BLOCK_BYTES, NAME_BYTES, PATH_BYTES } from './parameters.ts';

/** How much folders may have. */
interface FolderSize {
  /** What its files and folders take on a disk, in whole blocks. */
  readonly bytes: number;
  /** Files, folders and links. */
  readonly files: number;
}

/** What is wrong with a folder that is to fill a volume, and with which entry. */
export function unfit(reason: string, name?: string): TallyError {
  return new TallyError('VOLUME_CONTENT_INVALID', { reason, ...(name === undefined ? {} : { name }) });
}

/** Whether `a` comes before `b`, by their bytes. */
export function isNameBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

/** A name of one step. Throws VOLUME_CONTENT_INVALID for what is none, or what no other machine could write. */
function requireName(name: string): void {
  const isStep = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  if (!isStep || Buffer.byteLength(name) > NAME_BYTES) throw unfit('a name is none, or too long', name);
  // What was no text in the first place is replaced by this letter
  if (name.includes('\uFFFD')) throw unfit('a name is not UTF-8', name);
}

/**
 * A symlink that stays in the folder: up through the folders in which it lies, then down. Throws VOLUME_CONTENT_INVALID.
 */
export function requireInside(target: string, path: readonly string[]): void {
  const steps = target.split('/');
  const up = steps.findIndex((step) => step !== '..');
  const down = up < 0 ? [] : steps.slice(up);
  const isPlain = down.every((step) => step !== '' && step !== '..');
  const isInside = (up < 0 ? steps.length : up) < path.length;
  if (target === '' || !isPlain || !isInside || Buffer.byteLength(target) > PATH_BYTES)
    throw unfit('a link leads out of it, or is not written plainly', path.join('/'));
  if (/[\0\uFFFD]/.test(target)) throw unfit('a name is not UTF-8', path.join('/'));
}

/** Throws VOLUME_CONTENT_INVALID. */
function requirePath(path: readonly string[]): void {
  for (const step of path) requireName(step);
  const shown = path.join('/');
  if (Buffer.byteLength(shown) > PATH_BYTES) throw unfit('a path is too long', shown);
}

/** What is asked of the names of entries, in the order in which they come. */
export interface EntryOrder {
  /** Takes the next entry. Throws VOLUME_CONTENT_INVALID. */
  take(path: readonly string[], isFolder: boolean): void;
}

/** Any order, for whoever writes where links lead nowhere else. */
export const looseOrder: EntryOrder = {
  take: (path) => requirePath(path),
};

/** Any order in which each entry comes behind its folder, and no two have one name. Remembers all names. */
export class NameOrder implements EntryOrder {
  readonly #folders = new Set<string>(['']);
  readonly #others = new Set<string>();

  take(path: readonly string[], isFolder: boolean): void {
    requirePath(path);
    const shown = path.join('/');
    if (!this.#folders.has(path.slice(0, -1).join('/')))
      throw unfit('its folder does not come before it, or is a link', shown);
    const isTaken = this.#others.has(shown) || (!isFolder && this.#folders.has(shown));
    if (isTaken) throw unfit('two entries have one name', shown);
    (isFolder ? this.#folders : this.#others).add(shown);
  }
}

/** Checks that entries come in the order; remembers the names of one path. */
export class FolderOrder implements EntryOrder {
  /** The folder of the last entry, from the root on: its steps, and the last name in each. */
  readonly #open: { readonly step: string; last: string }[] = [{ step: '', last: '' }];

  /** Takes the next entry. Throws VOLUME_CONTENT_INVALID. */
  take(path: readonly string[], isFolder: boolean): void {
    const name = path.at(-1) ?? '';
    requirePath(path);
    const shown = path.join('/');
    const depth = path.length - 1;
    const isOpen = path.slice(0, -1).every((step, i) => this.#open[i + 1]?.step === step);
    if (!isOpen || depth >= this.#open.length) throw unfit('an entry comes before its folder', shown);
    this.#open.length = depth + 1;
    const folder = this.#open[depth];
    if (folder === undefined || (folder.last !== '' && !isNameBefore(folder.last, name)))
      throw unfit('its entries are not in their order, or two have one name', shown);
    folder.last = name;
    if (isFolder) this.#open.push({ step: name, last: '' });
  }
}

const UNLIMITED: FolderSize = { bytes: Number.MAX_SAFE_INTEGER, files: Number.MAX_SAFE_INTEGER };

/** Counts the entries of one folder, or of several that share a limit. */
export class FolderCount {
  readonly #limits: FolderSize;
  #bytes = 0;
  #files = 0;

  constructor(limits = UNLIMITED) {
    this.#limits = limits;
  }

  /** Adds an entry. Throws VOLUME_CONTENT_TOO_LARGE. */
  add(sizeBytes: number, isFolder: boolean): void {
    this.#bytes += isFolder ? BLOCK_BYTES : Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
    this.#files += 1;
    this.require(this.#limits);
  }

  /** Throws VOLUME_CONTENT_TOO_LARGE where what was counted is more than these limits. */
  require({ bytes: maxBytes, files: maxFiles }: FolderSize): void {
    if (this.#bytes > maxBytes || this.#files > maxFiles)
      throw new TallyError('VOLUME_CONTENT_TOO_LARGE', { maxBytes, maxFiles });
  }
}
