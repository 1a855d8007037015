// Files on their way between a container and its tenant, as a tar in frames. What the engine packs is what the container's program has
// made, and what the tenant sends is a stranger's: both are taken apart, and only plain entries go on. All of it waits in a file in
// between: an engine holds a container for as long as it reads or writes its files, which is not to be a tenant's time.
import { posix } from 'node:path';
import { addAbortSignal, type Duplex, duplexPair } from 'node:stream';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import { shortLine } from '../../../lib/one-line.ts';
import {
  encodeExit,
  encodeFailure,
  encodeFrames,
  FRAME,
  FrameReader,
  writeWhole,
} from '../../../lib/program-io.ts';
import type { DiskAllowance, DiskUse, Engine, PathFacts, PlainEntry } from '../../../runtime/engine.ts';
import { FolderCount, FolderOrder, looseOrder } from '../../../runtime/folders/folder-order.ts';
import { packEntries } from '../../../runtime/folders/pack-entries.ts';
import { readFolder } from '../../../runtime/folders/read-folder.ts';
import { type LeftOut, siftEntries } from '../../../runtime/folders/sift-entries.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import { TAR_END } from '../../../runtime/tar-header.ts';
import {
  LEFT_OUT_BYTES,
  LEFT_OUT_TOLD,
  LINK_NAMES_BYTES,
  SESSION_LINGER_MS,
  SESSION_STALL_MS,
} from '../../terms/parameters.ts';
import type { SessionParts } from './exec-session.ts';
import type { OpenSessions } from './open-sessions.ts';
import { Spool } from './spool.ts';

/** How many links lead to what is meant. */
const LINK_STEPS = 8;

/** What a container sees there is made by its kernel, and not by what the engine reads and writes. */
const OF_KERNEL = /^\/(?:proc|sys|dev)(?:\/|$)/;

/** What the whole root of a container is called in a tar. */
const NAME_OF_ROOT = 'root';

export interface CopyParts extends SessionParts {
  readonly engine: Pick<Engine, 'lookAt' | 'download' | 'upload'>;
  readonly store: Pick<LayerStore, 'scratch'>;
  readonly open: Pick<OpenSessions, 'callForFiles'>;
  readonly lease: string;
  /** Called when nothing of the copy is on this disk any more. */
  readonly spoolGone: () => void;
}

/** A file or folder of a container, for its tenant. Throws FILE_UNKNOWN, FILE_REFUSED. */
export async function copyOut(
  parts: CopyParts,
  { path: asked, allowed }: { path: string; allowed: DiskAllowance },
  opening: AbortSignal,
): Promise<Duplex> {
  const { engine, lease, open } = parts;
  const path = await followed(parts, asked, opening);
  const facts = await engine.lookAt(lease, path, opening);
  requireKind(asked, path, facts);
  return session(parts, async (spool, { send, signal }) => {
    const left: LeftOut[] = [];
    let count = 0;
    const known = new KnownFiles(spool);
    await open.callForFiles(lease, signal, async (bound) => {
      const tar = addAbortSignal(bound, await engine.download(lease, path, bound));
      const entries = siftEntries(tar, {
        ...{ hasTop: path !== '/', order: new FolderOrder() },
        again: async (steps) => known.find(steps),
        leftOut(entry) {
          count += 1;
          if (count <= LEFT_OUT_TOLD) left.push(entry);
        },
      });
      const noted = known.noting(counted(entries, new FolderCount(allowed)));
      await spool.fill(packEntries(path === '/' ? below(NAME_OF_ROOT, noted) : noted));
    });
    for (const entry of left) await send(FRAME.leftOut, encodeLeftOut(entry));
    for await (const piece of spool.read()) {
      parts.count(piece.byteLength);
      await send(FRAME.stdout, piece);
    }
    await send(FRAME.stdout, TAR_END);
    return count === 0 ? 0 : 1;
  });
}

/** What is asked of a copy into a container. */
interface Incoming {
  readonly path: string;
  readonly hasTop: boolean;
  /** How much the lease may have, and how much it has now. */
  readonly allowed: DiskAllowance;
  readonly used: (signal: AbortSignal) => Promise<DiskUse>;
}

