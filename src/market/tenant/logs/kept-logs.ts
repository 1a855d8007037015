// Logs that outlive their volunteer: this peer keeps the last lines of every copy, and shows them when the volunteer no
// longer shows its log. They are fetched soon after a copy runs, then more and more rarely, and once at its end; lines
// after the last fetch are lost with a volunteer that vanishes.

import type { Table } from '../../../ledger/database.ts';
import { type Clock, every, Rounds } from '../../../lib/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import { LOG_LINE, type LogLineItem, logsProtocol } from '../../../overlay/protocols/logs.ts';
import { fields, int, list } from '../../../records/shape.ts';
import { cutText, markLine } from '../../../runtime/log-line.ts';
import {
  KEEP_LOG_MAX_MS,
  KEEP_LOG_MIN_MS,
  KEPT_LOG_CHARACTERS,
  KEPT_LOG_COPIES,
  KEPT_LOG_LINE_CHARACTERS,
  KEPT_LOG_LINES,
  LOG_TIMEOUT_MS,
  RETRY_MS,
} from '../../terms/parameters.ts';
import { type Instance, isOver, isSuperseded } from '../deployment.ts';
import type { Deployments } from '../deployments.ts';
import type { VolunteerCalls } from '../volunteer-calls.ts';

/** Logs that are fetched at the same time: each takes one stream and some work of an engine. */
const AT_ONCE = 8;

export const KEPT_LOG_ROW = fields({
  keptAtMs: int(0),
  /** 1: from after the end of the copy, so that nothing more will come. */
  isWhole: int(0, 1),
  lines: list(LOG_LINE, KEPT_LOG_LINES),
});
export type KeptLogRow = ReturnType<typeof KEPT_LOG_ROW>;

export interface KeptLogParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: Pick<VolunteerCalls, 'feed'>;
  readonly deployments: Pick<Deployments, 'instances'>;
}

/** When the lines of a copy were fetched last, and how long until the next time. */
interface Fetched {
  readonly keptAtMs: number;
  readonly waitMs: number;
  readonly isWhole: boolean;
}

export class KeptLogs implements Service {
  readonly #parts: KeptLogParts;
  readonly #rows: Table<KeptLogRow>;
  /** By lease. */
  readonly #fetched = new Map<string, Fetched>();
  readonly #fetching = new Rounds<Instance>(AT_ONCE);
  readonly #stopping = new AbortController();

