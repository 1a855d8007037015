// Processes by what Linux tells of them in /proc.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lib/clock.ts';

const POLL_MS = 20;

/** When a process started, as an opaque text; undefined when it is gone. It tells a pid from its reuse. */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name before the last bracket may hold anything; after it come the state and, 19 fields on, the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** The living processes whose command line contains a text. */
export function processesWith(text: string): Promise<number[]> {
  return processesWhere('cmdline', (commandLine) => commandLine.replaceAll('\0', ' ').includes(text));
}

/** The living processes in cgroups of these names, which are containers' ids. */
export async function processesInCgroups(names: readonly string[]): Promise<number[]> {
  return processesWhere('cgroup', (groups) => names.some((name) => groups.includes(name)));
}

/** Whether a program of that name runs; a zombie that nobody has collected yet does not. */
export async function runs(name: string): Promise<boolean> {
  const pids = await processesWhere('comm', (text) => text.trim() === name);
  const starts = await Promise.all(pids.map(startOf));
  return starts.some((start) => start !== undefined);
}

async function processesWhere(
  file: 'cmdline' | 'cgroup' | 'comm',
  fits: (text: string) => boolean,
): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => fits(texts[index] ?? ''));
}

/** Ends a process: asked first, killed when it is still there after `graceMs`. */
export async function terminate(pid: number, graceMs: number): Promise<void> {
  const start = await startOf(pid);
  if (start === undefined) return;
  signal(pid, 'SIGTERM');
  if (await gone(pid, start, graceMs)) return;
  signal(pid, 'SIGKILL');
  await gone(pid, start, graceMs);
}

async function gone(pid: number, start: string, withinMs: number): Promise<boolean> {
  const until = systemClock.monotonicMs() + withinMs;
  while ((await startOf(pid)) === start) {
    if (systemClock.monotonicMs() > until) return false;
    await delay(POLL_MS);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}
