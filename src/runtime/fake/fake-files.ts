// The files of a container of the fake engine.
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { TallyError } from '../../lib/errors.ts';
import type { PathFacts, PlainEntry } from '../engine.ts';
import { encodeTarEntry, TAR_END, tarPadding } from '../tar-header.ts';

interface FakeFile extends PathFacts {
  readonly bytes: Buffer;
  readonly mode: number;
}

const FOLDER: FakeFile = { kind: 'folder', target: '', bytes: Buffer.alloc(0), mode: 0o755 };

export class FakeFiles {
  readonly #files = new Map<string, FakeFile>(['/', '/tmp', '/data'].map((path) => [path, FOLDER]));

  at(path: string): FakeFile | undefined {
    return this.#files.get(path);
  }

  download(path: string): Readable {
    const found = this.#files.get(path);
    if (found === undefined) throw new TallyError('FILE_UNKNOWN', { path });
    const name = posix.basename(path) || '/';
    const below = [...this.#files]
      .filter(([each]) => each.startsWith(`${path}/`))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const entries = [
      [name, found] as const,
      ...below.map(([each, file]) => [name + each.slice(path.length), file] as const),
    ];
    const pieces = entries.flatMap(([shown, { kind, target, bytes, mode }]) => {
      const said = kind === 'folder' ? `${shown}/` : shown;
      const written = kind === 'other' ? 'file' : kind;
      const header = encodeTarEntry({ kind: written, name: said, target, mode, sizeBytes: bytes.byteLength });
      return [header, bytes, new Uint8Array(tarPadding(bytes.byteLength))];
    });
    return Readable.from([Buffer.concat([...pieces, TAR_END])]);
  }

  async upload(folder: string, entries: AsyncIterable<PlainEntry>): Promise<void> {
    const into = this.#files.get(folder);
    if (into === undefined) throw new TallyError('FILE_UNKNOWN', { path: folder });
    if (into.kind !== 'folder')
      throw new TallyError('FILE_NOT_WRITTEN', { path: folder, reason: 'it is not a folder' });
    for await (const entry of entries) {
      const { kind, path, target, mode } = entry;
      const bytes = await buffer(Readable.from(entry.read(), { objectMode: false }));
      this.#files.set(posix.join(folder, ...path), { kind, target, mode, bytes });
    }
  }
}
