// Items of several sources as one sequence, each as it comes. A source waits until its item is taken, so that nothing piles up.

interface Waiting<T> {
  readonly item: T;
  /** Lets its source go on. */
  readonly taken: () => void;
}

export class Merged<T> implements AsyncIterable<T> {
  #waiting: Waiting<T>[] = [];
  #open = 0;
  #isLeft = false;
  #failure: { readonly error: unknown } | undefined;
  #news = Promise.withResolvers<void>();

  /** Takes a source in, also while others are read. */
  add(source: AsyncIterable<T>): void {
    this.addingUntil(this.#read(source));
  }

  /** Does not end before this has; sources may be added until then. */
  addingUntil(adding: Promise<void>): void {
    this.#open += 1;
    adding
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#open -= 1;
        this.#news.resolve();
      });
  }

  async #read(source: AsyncIterable<T>): Promise<void> {
    for await (const item of source) {
      if (this.#isLeft) return;
      await new Promise<void>((taken) => {
        this.#waiting.push({ item, taken });
        this.#news.resolve();
      });
      if (this.#isLeft) return;
    }
  }

  /** Ends once all sources have; what one threw is thrown once nothing waits. A reader that leaves ends all sources at their next item. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
          yield next.item;
          next.taken();
        }
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#open === 0) return;
        await this.#news.promise;
        this.#news = Promise.withResolvers();
      }
    } finally {
      this.#isLeft = true;
      for (const { taken } of this.#waiting) taken();
    }
  }
}
