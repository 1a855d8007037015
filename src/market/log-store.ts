// Logs that outlive their container: the last lines of each ended lease, for a bounded number of leases.
import type { Table } from '../ledger/database.ts';
import { fields, int, list, text } from '../records/shape.ts';
import type { Engine } from '../runtime/engine.ts';
import type { LogView } from './market.ts';

const KEPT_LINES = 200;
const KEPT_LINE_CHARACTERS = 2_048;
const KEPT_LEASES = 64;

const LINE = fields({ stream: text(6, /^(stdout|stderr)$/), atMs: int(0), text: text(65_536, /^[\s\S]*$/) });

export const LOG_ROW = fields({ endedAtMs: int(0), lines: list(LINE, KEPT_LINES) });
export type LogRow = ReturnType<typeof LOG_ROW>;

export class LogStore {
  readonly #rows: Table<LogRow>;
  readonly #nowMs: () => number;

  constructor(rows: Table<LogRow>, nowMs: () => number) {
    this.#rows = rows;
    this.#nowMs = nowMs;
  }

  /** Keeps the last lines of a container that is about to be removed. */
  async keep(lease: string, engine: Engine): Promise<void> {
    const lines: LogRow['lines'][number][] = [];
    for await (const line of engine.logs(lease, { tail: KEPT_LINES }, AbortSignal.timeout(5_000))) {
      lines.push({ ...line, atMs: Math.floor(line.atMs), text: line.text.slice(0, KEPT_LINE_CHARACTERS) });
    }
    await this.#rows.put(lease, { endedAtMs: this.#nowMs(), lines: lines.slice(-KEPT_LINES) });
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
