// What this peer tells others about themselves: its clock, and whether two processes use one key.
import { BoundedMap } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sight, SightRequest } from '../overlay/protocols/sight.ts';
import { SEEN_PEERS, SEEN_RUNS } from './parameters.ts';

/** When which process of which peer asked last. */
export class Sightings {
  readonly #clock: Clock;
  readonly #peers = new BoundedMap<string, BoundedMap<string, number>>(SEEN_PEERS);
  #asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Answers a peer. Another process counts when it asked between two questions of this one: both are then alive. One
   * that was started again finds questions of the process before it, and they stay behind its own first.
   */
  answer(peer: string, { run }: SightRequest): Sight {
    const name = Buffer.from(run).toString('hex');
    const runs = this.#peers.get(peer) ?? new BoundedMap<string, number>(SEEN_RUNS);
    const before = runs.get(name) ?? this.#asked;
    const others = [...runs].filter(([other, at]) => other !== name && at > before);
    this.#asked += 1;
    runs.set(name, this.#asked);
    this.#peers.set(peer, runs);
    return { nowMs: this.#clock.nowMs(), others: others.length };
  }
}
