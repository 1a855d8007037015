/** All items in their order, beginning with another one for each number that is counted up. */
export function inTurn<T>(items: readonly T[], turn: number): T[] {
  const first = turn % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}
