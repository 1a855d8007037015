// Programs that run in a container beside its own. An engine leaves such a program running when nobody listens to it any more, and
// forgets what it has started; so each program is marked in its environment, which what it starts inherits, and what carries the
// mark is ended with it.
import { randomBytes } from 'node:crypto';
import type { Duplex, Writable } from 'node:stream';
import type Docker from 'dockerode';
import { systemClock, wait } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { TerminalSize } from '../../lib/program-io.ts';
import type { ExecPiece, ExecSpec, Execution } from '../engine.ts';
import { namesRoot } from '../image-user.ts';
import {
  CALL_TIMEOUT_MS,
  EXEC_BEGINS_MS,
  EXEC_LOOK_MS,
  EXEC_START_WORDS_BYTES,
  HIGHEST_USER,
} from '../parameters.ts';
import { type DockerClient, statusOf } from './client.ts';
import { EXEC_MARK, type ExecEnds } from './exec-ends.ts';
import { ownerOf } from './owner.ts';
import { startReason } from './start-failure.ts';

/** What the engine writes in place of the program where that does not start. */
const NOT_STARTED = /^(?:OCI runtime exec failed|OCI runtime error)/;

const CANNOT_RUN = 126;
const NOT_THERE = 127;

const HEADER_BYTES = 8;

/**
 * Engines leave a program when this is typed, by default after ctrl-p, which shells need. It cannot be switched off, only made what
 * nobody types.
 */
const NEVER_TYPED = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? 'ctrl-^' : 'ctrl-_')).join(
  ',',
);

export interface ExecParts {
  readonly client: DockerClient;
  readonly ends: ExecEnds;
  readonly log: Log;
}

/** Begins a program. Throws EXEC_USER_REFUSED, DEPLOYMENT_NOT_RUNNING where the container does not run. */
export async function beginExec(
  parts: ExecParts,
  container: Docker.ContainerInspectInfo,
  spec: ExecSpec,
  signal: AbortSignal,
): Promise<Execution> {
  const { client } = parts;
  const { terminal, user, folder, env = {}, hasInput } = spec;
  const there = client.docker.getContainer(container.Id);
  const owner = user === undefined ? undefined : await userFor(client, container, user, signal);
  const mark = randomBytes(16).toString('hex');
  // What has begun is heard out: a program that starts after it was given up would be left
  const heardOut = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const exec = await client
    .call(heardOut, (call) =>
      there.exec({
        ...{ Cmd: [...spec.command], AttachStdin: hasInput, AttachStdout: true, AttachStderr: true },
        ...{ Tty: terminal !== undefined, DetachKeys: NEVER_TYPED, Privileged: false },
        ...(owner === undefined ? {} : { User: owner }),
        ...(folder === undefined ? {} : { WorkingDir: folder }),
        Env: Object.entries({ ...env, [EXEC_MARK]: mark }).map(([name, value]) => `${name}=${value}`),
        ...call,
      }),
    )
    .catch((error: unknown) => {
      throw notRunning(error);
    });
  const leave = parts.ends.hold(mark, container);
  try {
    signal.throwIfAborted();
    const stream = (await client.open(heardOut, (call) =>
      exec.start({ hijack: true, stdin: true, Tty: terminal !== undefined, ...call }),
    )) as Duplex;
    stream.on('error', () => {});
    const running = new DockerExecution({ ...parts, exec, stream, spec, leave });
    if (terminal !== undefined) await running.resize(terminal, heardOut);
    return running;
  } catch (error) {
    await leave();
    throw notRunning(error);
  }
}

interface Begun extends ExecParts {
  readonly exec: Docker.Exec;
  readonly stream: Duplex;
  readonly spec: ExecSpec;
  /** Ends what carries its mark. */
  readonly leave: () => Promise<void>;
}

class DockerExecution implements Execution {
  readonly #begun: Begun;
  #ending: Promise<void> | undefined;
  /** Where the engine said why the program did not start: its exit code. */
  #notStarted: number | undefined;

  constructor(begun: Begun) {
    this.#begun = begun;
  }

  get input(): Writable {
    return this.#begun.stream;
  }

  async *output(): AsyncGenerator<ExecPiece> {
    const { stream, spec, client } = this.#begun;
    const pieces = spec.terminal === undefined ? piecesOf(stream) : rawPiecesOf(stream);
    // The engine says on stdout, and on nothing else, why a program did not start
    let held = '';
    try {
      for await (const piece of pieces) {
        const words = held + Buffer.from(piece.bytes).toString('latin1');
        if (piece.stream === 'stdout' && NOT_STARTED.test(words) && words.length < EXEC_START_WORDS_BYTES) {
          held = words;
          continue;
        }
        if (held !== '') yield { stream: 'stdout', bytes: Buffer.from(held, 'latin1') };
        held = '';
        yield piece;
      }
    } catch (cause) {
      throw client.translated(cause);
    }
    if (held === '') return;
    if (await this.#hasStarted()) return yield { stream: 'stdout', bytes: Buffer.from(held, 'latin1') };
    const reason = startReason(held.trim());
    this.#notStarted = /not found/.test(reason) ? NOT_THERE : CANNOT_RUN;
    yield { stream: 'stderr', bytes: Buffer.from(`the program did not start: ${reason}\n`) };
  }

  async #hasStarted(): Promise<boolean> {
    const { client, exec } = this.#begun;
    const signal = new AbortController().signal;
    const { Pid } = await client.call(signal, (call) => exec.inspect(call));
    return Pid !== 0;
  }

