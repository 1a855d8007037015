// tally cp: files and folders, out of a container or into it.
import { posix } from 'node:path';
import type { Command } from 'commander';
import { ApiError } from '../../api/client.ts';
import { openCopy, type Session } from '../../api/session-client.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { decodeExit, decodeFailure, encodeFrame, encodeFrames, FRAME } from '../../lib/program-io.ts';
import { isTerminal, passOn, printLine } from '../../lib/terminal.ts';
import { NameOrder } from '../../runtime/folders/folder-order.ts';
import { packEntries } from '../../runtime/folders/pack-entries.ts';
import { packNamed } from '../../runtime/folders/pack-folder.ts';
import { readFolder } from '../../runtime/folders/read-folder.ts';
import { siftEntries } from '../../runtime/folders/sift-entries.ts';
import { belowTop, writeNamed } from '../../runtime/folders/write-folder.ts';
import { TAR_END } from '../../runtime/tar-header.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { findCopy } from '../deployment-id.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { CopyProgress } from '../progress.ts';

const HELP = `
A container's place is written ID:PATH, or ID.COPY:PATH where there are several copies; paths begin at its root. A place here with a
colon in its name is written with its folder, as in ./a:b.
A place that is a folder gets what is copied inside it, under its own name. "-" is a tar on standard input, which is unpacked in a
folder, or on standard output.
Files, folders and links that stay inside are copied, with their rights to read, write and run and their times. Anything else is left
out and named, and the exit code is then 1. What is copied into a container belongs to the container's user.`;

const STREAM = '-';

/** A place in a container. */
interface RemotePlace {
  readonly given: string;
  readonly path: string;
}

/** Adds what it takes and does. */
export function addCp(cp: Command): void {
  cp.argument('<from>', 'ID:PATH, a file or folder here, or "-"')
    .argument('<to>', 'a place here, "-", or ID:PATH')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, _, command: Command) => {
      const [source, target] = [remotePlace(from), remotePlace(to)];
      if ((source === undefined) === (target === undefined))
        command.error(
          'error: one of the two places is in a container, as in web:/data, and the other is here',
          {
            exitCode: EXIT.usage,
          },
        );
      if (to === STREAM && isTerminal('stdout'))
        command.error('error: a tar is for a file or a program, as in: cp web:/data - | tar t', {
          exitCode: EXIT.usage,
        });
      const connection = await connect(contextOf(command).home);
      const { given, path } = source ?? target ?? { given: '', path: '' };
      const { deployment, replica } = await findCopy(connection.client, given);
      const copy = { path, ...(replica === undefined ? {} : { replica }) };
      const begin = (direction: 'in' | 'out', isOne: boolean) =>
        openCopy(connection, deployment.id, { ...copy, direction, isOne });
      const copying = new Copying();
      try {
        if (source !== undefined) await copying.take(await begin('out', true), to);
        else await copying.give(await begin('in', from !== STREAM), from);
      } catch (error) {
        throw inWords(error, path);
      } finally {
        copying.end();
      }
      if (copying.hasLeftOut) throw new CommandFailed();
    });
}

/** `web:/data`; undefined for what is here. A slash before the colon makes it a path. */
function remotePlace(text: string): RemotePlace | undefined {
  const [, given, path] = /^([A-Za-z0-9][A-Za-z0-9_.-]*):(.*)$/s.exec(text) ?? [];
  return given === undefined || path === undefined ? undefined : { given, path: absolute(path) };
}

/** From the root; a slash at the end says that it is a folder. */
function absolute(path: string): string {
  return posix.normalize(`/${path}`);
}

/** One copy, with what it says while it goes on. */
class Copying {
  readonly #progress = new CopyProgress();
  readonly #interrupting = new AbortController();
  readonly #interrupt = () => this.#interrupting.abort();
  #leftOut = 0;

  constructor() {
    // What has come so far is removed before the end
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, this.#interrupt);
  }