/** Something to write into a container. Throws FILE_UNKNOWN, FILE_NOT_WRITTEN. */
export async function copyIn(
  parts: CopyParts,
  { path: asked, hasTop, allowed, used }: Incoming,
  opening: AbortSignal,
): Promise<Duplex> {
  const { engine, lease, open } = parts;
  const place = await placeFor(parts, asked, hasTop, opening);
  return session(parts, async (spool, { received, signal }) => {
    const counted = new FolderCount(leftOf(allowed, await used(signal)));
    const entries = readFolder(received(), counted, looseOrder);
    await spool.fill(packEntries(named(entries, place, hasTop)));
    await spool.fill(theEnd());
    await open.callForFiles(lease, signal, async (bound) => {
      // Others have written meanwhile, this tenant's other copy among them
      counted.require(leftOf(allowed, await used(bound)));
      await engine.upload(
        lease,
        place.folder,
        readFolder(spool.read(), new FolderCount(), looseOrder),
        bound,
      );
    });
    return 0;
  });
}

function leftOf(allowed: DiskAllowance, used: DiskUse): DiskAllowance {
  return { bytes: allowed.bytes - used.bytes, files: allowed.files - used.files };
}

/** The tenant's side of a copy. */
interface TenantSide {
  /** Aborts when the copy is to end. */
  readonly signal: AbortSignal;
  /** Waits until it is on its way. */
  send(kind: number, bytes: Uint8Array): Promise<void>;
  /** What comes in `stdin` frames, until the one that ends it. */
  received(): AsyncGenerator<Uint8Array>;
}

/** Runs a copy on a stream of frames, which ends with its exit code, or with why it failed. */
function session(
  { clock, count, store, ending, spoolGone }: CopyParts,
  copy: (spool: Spool, tenant: TenantSide) => Promise<number>,
): Duplex {
  const [ours, theirs] = duplexPair();
  const over = new AbortController();
  for (const stream of [ours, theirs]) stream.on('error', () => {});
  theirs.once('close', () => {
    over.abort(new TallyError('EXEC_LOST'));
    ours.destroy();
  });
  const signal = AbortSignal.any([over.signal, ending]);
  /** One that does not move keeps no place. */
  const patient = async <T>(waiting: Promise<T>): Promise<T> => {
    const cancel = clock.after(SESSION_STALL_MS, () => theirs.destroy());
    return waiting.finally(cancel);
  };
  const reader = new FrameReader(ours);
  const tenant: TenantSide = {
    signal,
    async send(kind, bytes) {
      for (const frame of encodeFrames(kind, bytes)) await patient(writeWhole(ours, frame, signal));
    },
    async *received() {
      for (;;) {
        const frame = await patient(reader.next(signal));
        if (frame?.kind !== FRAME.stdin)
          throw new TallyError('PROTOCOL_VIOLATION', { reason: 'a copy breaks off' });
        if (frame.bytes.byteLength === 0) return;
        count(frame.bytes.byteLength);
        yield frame.bytes;
      }
    },
  };
  const spooled = async () => {
    const spool = new Spool(await store.scratch());
    try {
      return await copy(spool, tenant);
    } finally {
      await spool.close();
    }
  };
  const copied = async () => {
    try {
      return await spooled();
    } finally {
      spoolGone();
    }
  };
  const run = async () => {
    const last = await copied().then(encodeExit, (error: unknown) => encodeFailure(asCopy(error)));
    // What still comes is let go, and who does not close its half, or does not read, keeps no place
    const cancel = clock.after(SESSION_LINGER_MS, () => theirs.destroy());
    theirs.once('close', cancel);
    await writeWhole(ours, last, over.signal);
    ours.end();
    ours.resume();
  };
  run().catch(() => theirs.destroy());
  return theirs;
}

async function* theEnd(): AsyncGenerator<Uint8Array> {
  yield TAR_END;
}

/** Throws VOLUME_CONTENT_TOO_LARGE before what is too large is read. */
async function* counted(entries: AsyncIterable<PlainEntry>, count: FolderCount): AsyncGenerator<PlainEntry> {
  for await (const entry of entries) {
    count.add(entry.sizeBytes, entry.kind === 'folder');
    yield entry;
  }
}

/** Where the files of a copy lie in its spool, for the hard links that repeat them. */
class KnownFiles {
  readonly #spool: Spool;
  readonly #places = new Map<string, { readonly from: number; readonly sizeBytes: number }>();
  #nameBytes = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Entries that are being packed into the spool: their bytes are read when they are next to be written. */
  async *noting(entries: AsyncIterable<PlainEntry>): AsyncGenerator<PlainEntry> {
    for await (const entry of entries) {
      const read = () => {
        if (entry.kind === 'file') this.#note(entry);
        return entry.read();
      };
      yield { ...entry, read };
    }
  }