  constructor(rows: Table<KeptLogRow>, parts: KeptLogParts) {
    this.#rows = rows;
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    for await (const [lease, { keptAtMs, isWhole }] of this.#rows.entries())
      this.#fetched.set(lease, { keptAtMs, isWhole: isWhole === 1, waitMs: KEEP_LOG_MAX_MS });
    every({ clock, log, signal: this.#stopping.signal }, RETRY_MS, async () => {
      await this.#forget();
      const due = this.#parts.deployments.instances().filter((each) => this.#isDue(each));
      // A copy whose volunteer is gone is tried again after all others, and delays none of them
      const triedAtMs = ({ id }: Instance) => this.#fetched.get(id)?.keptAtMs ?? 0;
      this.#fetching.begin(
        due.toSorted((a, b) => triedAtMs(a) - triedAtMs(b)),
        (each) => this.#fetch(each),
        (error) => log.debug({ code: codeOf(error) }, 'failed to keep the log of a copy; will try again'),
      );
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** A copy that runs, each time later; one that has ended, once, as long as its volunteer has the log. */
  #isDue(instance: Instance): boolean {
    const { state, runningSinceMs, endedAtMs } = instance.row;
    const nowMs = this.#parts.clock.nowMs();
    const {
      keptAtMs = runningSinceMs,
      waitMs = KEEP_LOG_MIN_MS,
      isWhole = false,
    } = this.#fetched.get(instance.id) ?? {};
    if (isWhole) return false;
    // Why it did not start stands there, too
    if (isOver(instance)) return nowMs < endedAtMs + KEEP_LOG_MAX_MS;
    return state === 'running' && runningSinceMs > 0 && !isSuperseded(instance) && nowMs >= keptAtMs + waitMs;
  }

  async #fetch(instance: Instance): Promise<void> {
    const { clock, calls } = this.#parts;
    const { id, row } = instance;
    const wasOver = isOver(instance);
    const { waitMs = KEEP_LOG_MIN_MS } = this.#fetched.get(id) ?? {};
    const next = { waitMs: Math.min(2 * waitMs, KEEP_LOG_MAX_MS), keptAtMs: clock.nowMs() };
    // A volunteer that does not answer is asked no more often than one that does
    this.#fetched.set(id, { ...next, isWhole: false });
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LOG_TIMEOUT_MS)]);
    const request = { lease: row.lease, tail: KEPT_LOG_LINES, follow: 0 };
    const read: LogLineItem[] = [];
    for await (const line of calls.feed(logsProtocol, row.volunteer, request, signal)) {
      read.push(line);
      // Whoever sends more than was asked for is not read to an end that it chooses
      if (read.length > 2 * KEPT_LOG_LINES) break;
    }
    await this.#keep(id, { keptAtMs: next.keptAtMs, isWhole: wasOver ? 1 : 0, lines: lastOf(read) });
    this.#fetched.set(id, { ...next, isWhole: wasOver });
  }

  /** What was kept stays where the volunteer has nothing any more. */
  async #keep(id: string, row: KeptLogRow): Promise<void> {
    const isLost = row.lines.length === 0 && (await this.#rows.get(id)) !== undefined;
    if (!isLost) await this.#rows.put(id, row);
  }

  /** Drops lines of copies that are forgotten, and of the oldest where there are too many. */
  async #forget(): Promise<void> {
    const known = new Set(this.#parts.deployments.instances().map(({ id }) => id));
    const byAge = [...this.#fetched].toSorted(([, a], [, b]) => b.keptAtMs - a.keptAtMs);
    for (const [index, [id]] of byAge.entries()) {
      if (known.has(id) && index < KEPT_LOG_COPIES) continue;
      await this.#rows.delete(id);
      this.#fetched.delete(id);
    }
  }

  /** The lines that are kept of a copy, where there are any. */
  async lines(instance: Instance): Promise<readonly LogLineItem[]> {
    return (await this.#rows.get(instance.id))?.lines ?? [];
  }

  /**
   * The last lines of a copy as its volunteer shows them; where that shows none, what is kept here, after a line that says so.
   * Throws what the volunteer refused with, or PEER_SILENT, when nothing is kept.
   */
  async *read(instance: Instance, tail: number, signal: AbortSignal): AsyncIterable<LogLineItem> {
    const { lease, volunteer } = instance.row;
    let hasBegun = false;
    let code = '';
    try {
      const request = { lease, tail, follow: 0 };
      for await (const line of this.#parts.calls.feed(logsProtocol, volunteer, request, signal)) {
        hasBegun = true;
        yield line;
      }
      if (hasBegun || tail === 0 || !isOver(instance)) return;
    } catch (error) {
      const isKept = !hasBegun && (await this.#rows.get(instance.id)) !== undefined;
      if (!isKept) throw error;
      code = ` (${codeOf(error)})`;
    }
    const { keptAtMs = 0, lines = [] } = (await this.#rows.get(instance.id)) ?? {};
    if (lines.length === 0 && code === '') return;
    const at = new Date(keptAtMs).toISOString();
    const sentence = `the volunteer shows no log${code}; your own peer kept the following lines at ${at}`;
    yield markLine(sentence, lines[0]?.atMs ?? keptAtMs);
    if (tail > 0) yield* lines.slice(-tail);
  }
}

/** The last lines that fit into what is kept of one copy. */
function lastOf(read: readonly LogLineItem[]): LogLineItem[] {
  const kept: LogLineItem[] = [];
  let characters = 0;
  for (const line of read.slice(-KEPT_LOG_LINES).toReversed()) {
    const text = cutText(line.text, KEPT_LOG_LINE_CHARACTERS);
    characters += text.length;
    if (characters > KEPT_LOG_CHARACTERS) break;
    kept.unshift({ ...line, text });
  }
  return kept;
}