  get hasLeftOut(): boolean {
    return this.#leftOut > 0;
  }

  end(): void {
    this.#progress.end();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, this.#interrupt);
  }

  /** Out of the container, to a place here. */
  async take(session: Session, to: string): Promise<void> {
    this.#interrupting.signal.addEventListener('abort', () => session.close(), { once: true });
    try {
      const entries = readFolder(this.#incoming(session));
      if (to !== STREAM) await writeNamed(entries, to);
      else await writeStream(entries);
    } finally {
      session.close();
    }
  }

  /** From here, into the container. */
  async give(session: Session, from: string): Promise<void> {
    this.#interrupting.signal.addEventListener('abort', () => session.close(), { once: true });
    const tar =
      from === STREAM ? this.#fromStream() : packNamed(from, (name, reason) => this.#leave({ name, reason }));
    const answering = this.#answer(session);
    answering.catch(() => {});
    try {
      const over = answering.then(
        () => true,
        () => true,
      );
      for await (const piece of tar) {
        this.#progress.add(piece.byteLength);
        // Where it has failed already, nobody reads any more
        for (const frame of encodeFrames(FRAME.stdin, piece))
          if ((await Promise.race([session.send(frame), over])) === true) return await answering;
      }
      await session.send(encodeFrame(FRAME.stdin));
      await answering;
    } finally {
      session.close();
    }
  }

  async *#fromStream(): AsyncGenerator<Uint8Array> {
    const leftOut = (entry: { name: string; reason: string }) => this.#leave(entry);
    yield* packEntries(siftEntries(process.stdin, { leftOut, hasTop: false, order: new NameOrder() }));
    yield TAR_END;
  }

  /** The bytes of a tar that comes, until the word that it is whole. */
  async *#incoming(session: Session): AsyncGenerator<Uint8Array> {
    for (let frame = await session.next(); frame !== undefined; frame = await session.next()) {
      const { kind, bytes } = frame;
      if (kind === FRAME.exit) return;
      if (kind === FRAME.failed) throw decodeFailure(bytes);
      if (kind === FRAME.leftOut) this.#leave(JSON.parse(bytes.toString()));
      if (kind !== FRAME.stdout) continue;
      this.#progress.add(bytes.byteLength);
      yield bytes;
    }
    throw new TallyError('EXEC_LOST');
  }

  /** Until the container's side says that all is written. */
  async #answer(session: Session): Promise<void> {
    for (let frame = await session.next(); frame !== undefined; frame = await session.next()) {
      if (frame.kind === FRAME.exit) return void decodeExit(frame.bytes);
      if (frame.kind === FRAME.failed) throw decodeFailure(frame.bytes);
    }
    throw new TallyError('EXEC_LOST');
  }

  #leave(entry: unknown): void {
    const { name, reason } = Object(entry) as { name?: unknown; reason?: unknown };
    this.#leftOut += 1;
    printLine('stderr', `${String(name)} (${String(reason)})`, 'left out: ');
  }
}

async function writeStream(entries: ReturnType<typeof readFolder>): Promise<void> {
  for await (const piece of packEntries(belowTop(entries))) await passOn('stdout', piece);
  await passOn('stdout', TAR_END);
}

/** What went wrong in the words of a copy: with the place that was meant, and not as folders say it of what fills volumes. */
function inWords(error: unknown, path: string): unknown {
  // A volunteer says a code, and no word of its own
  if (error instanceof ApiError && error.code.startsWith('FILE_'))
    return new ApiError({ ...error, details: { path, ...error.details } }, { cause: error });
  if (!(error instanceof TallyError)) return error;
  const { path: name, reason } = error.details;
  if (codeOf(error) === 'VOLUME_CONTENT_INVALID') return new TallyError('FILE_REFUSED', error.details);
  if (codeOf(error) === 'VOLUME_SOURCE_UNREADABLE') return new TallyError('FILE_REFUSED', { name, reason });
  return error;
}
