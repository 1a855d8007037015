// Files of a container that need not run: written as archives into it, and looked at, through the engine, which keeps to the
// container's own root whatever links are there.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import type { PathFacts } from '../engine.ts';
import { FILE_READ_BYTES } from '../parameters.ts';
import { decodeTarAttributes, decodeTarHeader, TAR_BLOCK_BYTES, type TarOwner } from '../tar-header.ts';
import { type DockerClient, statusOf } from './client.ts';

/** Unpacks an archive in a folder of a container; a folder is never replaced by what is none. Throws the archive's errors too. */
export async function putArchive(
  client: DockerClient,
  container: Docker.Container,
  path: string,
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const options = { path, noOverwriteDirNonDir: '1' };
  await client.send(archive, signal, (body, call) => container.putArchive(body, { ...options, ...call }));
}

/** What the engine says of a path in a container. */
export interface PathSaid {
  /** The permissions alone. */
  readonly mode: number;
  readonly kind: PathFacts['kind'];
  readonly target: string;
}

/** How the engine, which is written in Go, says what is at a path: bits of the mode. */
const GO_KINDS = { folder: 0x8000_0000, symlink: 0x0800_0000, other: 0x0728_0000 } as const;

/** Undefined where there is nothing. */
export async function lookAt(
  client: DockerClient,
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<PathSaid | undefined> {
  const answer = await client.find(signal, (call) => container.infoArchive({ path, ...call }));
  if (answer === undefined) return undefined;
  const header: unknown = Reflect.get(Reflect.get(answer, 'headers') ?? {}, 'x-docker-container-path-stat');
  const said: unknown = JSON.parse(Buffer.from(String(header), 'base64').toString());
  const mode: unknown = Reflect.get(Object(said), 'mode');
  if (typeof mode !== 'number')
    throw new TallyError('ENGINE_FAILED', { reason: 'the engine does not say what it has at a path' });
  const kinds = ['folder', 'symlink', 'other'] as const;
  const kind = kinds.find((each) => (mode & GO_KINDS[each]) !== 0) ?? 'file';
  const target: unknown = Reflect.get(Object(said), 'linkTarget');
  return { mode: mode & 0o777, kind, target: typeof target === 'string' ? target : '' };
}

/** What a container has at a path, with what is below it, as the engine packs it. Throws FILE_UNKNOWN. */
export async function readArchive(
  client: DockerClient,
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<Readable> {
  try {
    return (await client.open(signal, (call) => container.getArchive({ path, ...call }))) as Readable;
  } catch (error) {
    throw statusOf(error) === 404 ? new TallyError('FILE_UNKNOWN', { path }, { cause: error }) : error;
  }
}

/** The first entry of what a container has at a path: its kind, its owner, and the bytes of a small file. */
export interface FirstEntry {
  readonly kind: string;
  readonly target: string;
  readonly owner: TarOwner;
  readonly bytes: Buffer;
}

/** Undefined where there is nothing. What is larger than a list of users comes without its bytes. */
export async function firstEntryAt(
  client: DockerClient,
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<FirstEntry | undefined> {
  const answer = await client.find(signal, (call) => container.getArchive({ path, ...call }));
  if (answer === undefined) return undefined;
  const stream = answer as Readable;
  try {
    const block = await takeFrom(stream, TAR_BLOCK_BYTES);
    const header = decodeTarHeader(block);
    if (header === undefined) return undefined;
    const { kind, target, sizeBytes } = header;
    const bytes = sizeBytes <= FILE_READ_BYTES ? await takeFrom(stream, sizeBytes) : Buffer.alloc(0);
    const { user, group } = decodeTarAttributes(block);
    return { kind, target, owner: { user, group }, bytes };
  } finally {
    stream.destroy();
  }
}

async function takeFrom(stream: Readable, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const piece: Buffer | null = stream.read();
    if (piece !== null) {
      pieces.push(piece.subarray(0, missing));
      if (piece.length > missing) stream.unshift(piece.subarray(missing));
      missing -= Math.min(missing, piece.length);
    } else if (stream.readableEnded || stream.destroyed)
      throw new TallyError('ENGINE_FAILED', { reason: 'an archive of the engine breaks off' });
    else await somethingHappens(stream);
  }
  return Buffer.concat(pieces, length);
}

function somethingHappens(stream: Readable): Promise<void> {
  const events = ['readable', 'end', 'close', 'error'] as const;
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}
