// Long computations as generators, which can be left and taken up again, so that other work runs in between.

/** A computation that yields at every place where it can be left. */
export type Steps<T> = Generator<void, T>;

/** The result, computed at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
