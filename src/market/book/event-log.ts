// The log of events at this peer, for people. It is bounded, kept over restarts, and nothing waits for it: an event that
// a crash loses is missing here, and nowhere else.
import type { Table } from '../../ledger/database.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { HEALTH_FAILURE } from '../../overlay/protocols/lease.ts';
import { fields, int, text } from '../../records/shape.ts';
import type { Events } from '../terms/market.ts';
import { EVENTS_KEPT, EVENTS_WAITING } from '../terms/parameters.ts';
import type { EventKind, EventView } from '../terms/views.ts';

/** A row of the table; -1 and empty text stand for what does not apply. */
export const EVENT_ROW = fields({
  seq: int(1),
  atMs: int(0),
  kind: text(32, /^[a-z]+\.[a-z]+$/),
  offer: text(64),
  deployment: text(64),
  replica: int(-1),
  incarnation: int(-1),
  lease: text(64),
  peer: text(64),
  cause: text(64),
  /** What another says of it, on one line. */
  reason: HEALTH_FAILURE,
  chargedMicrocredits: int(-1),
});
export type EventRow = ReturnType<typeof EVENT_ROW>;

/** What happened, before it has a number and a time. */
export type Happening = { readonly kind: EventKind } & Partial<Omit<EventRow, 'seq' | 'atMs' | 'kind'>>;

/** Where events are reported. */
export type Tell = (happening: Happening) => void;

const NOTHING = {
  ...{ offer: '', deployment: '', replica: -1, incarnation: -1, lease: '', peer: '', cause: '' },
  ...{ reason: '', chargedMicrocredits: -1 },
};

export class EventLog implements Events {
  readonly #rows: Table<EventRow>;
  readonly #nowMs: () => number;
  readonly #log: Log;
  readonly #readers = new Set<(event: EventView) => void>();
  #events: EventView[] = [];
  #unwritten: EventRow[] = [];
  #lastSeq = 0;
  #writing: Promise<void> | undefined;

  constructor(rows: Table<EventRow>, nowMs: () => number, log: Log) {
    this.#rows = rows;
    this.#nowMs = nowMs;
    this.#log = log;
  }

  /** Reads back what was kept. */
  async load(): Promise<void> {
    for await (const [, row] of this.#rows.entries()) this.#events.push(viewEvent(row));
    this.#lastSeq = this.#events.at(-1)?.seq ?? 0;
  }

  /** Notes what happened; written in the background. */
  readonly tell: Tell = (happening) => {
    this.#lastSeq += 1;
    const row: EventRow = { ...NOTHING, ...happening, seq: this.#lastSeq, atMs: this.#nowMs() };
    const event = viewEvent(row);
    this.#events.push(event);
    if (this.#events.length > 2 * EVENTS_KEPT) this.#events = this.#events.slice(-EVENTS_KEPT);
    this.#unwritten.push(row);
    this.#writing ??= this.#write();
    for (const reader of this.#readers) reader(event);
  };

  /** Resolves when everything told is on disk. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is told in the same turn goes into one write
    await Promise.resolve();
    while (this.#unwritten.length > 0) {
      const rows = this.#unwritten;
      this.#unwritten = [];
      try {
        await this.#rows.change(
          rows.flatMap((row) => [{ key: keyOf(row.seq), value: row }, { key: keyOf(row.seq - EVENTS_KEPT) }]),
        );
      } catch (error) {
        this.#log.warn({ code: codeOf(error) }, 'failed to write events');
      }
    }
    this.#writing = undefined;
  }

  all(): readonly EventView[] {
    return this.#events.slice(-EVENTS_KEPT).reverse();
  }

  async *watch(
    tail: number,
    signal: AbortSignal,
    isWanted: (event: EventView) => boolean = () => true,
  ): AsyncIterable<EventView> {
    let waiting: EventView[] = tail === 0 ? [] : this.#events.filter(isWanted).slice(-tail);
    let wake = () => {};
    const reader = (event: EventView) => {
      if (!isWanted(event)) return;
      waiting.push(event);
      if (waiting.length > EVENTS_WAITING) waiting.shift();
      wake();
    };
    const ended = () => wake();
    this.#readers.add(reader);
    signal.addEventListener('abort', ended, { once: true });
    try {
      while (!signal.aborted) {
        const events = waiting;
        waiting = [];
        yield* events;
        if (waiting.length === 0 && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#readers.delete(reader);
      signal.removeEventListener('abort', ended);
    }
  }
}

/** Keys in order of number. */
function keyOf(seq: number): string {
  return String(Math.max(0, seq)).padStart(16, '0');
}

function viewEvent({ seq, atMs, kind, ...rest }: EventRow): EventView {
  const applying = Object.entries(rest).filter(([, value]) => value !== '' && value !== -1);
  return { seq, atMs, kind: kind as EventKind, ...Object.fromEntries(applying) };
}
