// One task after the other: a lock whose holders queue.

/** Runs tasks in the order given, one at a time; a task that throws does not stop the next. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => {});
    return result;
  }
}

/** A `Serial` for each key; keys without tasks take no memory. */
export class KeyedSerial {
  readonly #lanes = new Map<string, { serial: Serial; waiting: number }>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { serial: new Serial(), waiting: 0 };
    this.#lanes.set(key, lane);
    lane.waiting += 1;
    try {
      return await lane.serial.run(task);
    } finally {
      lane.waiting -= 1;
      if (lane.waiting === 0) this.#lanes.delete(key);
    }
  }
}
