// How much this peer lets others owe it, and on whose account. What a peer is lent comes first out of what it served me,
// then over those who served me and those who answer for it, then out of the day's pool for newcomers. What is lent stays
// reserved, way by way, until it is given back: also when the line that it came over is gone by then. That is what
// answering for somebody means.
//
// The bound. Let C be any coalition without me. What its members are lent by themselves is at most ρ times what they
// served me. What they are lent over others came over lines, of which the last that leads into C was reserved for as
// much: in sum at most η times the lines from outside into C. The rest are pools. So what C can owe me is at most
// ρ · service(C → me) + η · cut(C) + the pools, in however many keys it comes, each line and service taken as it was
// when it was lent on and faded since as debts do. (Ghosh, Mahdian, Reeves, Pennock, Fugger 2007, "Mechanism design on
// trust networks", bound loss by lines in the same way; here lines are what was served.)

import { LINE_WAYS, MOST_CREDIT_MICROCREDITS, OWN_SHARE } from '../facts/parameters.ts';
import { type LineSource, Lines, type Way } from './lines.ts';

/** What a peer is lent, by where it comes from, in microcredits. */
export interface Grant {
  /** On account of what it served me. */
  readonly own: number;
  /** Over others. */
  readonly ways: readonly Way[];
  /** Out of newcomers' pools, by day. */
  readonly pools: readonly { readonly day: number; readonly microcredits: number }[];
  /** Outside the bound, because I want it so: preemptible, or for free. */
  readonly beyond: number;
}

/** How much a peer may owe, beside newcomers' pools, and why. */
export interface Limit {
  readonly limitMicrocredits: number;
  /** By what it served me, all of it. */
  readonly ownMicrocredits: number;
  /** Over others: what it is lent already, and what nobody else was lent. */
  readonly flowMicrocredits: number;
  readonly ways: readonly Way[];
}

/** The newcomers' pool of a day. */
export interface Pool {
  readonly day: number;
  readonly microcredits: number;
}

const NOTHING_LENT: Grant = { own: 0, ways: [], pools: [], beyond: 0 };

/** What `me` lends. Replaces grants, never changes them. */
export class Lending {
  readonly #me: string;
  readonly #lines: Lines;
  readonly #grants = new Map<string, Grant>();
  readonly #pooled = new Map<number, number>();

  constructor(me: string, source: () => LineSource) {
    this.#me = me;
    this.#lines = new Lines(me, source);
  }

  get grants(): ReadonlyMap<string, Grant> {
    return this.#grants;
  }

  grant(peer: string): Grant {
    return this.#grants.get(peer) ?? NOTHING_LENT;
  }

  /** Out of the pool of a day, over all newcomers together. */
  pooled(day: number): number {
    return this.#pooled.get(day) ?? 0;
  }

