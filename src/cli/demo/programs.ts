// Running other programs: to their end, with what they print, bounded and abortable.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the program reads; nothing by default. */
  readonly input?: NodeJS.ReadableStream;
  readonly signal?: AbortSignal;
}

const RUN_TIMEOUT_MS = 60_000;

/** Runs a program to its end. Rejects when it cannot be started or takes longer than a minute. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { env = process.env, input, signal } = options;
  const limit = AbortSignal.any([AbortSignal.timeout(RUN_TIMEOUT_MS), ...(signal ? [signal] : [])]);
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const child = spawn(program, args, { env, signal: limit, stdio: [stdin, 'pipe', 'pipe'] });
  if (input !== undefined && child.stdin !== null) input.pipe(child.stdin);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    read(child.stdout),
    read(child.stderr),
  ]);
  return { code: typeof code === 'number' ? code : 1, stdout, stderr };
}

async function read(stream: ChildProcess['stdout']): Promise<string> {
  return stream === null ? '' : text(stream);
}

/** Runs a program and gives what it printed; rejects, with what it complained of, when it fails. */
export async function output(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout.trim();
}
