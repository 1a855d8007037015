// Logs that outlive their container: the last lines of each ended lease, for a bounded number of leases.
import type { Table } from '../../ledger/database.ts';
import { LOG_LINE } from '../../overlay/protocols/logs.ts';
import { fields, int, list } from '../../records/shape.ts';
import type { Engine, LogLine } from '../../runtime/engine.ts';
import { cutText, markLine } from '../../runtime/log-line.ts';
import { LOG_TIMEOUT_MS } from '../terms/parameters.ts';
import type { LogView } from '../terms/views.ts';

const KEPT_LINES = 200;
const KEPT_LINE_CHARACTERS = 2_048;
const KEPT_LEASES = 64;

/** Lines of the peer's own: that the beginning is gone, and why the container was ended. */
const MARKS = 2;

const GONE = 'the lines before this one are not kept';

export const LOG_ROW = fields({ endedAtMs: int(0), lines: list(LOG_LINE, KEPT_LINES + MARKS) });
export type LogRow = ReturnType<typeof LOG_ROW>;

export class LogStore {
  readonly #rows: Table<LogRow>;
  readonly #nowMs: () => number;

  constructor(rows: Table<LogRow>, nowMs: () => number) {
    this.#rows = rows;
    this.#nowMs = nowMs;
  }

  /**
   * Keeps the last lines of a container that is about to be removed, and a last word of this peer's. Lines before them
   * are said to be gone.
   */
  async keep(lease: string, engine: Pick<Engine, 'logs'>, lastWord?: string): Promise<void> {
    const read: LogLine[] = [];
    let failure: unknown;
    try {
      for await (const line of engine.logs(
        lease,
        { tail: KEPT_LINES + 1 },
        AbortSignal.timeout(LOG_TIMEOUT_MS),
      ))
        read.push({ ...line, atMs: Math.floor(line.atMs), text: cutText(line.text, KEPT_LINE_CHARACTERS) });
    } catch (error) {
      failure = error;
    }
    // The last word is kept with whatever could be read
    if (failure !== undefined && lastWord === undefined) throw failure;
    const kept = read.slice(-KEPT_LINES);
    const [first] = kept;
    const endedAtMs = this.#nowMs();
    const lines = [
      ...(first === undefined || kept.length === read.length ? [] : [markLine(GONE, first.atMs)]),
      ...kept,
      ...(lastWord === undefined ? [] : [markLine(lastWord, endedAtMs)]),
    ];
    await this.#rows.put(lease, { endedAtMs, lines });
    await this.#forget();
  }

  /** The kept lines of an ended lease, none when they were forgotten. */
  async lines(lease: string, tail: number): Promise<LogView[]> {
    const row = await this.#rows.get(lease);
    return (row?.lines ?? []).slice(-tail) as LogView[];
  }

  async #forget(): Promise<void> {
    const ages: { lease: string; endedAtMs: number }[] = [];
    for await (const [lease, { endedAtMs }] of this.#rows.entries()) ages.push({ lease, endedAtMs });
    const oldest = ages.toSorted((a, b) => a.endedAtMs - b.endedAtMs).slice(0, -KEPT_LEASES);
    for (const { lease } of oldest) await this.#rows.delete(lease);
  }
}