  /** What a peer may owe, or would if I answered for it with so much. */
  limit(peer: string, answered?: number): Limit {
    if (peer === this.#me) return { limitMicrocredits: 0, ownMicrocredits: 0, flowMicrocredits: 0, ways: [] };
    const ownMicrocredits = this.#ownLimit(peer);
    const granted = this.grant(peer).ways;
    const room = Math.max(0, MOST_CREDIT_MICROCREDITS - sum(granted));
    const more = this.#moreWays(peer, room, answered === undefined ? {} : { answered });
    const ways = joined([...granted, ...more], wayName);
    const flowMicrocredits = sum(ways);
    const limitMicrocredits = Math.min(MOST_CREDIT_MICROCREDITS, ownMicrocredits + flowMicrocredits);
    return { limitMicrocredits, ownMicrocredits, flowMicrocredits, ways };
  }

  /**
   * Lends a peer so much more, or as much of it as its limit and what the pool has left for it allow, and nothing where
   * that does not come to `least`. What was lent.
   */
  lend(peer: string, microcredits: number, pool: Pool, least = microcredits): number {
    const left = this.poolLeft(peer, pool);
    const cover = this.#cover(peer, microcredits, left + microcredits - least);
    const pooled = Math.min(cover.missing, left);
    const lent = microcredits - cover.missing + pooled;
    if (lent < least) return 0;
    this.#add(peer, cover, pooled === 0 ? {} : { pools: [{ day: pool.day, microcredits: pooled }] });
    return lent;
  }

  /** Lends a peer so much more whatever its limit: within it where there is room, and the rest beyond it. */
  lendBeyond(peer: string, microcredits: number): void {
    const cover = this.#cover(peer, microcredits, Infinity);
    this.#add(peer, cover, { beyond: cover.missing });
  }

  /** What a pool has left for a peer: nobody owes more out of the pools of all days than one day's. */
  poolLeft(peer: string, { day, microcredits }: Pool): number {
    const left = Math.min(microcredits - this.pooled(day), microcredits - sum(this.grant(peer).pools));
    return Math.max(0, left);
  }

  /** A peer owes so much less: first what is beyond its limit, then what was lent last. */
  giveBack(peer: string, microcredits: number): void {
    const before = this.grant(peer);
    const beyond = Math.min(microcredits, before.beyond);
    const pools = split(before.pools, microcredits - beyond);
    const ways = split(before.ways, microcredits - beyond - sum(pools.taken));
    const own = Math.min(before.own, microcredits - beyond - sum(pools.taken) - sum(ways.taken));
    this.#count({ ways: ways.taken, pools: pools.taken }, -1);
    const { own: ownBefore, beyond: beyondBefore } = before;
    this.#keep(peer, {
      ...{ own: ownBefore - own, beyond: beyondBefore - beyond },
      ...{ ways: ways.left, pools: pools.left },
    });
  }

  /** Takes up what a peer was lent before. */
  resume(peer: string, grant: Grant): void {
    this.#count(grant, 1);
    this.#keep(peer, grant);
  }

  #keep(peer: string, grant: Grant): void {
    if (lentBy(grant) > 0) this.#grants.set(peer, grant);
    else this.#grants.delete(peer);
  }

  #count({ ways, pools }: Pick<Grant, 'ways' | 'pools'>, sign: 1 | -1): void {
    for (const { peers, microcredits } of ways)
      this.#lines.reserve({ peers, microcredits: sign * microcredits });
    for (const { day, microcredits } of pools) this.#pooled.set(day, this.pooled(day) + sign * microcredits);
  }

  #add(peer: string, { own, ways }: Cover, { pools = [], beyond = 0 }: Partial<Grant>): void {
    const before = this.grant(peer);
    this.#count({ ways, pools }, 1);
    this.#keep(peer, {
      own: before.own + own,
      ways: ways.length === 0 ? before.ways : joined([...before.ways, ...ways], wayName),
      pools: pools.length === 0 ? before.pools : joined([...before.pools, ...pools], ({ day }) => day),
      beyond: before.beyond + beyond,
    });
  }

  /** From where so much more could come, and what is missing of it. Where more than `mayMiss` is, the rest is not looked for. */
  #cover(peer: string, microcredits: number, mayMiss: number): Cover {
    const { own: lent, ways: lentOver } = this.grant(peer);
    const room = Math.max(0, MOST_CREDIT_MICROCREDITS - lent - sum(lentOver));
    const own = Math.max(0, Math.min(microcredits, room, this.#ownLimit(peer) - lent));
    const rest = Math.min(microcredits, room) - own;
    const least = Math.max(0, microcredits - own - mayMiss);
    const ways = rest > 0 ? this.#moreWays(peer, rest, { least }) : [];
    return { own, ways, missing: microcredits - own - sum(ways) };
  }

  /** Ways beside those that a peer is lent over already, as many as its row on disk has room for. */
  #moreWays(peer: string, microcredits: number, options: Parameters<Lines['flow']>[2]): Way[] {
    const room = LINE_WAYS - this.grant(peer).ways.length;
    return this.#lines.flow(peer, microcredits, options).slice(0, room);
  }

  #ownLimit(peer: string): number {
    return Math.floor(OWN_SHARE * this.#lines.servedBy(peer));
  }
}

const wayName = ({ peers }: Way) => peers.join('/');

interface Cover extends Pick<Grant, 'own' | 'ways'> {
  readonly missing: number;
}

/** All that a grant comes to. */
export function lentBy({ own, ways, pools, beyond }: Grant): number {
  return own + sum(ways) + sum(pools) + beyond;
}

interface Part {
  readonly microcredits: number;
}

export function sum(parts: readonly Part[]): number {
  return parts.reduce((all, { microcredits }) => all + microcredits, 0);
}

/** Parts of the same name as one, in the order in which they first came. */
function joined<P extends Part>(parts: readonly P[], nameOf: (part: P) => string | number): P[] {
  const whole = new Map<string | number, P>();
  for (const part of parts) {
    const name = nameOf(part);
    const before = whole.get(name)?.microcredits ?? 0;
    whole.set(name, { ...part, microcredits: before + part.microcredits });
  }
  return [...whole.values()];
}

/** Takes so much out of parts, the last first. */
function split<P extends Part>(parts: readonly P[], microcredits: number): { left: P[]; taken: P[] } {
  const left = [...parts];
  const taken: P[] = [];
  for (let missing = microcredits; missing > 0; ) {
    const last = left.pop();
    if (last === undefined) break;
    const found = Math.min(missing, last.microcredits);
    taken.push({ ...last, microcredits: found });
    if (last.microcredits > found) left.push({ ...last, microcredits: last.microcredits - found });
    missing -= found;
  }
  return { left, taken };
}
