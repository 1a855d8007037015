// Facts for tests of reputation, and the walk solved the plain way to compare with.

import type { ApiParts } from '../../src/api/parts.ts';
import { dayOf } from '../../src/ledger/decay.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { publicKeyOf } from '../../src/records/identity.ts';
import { explain } from '../../src/reputation/explain/explanation.ts';
import { effectOfVouch } from '../../src/reputation/explain/supposing.ts';
import { debtsOf } from '../../src/reputation/facts/debts.ts';
import type { Fact, OutcomeFact, ServiceFact, VouchFact } from '../../src/reputation/facts/facts.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';
import type { Graph } from '../../src/reputation/walk/graph.ts';
import { scoresOf } from '../../src/reputation/walk/scores.ts';
import { NOW_MS } from './records.ts';

export const ME = 'me';
export const STANDPOINT = { me: ME, nowMs: NOW_MS };

let count = 0;
const nextId = () => `id-${count++}`;

/** `author` consumed so many credits from `subject`. */
export function served(author: string, subject: string, credits: number): ServiceFact {
  const amount = Math.round(credits * CREDIT);
  const amounts = { chargedMicrocredits: amount, serviceMicrocredits: amount };
  return { kind: 'receipt', id: nextId(), author, subject, pairSeq: 1, day: dayOf(NOW_MS), ...amounts };
}

/** `author` says how its leases with `subject` went: a code each, empty for good. */
export function said(author: string, subject: string, ...codes: string[]): OutcomeFact {
  const leases = codes.map((code) => ({ lease: `lease-${nextId()}`, code }));
  return {
    kind: 'outcome',
    id: nextId(),
    author,
    subject,
    issuedAtMs: NOW_MS,
    day: dayOf(NOW_MS),
    leases,
  };
}

/** `author` vouches for `subject`. */
export function vouched(author: string, subject: string, credits = 1): VouchFact {
  return {
    kind: 'vouch',
    id: nextId(),
    author,
    subject,
    seq: 1,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 86_400_000,
    trustMicrocredits: Math.round(credits * CREDIT),
    creditMicrocredits: 0,
  };
}

/** What the API shows of the scores that follow from facts. */
export function trustOf(facts: readonly Fact[], me: string = ME): ApiParts['trust'] {
  const scores = scoresOf(facts, { me, nowMs: NOW_MS });
  const noWords = async () => {
    throw new TallyError('VOUCH_REFUSED', { reason: 'not in this test' });
  };
  return {
    ...{ vouch: noWords, revoke: noWords, vouches: () => [], debts: () => debtsOf(me, facts, NOW_MS) },
    effectOf: (peer, { trustMicrocredits = CREDIT } = {}) => ({
      ...effectOfVouch(scores, peer, trustMicrocredits),
      mayOweMicrocredits: { before: 0, after: 0 },
    }),
    list: () => [...scores.byPeer.values()],
    why(peer) {
      publicKeyOf(peer);
      return explain(scores, peer);
    },
  };
}

/** Everything in another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a dense solution reads of a graph. */
export type Rows = Pick<Graph, 'me' | 'peers' | 'start' | 'end' | 'targets' | 'chances'>;

/** P as a full matrix, with what the rows do not give away returning to me. */
function denseOf({ peers, start, end, targets, chances, me }: Rows): number[][] {
  return peers.map((_, u) => {
    const row = peers.map(() => 0);
    let left = 1;
    for (let edge = start[u]!; edge < end[u]!; edge += 1) {
      row[targets[edge]!]! += chances[edge]!;
      left -= chances[edge]!;
    }
    row[me]! += left;
    return row;
  });
}

/** Solves `A x = b` by Gaussian elimination with pivots. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let i = column + 1; i < size; i += 1)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let i = 0; i < size; i += 1) {
      if (i === column) continue;
      const factor = rows[i]![column]! / rows[column]![column]!;
      for (let j = column; j <= size; j += 1) rows[i]![j]! -= factor * rows[column]![j]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}

/** x = α Σ (1−α)^t e_i P^t, by solving x (I − (1−α) P) = α e_i. */
export function denseShares(graph: Rows): number[] {
  const p = denseOf(graph);
  const transposed = p.map((_, v) => p.map((row, u) => (u === v ? 1 : 0) - (1 - ALPHA) * row[v]!));
  return solve(
    transposed,
    p.map((_, u) => (u === graph.me ? ALPHA : 0)),
  );
}

/** The chance that the walk reaches v before it stops: h(v) = 1, h(u) = (1−α) Σ P(u,w) h(w). */
export function denseStanding(graph: Rows, v: number): number {
  const p = denseOf(graph);
  const a = p.map((row, u) =>
    row.map((chance, w) => (u === w ? 1 : 0) - (u === v ? 0 : (1 - ALPHA) * chance)),
  );
  return solve(
    a,
    p.map((_, u) => (u === v ? 1 : 0)),
  )[graph.me]!;
}

function drawn(row: readonly number[], draw: number, otherwise: number): number {
  let sum = 0;
  const at = row.findIndex((chance) => {
    sum += chance;
    return draw < sum;
  });
  return at < 0 ? otherwise : at;
}

/** The standing by walking: how many of so many walks reach v. */
export function walkedStanding(graph: Rows, v: number, walks: number, random: () => number): number {
  const p = denseOf(graph);
  let reached = 0;
  for (let i = 0; i < walks; i += 1) {
    let at = graph.me;
    while (at !== v && random() >= ALPHA) {
      at = drawn(p[at]!, random(), graph.me);
    }
    if (at === v) reached += 1;
  }
  return reached / walks;
}

/** Facts of a random small economy. */
export function someFacts(random: () => number, peers: number, facts: number): Fact[] {
  const names = [ME, ...Array.from({ length: peers - 1 }, (_, i) => `p${i}`)];
  const pick = () => names[Math.floor(random() * names.length)]!;
  return Array.from({ length: facts }, () => {
    const [author, subject, kind] = [pick(), pick(), random()];
    if (kind < 0.5) return served(author, subject, random() * 20);
    if (kind < 0.7) return vouched(author, subject, random() * 20);
    return said(author, subject, random() < 0.6 ? '' : 'INSTANCE_LOST');
  });
}
