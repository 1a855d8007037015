// How sybils trust each other: who rates whom, by number. The first is the one whom honest users were led to trust.
import type { Random } from '../../bench/support/random.ts';

/** From and to. */
export type Edge = readonly [from: number, to: number];

/** No row counts more. */
const ROW = 256;

/** Shapes of so many sybils. */
export const SHAPES: Readonly<Record<string, (sybils: number) => Edge[]>> = {
  star: (sybils) =>
    numbers(sybils - 1).flatMap((i): Edge[] => [
      [0, i + 1],
      [i + 1, 0],
    ]),
  chain: (sybils) => numbers(sybils - 1).map((i) => [i, i + 1]),
  cycle: (sybils) => numbers(sybils).map((i) => [i, (i + 1) % sybils]),
  clique: (sybils) =>
    numbers(sybils).flatMap((i) =>
      numbers(Math.min(sybils - 1, ROW)).map((j): Edge => [i, (i + j + 1) % sybils]),
    ),
};

const SEARCHED_ROW = 4;

/** The best of so many shapes, each a change of the best before: a tenth of the edges lead elsewhere. */
export function searched(
  sybils: number,
  tries: number,
  worth: (edges: Edge[]) => number,
  random: Random,
): Edge[] {
  const other = (i: number) => (i + random.int(1, sybils - 1)) % sybils;
  let best = numbers(sybils).flatMap((i) => numbers(SEARCHED_ROW).map((): Edge => [i, other(i)]));
  let most = worth(best);
  for (let i = 0; i < tries; i += 1) {
    const next = best.map(([from, to]): Edge => [from, random.chance(0.1) ? other(from) : to]);
    const gained = worth(next);
    if (gained <= most) continue;
    most = gained;
    best = next;
  }
  return best;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
