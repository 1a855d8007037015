// Following a log for a reader that may be slow: the engine is read as fast as it writes, because it may delete lines
// that are read too late. The waiting lines are bounded, and where lines were dropped the log says so.
import { countOf } from '../../lib/amounts.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import type { Engine, LogLine, LogQuery } from '../../runtime/engine.ts';
import { markLine } from '../../runtime/log-line.ts';
import { UNHEALTHY } from '../terms/causes.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import { LEASE_TICK_MS, LOG_CHARACTERS_WAITING, LOG_LINES_WAITING } from '../terms/parameters.ts';
import type { GivenLease } from './given-lease.ts';
import { diskSentence } from './watches/disk-rule.ts';
import { FLOOD_SENTENCE } from './watches/flood.ts';

/** What the log of a container ends with that did not end by itself, or could not be started again: why that is. */
export function endedFor(given: FollowedLease): string | undefined {
  const { row, lease, healthFailure, startFailure } = given;
  if (row.cause === 'LOG_FLOOD') return FLOOD_SENTENCE;
  if (row.cause === 'DISK_EXCEEDED') return diskSentence(lease.body.resources);
  if (row.cause === UNHEALTHY && healthFailure !== undefined)
    return `its health check failed: ${healthFailure}`;
  return startFailure === undefined ? undefined : `it could not be started again: ${startFailure}`;
}

/** Resolves once the container of a lease runs in another run than this one, with true; or once its lease has ended. */
export type RunsAgain = (given: FollowedLease, run: string, signal: AbortSignal) => Promise<boolean>;
type FollowedLease = Pick<GivenLease, 'id' | 'row' | 'lease' | 'healthFailure' | 'startFailure'>;

/** Looks at the row of a lease until it is so. */
export function runsAgainBy(clock: Clock): RunsAgain {
  return async (given, run, signal) => {
    for (;;) {
      const { state, run: now } = given.row;
      if (state === 'ended') return false;
      if (state === 'running' && now !== run) return true;
      await wait(clock, LEASE_TICK_MS, signal);
      signal.throwIfAborted();
    }
  };
}

/**
 * The log of a container from its last lines on, to the end of its lease, over all its runs; where a run did not end by itself, the
 * log says why.
 */
export async function* followLog(
  given: FollowedLease,
  tail: number,
  engine: Pick<Engine, 'logs'>,
  runsAgain: RunsAgain,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, undefined> {
  let query: LogQuery = { tail, follow: true };
  let run: string;
  do {
    ({ run } = given.row);
    let lastAtMs = 0;
    const lines = engine.logs(given.id, query, signal);
    for await (const line of withoutWaiting(lines, tail + LOG_LINES_WAITING)) {
      lastAtMs = Math.max(lastAtMs, line.atMs);
      yield line;
    }
    const why = endedFor(given);
    if (why !== undefined && given.row.state === 'restarting') yield markLine(why, lastAtMs);
    // Engines end a log with the run
    query = { sinceMs: lastAtMs + 1, follow: true };
  } while (await runsAgain(given, run, signal));
  // The row is another by now
  const why = endedFor(given);
  if (why !== undefined) yield markLine(why, given.row.endedAtMs);
}

/** What a container cannot say itself while its lease continues: why its check fails. */
export function ailmentOf({ row, health, healthFailure }: GivenLease, atMs: number): LogLine[] {
  const isIll = row.state === 'running' ? health !== 'healthy' : row.cause === UNHEALTHY;
  if (!isIll || healthFailure === undefined) return [];
  return [markLine(`its health check failed: ${healthFailure}`, atMs)];
}

const DISK_WAS_FULL = 'the disk of the engine was full while this ran: lines may be missing';

/** What a log may lack without showing it: an engine that has no space drops lines and does not tell. */
export function lossesOf(
  { lease }: Pick<GivenLease, 'lease'>,
  space: Pick<DiskSpace, 'engineFullAtMs'>,
): LogLine[] {
  const fullAtMs = space.engineFullAtMs();
  return fullAtMs < lease.body.issuedAtMs ? [] : [markLine(DISK_WAS_FULL, fullAtMs)];
}

/** What stands in place of the log of an ended lease of which none is kept: why there is none, where there was one. */
export function withoutLog({ row }: Pick<GivenLease, 'row'>, hasContainer: boolean): LogLine[] {
  if (hasContainer)
    return [markLine('this log cannot be read now; ask for it again in a minute', row.endedAtMs)];
  if (row.upMs === 0) return [];
  return [
    markLine('nothing is kept of this log: its container was gone, or it is too long ago', row.endedAtMs),
  ];
}

/** The lines in their order; at most so many wait, the oldest go first, and a line in their place says how many went. */
export async function* withoutWaiting(
  lines: AsyncIterable<LogLine>,
  most: number,
): AsyncGenerator<LogLine, void, undefined> {
  const queue = new LineQueue(most);
  const source = lines[Symbol.asyncIterator]();
  const reading = readAll(source, queue);
  // Thrown below, once all that came before is handed on
  reading.catch(() => {});
  try {
    while (!queue.isOver) {
      await queue.filled;
      yield* queue.takeAll();
    }
    await reading;
  } finally {
    // Not awaited: a source that waits for its next line ends by its signal, not by this.
    source.return?.().catch(() => {});
  }
}

async function readAll(source: AsyncIterator<LogLine>, queue: LineQueue): Promise<void> {
  try {
    for (let next = await source.next(); next.done !== true; next = await source.next())
      queue.add(next.value);
  } finally {
    queue.end();
  }
}

/** Lines that wait for their reader. */
class LineQueue {
  readonly #most: number;
  #lines: LogLine[] = [];
  #characters = 0;
  #gone = 0;
  #hasEnded = false;
  #filled = Promise.withResolvers<void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Nothing waits, and nothing will come. */
  get isOver(): boolean {
    return this.#hasEnded && this.#lines.length === 0;
  }

  /** Resolves when something waits, or nothing will come. */
  get filled(): Promise<void> {
    return this.#filled.promise;
  }

  add(line: LogLine): void {
    this.#lines.push(line);
    this.#characters += line.text.length;
    while (this.#lines.length > this.#most || this.#characters > LOG_CHARACTERS_WAITING) {
      this.#characters -= this.#lines.shift()?.text.length ?? 0;
      this.#gone += 1;
    }
    this.#filled.resolve();
  }

  end(): void {
    this.#hasEnded = true;
    this.#filled.resolve();
  }

  *takeAll(): Generator<LogLine, void, undefined> {
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      this.#characters -= line.text.length;
      const gone = this.#gone;
      this.#gone = 0;
      if (gone > 0)
        yield markLine(
          `${countOf(gone, 'line is', 'lines are')} left out here: output came faster than it was read`,
          line.atMs,
        );
      yield line;
    }
    if (!this.#hasEnded) this.#filled = Promise.withResolvers();
  }
}
