// Series that exist from the start. A counter whose first failure makes its first series starts at 1, and no rate ever
// sees that failure; where the values of the labels are a closed set, all of them begin at 0.
import type { Counter } from 'prom-client';

/** The values that each label of a metric can take. */
export type ClosedLabels<L extends string> = { readonly [K in L]: readonly string[] };

/** Sets every combination of the values to 0; returns the counter. */
export function fromZero<L extends string>(counter: Counter<L>, labels: ClosedLabels<L>): Counter<L> {
  for (const combination of combinations(labels)) counter.inc(combination, 0);
  return counter;
}

/** Every combination of one value a label. */
function combinations<L extends string>(labels: ClosedLabels<L>): Record<L, string>[] {
  const names = Object.keys(labels) as L[];
  return names.reduce<Record<L, string>[]>(
    (partial, name) => partial.flatMap((each) => labels[name].map((value) => ({ ...each, [name]: value }))),
    [{} as Record<L, string>],
  );
}
