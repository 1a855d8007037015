// What waits in this process between the two ends of pipes. A pipe whose reader takes nothing holds some hundred KiB until its writer
// stops, as TCP does; but a thousand of them come to hundreds of MiB, and a stranger can open them. So all pipes of one owner have a
// bound together, and where it is exceeded those that have not moved for longest are reset.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { OverlayMetrics } from '../../metrics/overlay.ts';
import { BACKLOG_BYTES, BACKLOG_FEW_PIPES, BACKLOG_LOOK_MS, BACKLOG_STILL_MS } from '../terms/parameters.ts';
import { waitingIn } from './stream-duplex.ts';

interface BacklogParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: OverlayMetrics | undefined;
  /** Of all pipes of one owner. */
  readonly mostBytes?: number;
  /** Bytes that wait in a stream, and how many have passed it. */
  readonly measure?: typeof waitingIn;
}

/** A pipe: its stream, all of its ends here, and when it last moved. */
interface Pipe {
  readonly stream: Duplex;
  readonly ends: readonly Duplex[];
  waiting: number;
  moved: number;
  movedAtMs: number;
}

/** Bounds what the open pipes of each owner hold. */
export class Backlog {
  readonly #parts: BacklogParts;
  readonly #mostBytes: number;
  readonly #measure: typeof waitingIn;
  readonly #pipes = new Map<string, Set<Pipe>>();
  #count = 0;
  #isLooking = false;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
    this.#mostBytes = parts.mostBytes ?? BACKLOG_BYTES;
    this.#measure = parts.measure ?? waitingIn;
  }

  /** Watches a pipe until its stream has closed, which is reset if it has to be; with what it is joined to here. */
  watch(owner: string, stream: Duplex, ...joined: readonly Duplex[]): void {
    if (stream.closed) return;
    const ends = [stream, ...joined];
    const pipe = { stream, ends, waiting: 0, moved: 0, movedAtMs: this.#parts.clock.monotonicMs() };
    const pipes = this.#pipes.get(owner) ?? new Set();
    this.#pipes.set(owner, pipes.add(pipe));
    this.#count += 1;
    stream.once('close', () => {
      this.#count -= 1;
      pipes.delete(pipe);
      if (pipes.size === 0) this.#pipes.delete(owner);
    });
    this.#lookSoon();
  }

  /** So few hold less than the bound, whatever they do. */
  #lookSoon(): void {
    if (this.#isLooking || this.#count < BACKLOG_FEW_PIPES) return;
    this.#isLooking = true;
    this.#parts.clock.after(BACKLOG_LOOK_MS, () => {
      this.#isLooking = false;
      for (const [owner, pipes] of this.#pipes) this.#look(owner, pipes);
      this.#lookSoon();
    });
  }

  #look(owner: string, pipes: ReadonlySet<Pipe>): void {
    const nowMs = this.#parts.clock.monotonicMs();
    let waiting = 0;
    for (const pipe of pipes) waiting += this.#weigh(pipe, nowMs);
    if (waiting <= this.#mostBytes) return;
    // In the first moment all of them move, until the window of each is full
    const stillSinceMs = waiting > 2 * this.#mostBytes ? nowMs : nowMs - BACKLOG_STILL_MS;
    const stillest = [...pipes]
      .filter(({ movedAtMs }) => movedAtMs <= stillSinceMs)
      .sort((a, b) => a.movedAtMs - b.movedAtMs || b.waiting - a.waiting);
    let reset = 0;
    for (const pipe of stillest) {
      if (waiting <= this.#mostBytes) break;
      waiting -= pipe.waiting;
      reset += 1;
      pipe.stream.destroy(new TallyError('BUDGET_SPENT', { reason: 'too much waits to be read' }));
    }
    if (reset === 0) return;
    this.#parts.metrics?.pipesResetTotal.inc(reset);
    this.#parts.log.warn({ owner, reset }, 'reset pipes that nobody reads');
  }

  /** Bytes that wait in a pipe; notes whether any has moved since the last look. */
  #weigh(pipe: Pipe, nowMs: number): number {
    const found = pipe.ends.map((end) => this.#measure(end));
    const sum = (of: 'waiting' | 'moved') => found.reduce((all, each) => all + each[of], 0);
    const moved = sum('moved');
    if (moved !== pipe.moved) Object.assign(pipe, { moved, movedAtMs: nowMs });
    pipe.waiting = sum('waiting');
    return pipe.waiting;
  }
}
