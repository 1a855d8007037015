// Work on many items, a few at once.

/**
 * Runs `step` for every item, at most `most` at once, in their order. After a failure no further one begins; it is thrown once all
 * that had begun are over.
 */
export async function atOnce<T>(
  items: Iterable<T>,
  most: number,
  step: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = left.next(); failures.length === 0 && !next.done; next = left.next())
      await step(next.value).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: most }, lane));
  if (failures.length > 0) throw failures[0];
}
