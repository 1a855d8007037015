// A program that tests run in a container of the fake engine beside its own.
import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { TallyError } from '../../lib/errors.ts';
import type { TerminalSize } from '../../lib/program-io.ts';
import type { ExecPiece, ExecSpec, Execution } from '../engine.ts';

/** What such a program has to do with the world. */
export interface FakeProcess {
  readonly spec: ExecSpec;
  readonly input: Readable;
  /** Waits while nobody reads. */
  write(stream: ExecPiece['stream'], bytes: string | Uint8Array): Promise<void>;
  /** How large its terminal is now. */
  size(): TerminalSize | undefined;
  /** Aborts when it is to end. */
  readonly signal: AbortSignal;
}

/** Runs until it resolves with its exit code. */
export type FakeRun = (process: FakeProcess) => Promise<number>;

const KILLED = 137;
const NOT_THERE = 127;

export class FakeExecution implements Execution {
  readonly input: Writable;
  readonly #output = new PassThrough({ objectMode: true, highWaterMark: 1 });
  readonly #ending = new AbortController();
  readonly #exit = Promise.withResolvers<number>();
  #size: TerminalSize | undefined;

  constructor(spec: ExecSpec, run: FakeRun | undefined) {
    const input = new PassThrough();
    this.input = input;
    this.#size = spec.terminal;
    if (!spec.hasInput) input.end();
    for (const stream of [input, this.#output]) stream.on('error', () => {});
    this.#exit.promise.catch(() => {});
    const process: FakeProcess = {
      ...{ spec, input, signal: this.#ending.signal, size: () => this.#size },
      write: (stream, bytes) => this.#write(spec.terminal ? 'stdout' : stream, Buffer.from(bytes)),
    };
    const running = run === undefined ? this.#refuse(process) : run(process);
    running.then(
      (code) => this.#over(this.#ending.signal.aborted ? KILLED : code),
      () => this.#over(KILLED),
    );
  }

  async *output(): AsyncGenerator<ExecPiece> {
    yield* this.#output;
  }

  exitCode(): Promise<number> {
    return this.#exit.promise;
  }

  async resize(size: TerminalSize): Promise<void> {
    if (this.#size !== undefined) this.#size = size;
  }

  async end(): Promise<void> {
    this.#ending.abort(new Error('it is to end'));
    this.input.destroy();
    this.#over(KILLED);
  }

  /** The engine goes away. */
  break(): void {
    const lost = new TallyError('ENGINE_UNREACHABLE', { host: 'fake' });
    this.#exit.reject(lost);
    this.#output.destroy(lost);
    this.#ending.abort(lost);
  }

  #over(code: number): void {
    this.#exit.resolve(code);
    if (!this.#output.writableEnded) this.#output.end();
  }

  async #refuse({ spec, write }: FakeProcess): Promise<number> {
    const reason = `executable not found in the image: ${spec.command[0]}`;
    await write('stderr', `the program did not start: ${reason}\n`);
    return NOT_THERE;
  }

  async #write(stream: ExecPiece['stream'], bytes: Uint8Array): Promise<void> {
    if (this.#output.write({ stream, bytes })) return;
    await once(this.#output, 'drain', { signal: this.#ending.signal });
  }
}
