// Logs that outlive their container: the last lines of each ended lease, for a bounded number of leases.
import type { Table } from '../../ledger/database.ts';
import { LOG_LINE } from '../../overlay/protocols/logs.ts';
import { fields, int, list } from '../../records/shape.ts';
import type { Engine, LogLine } from '../../runtime/engine.ts';
import { cutText, markLine } from '../../runtime/log-line.ts';
import { KEPT_LOG_LINE_CHARACTERS, KEPT_LOG_LINES, LOG_TIMEOUT_MS } from '../terms/parameters.ts';
import type { LogView } from '../terms/views.ts';

const KEPT_LEASES = 64;

/** Lines of the peer's own: that the beginning is gone, that the end is, what else may be, and why the container was ended. */
const MARKS = 4;

const GONE = 'the lines before this one are not kept';
const UNREADABLE = 'the rest of this log could not be read';

export const LOG_ROW = fields({ endedAtMs: int(0), lines: list(LOG_LINE, KEPT_LOG_LINES + MARKS) });
export type LogRow = ReturnType<typeof LOG_ROW>;

export interface Keeping {
  /** Lines of this peer's own at the end of the log. */
  readonly lastWords?: readonly LogLine[];
  /** Whether the log is not to be read another time. */
  readonly isLast?: boolean;
}

export class LogStore {
  readonly #rows: Table<LogRow>;
  readonly #nowMs: () => number;

  constructor(rows: Table<LogRow>, nowMs: () => number) {
    this.#rows = rows;
    this.#nowMs = nowMs;
  }

  /**
   * Keeps the last lines of a container that is about to be removed, and last words of this peer's. Lines before them
   * are said to be gone. Throws what the engine says where the log cannot be read, unless it was kept before, or `isLast`:
   * then what could be read is kept, and the rest is said to be missing.
   */
  async keep(
    lease: string,
    engine: Pick<Engine, 'logs'>,
    { lastWords = [], isLast = false }: Keeping = {},
  ): Promise<void> {
    const { read, failure } = await readLast(lease, engine);
    if (failure !== undefined) {
      if ((await this.#rows.get(lease)) !== undefined) return;
      if (!isLast) throw failure;
    }
    const kept = read.slice(-KEPT_LOG_LINES);
    const [first] = kept;
    const endedAtMs = this.#nowMs();
    const lines = [
      ...(first === undefined || kept.length === read.length ? [] : [markLine(GONE, first.atMs)]),
      ...kept,
      ...(failure === undefined ? [] : [markLine(UNREADABLE, endedAtMs)]),
      ...lastWords,
    ];
    await this.#rows.put(lease, { endedAtMs, lines });
    await this.#forget();
  }

  /** Keeps a word of this peer's in the place of a log that there is none of: the container did not start. */
  async note(lease: string, word: string): Promise<void> {
    const endedAtMs = this.#nowMs();
    await this.#rows.put(lease, { endedAtMs, lines: [markLine(word, endedAtMs)] });
    await this.#forget();
  }

  /** The kept lines of an ended lease; undefined where nothing was kept, or that was forgotten. */
  async lines(lease: string, tail: number): Promise<LogView[] | undefined> {
    const row = await this.#rows.get(lease);
    return row?.lines.slice(-tail) as LogView[] | undefined;
  }

  async #forget(): Promise<void> {
    const ages: { lease: string; endedAtMs: number }[] = [];
    for await (const [lease, { endedAtMs }] of this.#rows.entries()) ages.push({ lease, endedAtMs });
    const oldest = ages.toSorted((a, b) => a.endedAtMs - b.endedAtMs).slice(0, -KEPT_LEASES);
    for (const { lease } of oldest) await this.#rows.delete(lease);
  }
}

/** The last lines of a container, or those before its engine failed to go on. */
async function readLast(
  lease: string,
  engine: Pick<Engine, 'logs'>,
): Promise<{ read: LogLine[]; failure: unknown }> {
  const read: LogLine[] = [];
  const bound = AbortSignal.timeout(LOG_TIMEOUT_MS);
  try {
    for await (const line of engine.logs(lease, { tail: KEPT_LOG_LINES + 1 }, bound))
      read.push({ ...line, atMs: Math.floor(line.atMs), text: cutText(line.text, KEPT_LOG_LINE_CHARACTERS) });
    return { read, failure: undefined };
  } catch (failure) {
    return { read, failure };
  }
}
