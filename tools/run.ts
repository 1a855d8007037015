// Runs the programs of the tools: with Node 24 and node_modules/.bin first, whoever started us.
import { type SpawnOptions, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

export interface RunOptions {
  /** `pipe` keeps what the program prints, `inherit` shows it as it comes. */
  readonly output: 'pipe' | 'inherit';
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ran {
  /** The exit code; 1 for a program that a signal ended or that could not be started. */
  readonly code: number;
  readonly output: string;
  readonly ms: number;
}

/** Runs a program in the project's folder until it ends; never throws. */
export function run(command: readonly string[], { output, env = {} }: RunOptions): Promise<Ran> {
  const [program = '', ...args] = command;
  const began = performance.now();
  const path = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const options: SpawnOptions = {
    cwd: ROOT,
    env: { ...process.env, ...env, PATH: path },
    stdio: output === 'pipe' ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  };
  const child = spawn(program, args, options);
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed += chunk;
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return new Promise((resolve) => {
    const end = (code: number) => resolve({ code, output: printed.trim(), ms: performance.now() - began });
    child.once('error', (error) => {
      printed += error.message;
      end(1);
    });
    child.once('close', (code) => end(code ?? 1));
  });
}

/** Milliseconds as people read them. */
export function showSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
