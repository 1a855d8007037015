// Files of a container that runs, read and written through the engine, which keeps to the container's own root and volumes whatever
// links are there.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import type { PathFacts, PlainEntry } from '../engine.ts';
import { packEntries } from '../folders/pack-entries.ts';
import { TAR_END } from '../tar-header.ts';
import { lookAt, putArchive, readArchive } from './archive.ts';
import { type DockerClient, reasonOf, statusOf } from './client.ts';
import type { Inspect } from './connect.ts';
import { ownerOf } from './owner.ts';

export class DockerFiles {
  readonly #client: DockerClient;
  readonly #inspect: Inspect;

  constructor(client: DockerClient, inspect: Inspect) {
    this.#client = client;
    this.#inspect = inspect;
  }

  async lookAt(lease: string, path: string, signal: AbortSignal): Promise<PathFacts | undefined> {
    const found = await lookAt(this.#client, await this.#container(lease, signal), path, signal);
    return found && { kind: found.kind, target: found.target };
  }

  async download(lease: string, path: string, signal: AbortSignal): Promise<Readable> {
    return readArchive(this.#client, await this.#container(lease, signal), path, signal);
  }

  async upload(
    lease: string,
    folder: string,
    entries: AsyncIterable<PlainEntry>,
    signal: AbortSignal,
  ): Promise<void> {
    const { Id, Config } = await this.#inspect(lease, signal);
    const container = this.#client.docker.getContainer(Id);
    const owner = await ownerOf(this.#client, container, Config.User, signal);
    const archive = async function* () {
      yield* packEntries(entries, [], owner);
      yield TAR_END;
    };
    try {
      await putArchive(this.#client, container, folder, archive(), signal);
    } catch (error) {
      throw notWritten(error, folder);
    }
  }

  async #container(lease: string, signal: AbortSignal): Promise<Docker.Container> {
    return this.#client.docker.getContainer((await this.#inspect(lease, signal)).Id);
  }
}

/** The engine's refusal to write; what the entries threw, and its silence, stay what they are. */
function notWritten(error: unknown, path: string): unknown {
  const status = statusOf(error);
  if (status === 404) return new TallyError('FILE_UNKNOWN', { path }, { cause: error });
  if (
    status === 400 ||
    status === 403 ||
    (status === 500 && /read-only|not a directory/i.test(reasonOf(error)))
  )
    return new TallyError('FILE_NOT_WRITTEN', { path, reason: reasonWords(error) }, { cause: error });
  return error;
}

/** Without the engine's own paths, which are nobody's business. */
function reasonWords(error: unknown): string {
  const reason = reasonOf(error);
  if (/read-only/i.test(reason)) return 'it is read-only';
  if (/not a directory/i.test(reason)) return 'it is not a folder';
  return 'the engine refuses it';
}