  /** A program can close what it writes to, and go on. */
  async exitCode(signal: AbortSignal): Promise<number> {
    if (this.#notStarted !== undefined) return this.#notStarted;
    const { client, exec } = this.#begun;
    for (;;) {
      const { Running, ExitCode } = await client.call(signal, (call) => exec.inspect(call));
      if (!Running) return ExitCode ?? CANNOT_RUN;
      await wait(systemClock, EXEC_LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }

  async resize({ rows, columns }: TerminalSize, signal: AbortSignal): Promise<void> {
    const { client, exec, spec } = this.#begun;
    if (spec.terminal === undefined) return;
    // One that has ended has no terminal any more
    await client.call(signal, (call) => exec.resize({ h: rows, w: columns, ...call })).catch(() => {});
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { stream, leave } = this.#begun;
    stream.destroy();
    await this.#untilBegun().catch(() => {
      // Of an engine that does not answer nothing begins
    });
    await leave();
  }

  /** The engine answers before the program has started, and starts it although nobody listens any more. */
  async #untilBegun(): Promise<void> {
    const { client, exec } = this.#begun;
    const signal = AbortSignal.timeout(EXEC_BEGINS_MS);
    for (;;) {
      const { Pid, ExitCode } = await client.call(signal, (call) => exec.inspect(call));
      if (Pid !== 0 || ExitCode !== null) return;
      await wait(systemClock, EXEC_LOOK_MS, signal);
    }
  }
}

/**
 * A user for a program: numbers, for the lists of users in a container can change between a look and the start. Root is for containers
 * that have its rights. Throws EXEC_USER_REFUSED.
 */
async function userFor(
  client: DockerClient,
  { Id, Config, HostConfig }: Docker.ContainerInspectInfo,
  user: string,
  signal: AbortSignal,
): Promise<string> {
  const isRoot = Config.User === '' || namesRoot(Config.User);
  const hasRights = isRoot || (HostConfig.CapAdd ?? []).length > 0;
  const container = client.docker.getContainer(Id);
  const owner = await ownerOf(client, container, user, signal).catch((error: unknown) => {
    if (!(error instanceof TallyError) || error.code !== 'INSTANCE_START_FAILED') throw error;
    throw new TallyError('EXEC_USER_REFUSED', error.details, { cause: error });
  });
  const refuse = (reason: string) => new TallyError('EXEC_USER_REFUSED', { reason });
  if (owner.user === 0 && !hasRights) throw refuse('the container has no rights of root');
  if (Math.max(owner.user, owner.group) > HIGHEST_USER) throw refuse('no user has such a number');
  if (owner.group !== 0 || hasRights) return `${owner.user}:${owner.group}`;
  // Root's group opens files of the image; engines give it to each user whose group nobody names
  const { group } = await ownerOf(client, container, Config.User, signal);
  if (group !== 0 && /:./.test(user)) throw refuse('the container has no rights of the group of root');
  return `${owner.user}:${group}`;
}

/** The engine refuses what is not running, or paused. */
function notRunning(error: unknown): unknown {
  if (statusOf(error) === 404 || statusOf(error) === 409)
    return new TallyError('DEPLOYMENT_NOT_RUNNING', {}, { cause: error });
  return error;
}

async function* rawPiecesOf(stream: Duplex): AsyncGenerator<ExecPiece> {
  for await (const bytes of stream) yield { stream: 'stdout', bytes };
}

/** The engine's frames, of any length, as they come: stream number, three zero bytes, length as 32 bits, payload. */
async function* piecesOf(stream: Duplex): AsyncGenerator<ExecPiece> {
  let head = Buffer.alloc(0);
  let left = 0;
  let name: ExecPiece['stream'] = 'stdout';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.byteLength; ) {
      if (left > 0) {
        const bytes = chunk.subarray(at, at + left);
        [at, left] = [at + bytes.byteLength, left - bytes.byteLength];
        yield { stream: name, bytes };
        continue;
      }
      const part = chunk.subarray(at, at + HEADER_BYTES - head.byteLength);
      head = Buffer.concat([head, part]);
      at += part.byteLength;
      if (head.byteLength < HEADER_BYTES) continue;
      name = head[0] === 2 ? 'stderr' : 'stdout';
      left = head.readUInt32BE(4);
      head = Buffer.alloc(0);
    }
  }
  if (left > 0 || head.byteLength > 0)
    throw new TallyError('ENGINE_FAILED', { reason: 'the output of a program breaks off' });
}