  find(path: readonly string[]): Pick<PlainEntry, 'sizeBytes' | 'read'> | undefined {
    const place = this.#places.get(path.join('/'));
    if (place === undefined) return undefined;
    const { from, sizeBytes } = place;
    return { sizeBytes, read: () => this.#spool.read(from, from + sizeBytes) };
  }

  #note({ path, sizeBytes }: PlainEntry): void {
    const name = path.join('/');
    this.#nameBytes += name.length;
    if (this.#nameBytes <= LINK_NAMES_BYTES) this.#places.set(name, { from: this.#spool.bytes, sizeBytes });
  }
}

/** Where something comes: in a folder, perhaps under another name than its own. */
interface Place {
  readonly folder: string;
  readonly name?: string;
  /** What is there is a file. */
  readonly isFile?: boolean;
}

async function placeFor(
  parts: CopyParts,
  asked: string,
  hasTop: boolean,
  signal: AbortSignal,
): Promise<Place> {
  const { engine, lease } = parts;
  const plain = normal(asked);
  const found = await followed(parts, plain, signal).catch((error: unknown) => {
    if (codeOf(error) !== 'FILE_UNKNOWN') throw error;
    return undefined;
  });
  const facts = found === undefined ? undefined : await engine.lookAt(lease, found, signal);
  if (found !== undefined && facts?.kind === 'folder') return { folder: found };
  if (facts?.kind === 'other')
    throw new TallyError('FILE_NOT_WRITTEN', { path: asked, reason: 'it is no file' });
  // Only what has one top can have another name
  if (!hasTop || asked.endsWith('/')) throw new TallyError('FILE_UNKNOWN', { path: asked });
  const place = found ?? plain;
  const folder = await followed(parts, posix.dirname(place), signal);
  if ((await engine.lookAt(lease, folder, signal))?.kind !== 'folder')
    throw new TallyError('FILE_NOT_WRITTEN', { path: folder, reason: 'it is not a folder' });
  return { folder, name: posix.basename(place), isFile: facts !== undefined };
}

/** The path behind links that a path is. Throws FILE_UNKNOWN. */
async function followed({ engine, lease }: CopyParts, asked: string, signal: AbortSignal): Promise<string> {
  let path = normal(asked);
  for (let step = 0; step < LINK_STEPS; step += 1) {
    const facts = await engine.lookAt(lease, path, signal);
    if (OF_KERNEL.test(path))
      throw new TallyError('FILE_REFUSED', { name: asked, reason: "it is the kernel's" });
    if (facts === undefined) break;
    if (facts.kind !== 'symlink') return path;
    path = normal(posix.resolve(posix.dirname(path), facts.target));
  }
  throw new TallyError('FILE_UNKNOWN', { path: asked });
}

function requireKind(asked: string, path: string, facts: PathFacts | undefined): void {
  if (facts === undefined || (asked.endsWith('/') && facts.kind !== 'folder'))
    throw new TallyError('FILE_UNKNOWN', { path: asked });
  if (facts.kind === 'other')
    throw new TallyError('FILE_REFUSED', { name: path, reason: 'it is no file or folder' });
}

function normal(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

async function* below(top: string, entries: AsyncIterable<PlainEntry>): AsyncGenerator<PlainEntry> {
  const nothing = { target: '', sizeBytes: 0, mode: 0o755, timeSeconds: 0, async *read() {} };
  yield { kind: 'folder', path: [top], ...nothing };
  for await (const entry of entries) yield { ...entry, path: [top, ...entry.path] };
}

/** Entries below one top, which gets the name of the place if that has one. */
async function* named(
  entries: AsyncIterable<PlainEntry>,
  { name, isFile = false }: Place,
  hasTop: boolean,
): AsyncGenerator<PlainEntry> {
  let top: string | undefined;
  for await (const entry of entries) {
    const [first = '', ...rest] = entry.path;
    top ??= first;
    if (hasTop && first !== top)
      throw new TallyError('PROTOCOL_VIOLATION', { reason: 'it is more than one file or folder' });
    if (isFile && entry.kind !== 'file')
      throw new TallyError('FILE_NOT_WRITTEN', { reason: 'a file is there, and no folder' });
    yield name === undefined ? entry : { ...entry, path: [name, ...rest] };
  }
}

/** The codes of folders that fill volumes, in the words of a copy. */
function asCopy(error: unknown): unknown {
  if (!(error instanceof TallyError)) return error;
  if (error.code === 'VOLUME_CONTENT_INVALID')
    return new TallyError('FILE_REFUSED', error.details, { cause: error });
  if (error.code === 'VOLUME_CONTENT_TOO_LARGE')
    return new TallyError('FILES_TOO_LARGE', error.details, { cause: error });
  return error;
}

function encodeLeftOut({ name, reason }: LeftOut): Buffer {
  return Buffer.from(JSON.stringify({ name: shortLine(name, LEFT_OUT_BYTES), reason }));
}
