// The area under the ROC curve, as the chance that one of the good is put above one of the bad.

/** Of all pairs of a good and a bad one the share in which the good one has more; half of those with equal scores. */
export function auc(good: readonly number[], bad: readonly number[]): number {
  const all = [
    ...good.map((score) => ({ score, isGood: true })),
    ...bad.map((score) => ({ score, isGood: false })),
  ].sort((a, b) => a.score - b.score);
  let below = 0;
  let won = 0;
  for (let from = 0; from < all.length; ) {
    const score = all[from]?.score;
    let to = from;
    while (to < all.length && all[to]?.score === score) to += 1;
    const equal = all.slice(from, to);
    const goods = equal.filter(({ isGood }) => isGood).length;
    const bads = equal.length - goods;
    won += goods * (below + bads / 2);
    below += bads;
    from = to;
  }
  return won / (good.length * bad.length);
}
