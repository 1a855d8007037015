// Files on their way between a container and its tenant, as a tar in frames. What the engine packs is what the container's program has
// made, and what the tenant sends is a stranger's: both are taken apart, and only plain entries go on.
import { posix } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import { shortLine } from '../../../lib/one-line.ts';
import {
  encodeExit,
  encodeFrame,
  encodeFrames,
  FRAME,
  FrameReader,
  writeWhole,
} from '../../../lib/program-io.ts';
import type { DiskAllowance, Engine, PathFacts, PlainEntry } from '../../../runtime/engine.ts';
import { FolderCount, FolderOrder, looseOrder } from '../../../runtime/folders/folder-order.ts';
import { packEntries } from '../../../runtime/folders/pack-entries.ts';
import { readFolder } from '../../../runtime/folders/read-folder.ts';
import { readTar } from '../../../runtime/folders/read-tar.ts';
import { type LeftOut, siftEntries } from '../../../runtime/folders/sift-entries.ts';
import { TAR_END } from '../../../runtime/tar-header.ts';
import { LEFT_OUT_BYTES, LEFT_OUT_TOLD, SESSION_LINGER_MS } from '../../terms/parameters.ts';
import type { SessionParts } from './exec-session.ts';

/** How many links lead to what is meant. */
const LINK_STEPS = 8;

/** What a container sees there is made by its kernel, and not by what the engine reads and writes. */
const OF_KERNEL = /^\/(?:proc|sys|dev)(?:\/|$)/;

/** What the whole root of a container is called in a tar. */
const NAME_OF_ROOT = 'root';

export interface CopyParts extends SessionParts {
  readonly engine: Pick<Engine, 'lookAt' | 'download' | 'upload'>;
  readonly lease: string;
}

/** A file or folder of a container, for its tenant. Throws FILE_UNKNOWN, FILE_REFUSED. */
export async function copyOut(parts: CopyParts, asked: string, opening: AbortSignal): Promise<Duplex> {
  const { engine, lease } = parts;
  const path = await followed(parts, asked, opening);
  const facts = await engine.lookAt(lease, path, opening);
  requireKind(asked, path, facts);
  return session(parts, async (stream, signal) => {
    const left: LeftOut[] = [];
    let count = 0;
    const entries = siftEntries(await engine.download(lease, path, signal), {
      ...{ hasTop: path !== '/', order: new FolderOrder() },
      again: (steps) => fileAt(parts, posix.join(posix.dirname(path), ...steps), signal),
      leftOut(entry) {
        count += 1;
        if (count <= LEFT_OUT_TOLD) left.push(entry);
      },
    });
    const send = async (kind: number, bytes: Uint8Array) => {
      for (const frame of encodeFrames(kind, bytes)) await writeWhole(stream, frame, signal);
    };
    const tell = async () => {
      for (let entry = left.shift(); entry !== undefined; entry = left.shift())
        await send(FRAME.leftOut, encodeLeftOut(entry));
    };
    for await (const piece of packEntries(path === '/' ? below(NAME_OF_ROOT, entries) : entries)) {
      parts.count(piece.byteLength);
      await tell();
      await send(FRAME.stdout, piece);
    }
    await tell();
    await send(FRAME.stdout, TAR_END);
    return count === 0 ? 0 : 1;
  });
}

/** Something to write into a container. Throws FILE_UNKNOWN, FILE_NOT_WRITTEN. */
export async function copyIn(
  parts: CopyParts,
  { path: asked, hasTop, allowed }: { path: string; hasTop: boolean; allowed: DiskAllowance },
  opening: AbortSignal,
): Promise<Duplex> {
  const { engine, lease } = parts;
  const place = await placeFor(parts, asked, hasTop, opening);
  return session(parts, async (stream, signal) => {
    const counted = new FolderCount(allowed);
    const entries = readFolder(bytesOf(stream, signal, parts), counted, looseOrder);
    await engine
      .upload(lease, place.folder, named(entries, place, hasTop), signal)
      .catch((error: unknown) => {
        throw asCopy(error);
      });
    return 0;
  });
}

/** Runs a copy on a stream of frames, which ends with its exit code, or with why it failed. */
function session(
  { clock }: CopyParts,
  copy: (stream: Duplex, signal: AbortSignal) => Promise<number>,
): Duplex {
  const [ours, theirs] = duplexPair();
  const over = new AbortController();
  for (const stream of [ours, theirs]) stream.on('error', () => {});
  theirs.once('close', () => {
    over.abort(new TallyError('EXEC_LOST'));
    ours.destroy();
  });
  const run = async () => {
    const last = await copy(ours, over.signal).then(encodeExit, (error: unknown) =>
      encodeFrame(FRAME.failed, Buffer.from(codeOf(error))),
    );
    await writeWhole(ours, last, over.signal);
    ours.end();
    // What still comes is let go, and who does not close its half keeps no place
    ours.resume();
    const cancel = clock.after(SESSION_LINGER_MS, () => theirs.destroy());
    theirs.once('close', cancel);
  };
  run().catch(() => theirs.destroy());
  return theirs;
}

/** What comes in `stdin` frames, until the one that ends it. */
async function* bytesOf(
  stream: Duplex,
  signal: AbortSignal,
  { count }: CopyParts,
): AsyncGenerator<Uint8Array> {
  const reader = new FrameReader(stream);
  for (;;) {
    const frame = await reader.next(signal);
    if (frame?.kind !== FRAME.stdin)
      throw new TallyError('PROTOCOL_VIOLATION', { reason: 'a copy breaks off' });
    if (frame.bytes.byteLength === 0) return;
    count(frame.bytes.byteLength);
    yield frame.bytes;
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

/** The bytes of a file, once more; undefined where it is none, or not there. */
async function fileAt({ engine, lease }: CopyParts, path: string, signal: AbortSignal) {
  const tar = await engine.download(lease, path, signal).catch(() => undefined);
  if (tar === undefined) return undefined;
  const items = readTar(tar);
  const { value: item } = await items.next();
  if (item?.kind !== 'file') {
    tar.destroy();
    return undefined;
  }
  const read = async function* () {
    try {
      yield* item.read();
    } finally {
      tar.destroy();
    }
  };
  return { sizeBytes: item.sizeBytes, read };
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
