// Layers that somebody waits for while they come, each by itself.

export class Arrivals {
  readonly #awaited: ReadonlyMap<string, PromiseWithResolvers<void>>;

  constructor(diffIds: readonly string[]) {
    this.#awaited = new Map(diffIds.map((diffId) => [diffId, Promise.withResolvers<void>()]));
    // Nobody may be waiting for one that fails
    for (const { promise } of this.#awaited.values()) promise.catch(() => {});
  }

  /** This one is here. */
  came(diffId: string): void {
    this.#awaited.get(diffId)?.resolve();
  }

  /** No other comes. */
  failed(error: unknown): void {
    for (const { reject } of this.#awaited.values()) reject(error);
  }

  /** Resolves once it is here, at once where it does not have to come; rejects with why it does not. */
  async until(diffId: string): Promise<void> {
    await this.#awaited.get(diffId)?.promise;
  }
}
