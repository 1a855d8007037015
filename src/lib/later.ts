// A part that another part needs before it is made: this names the circle where the two are joined.

export class Later<T> {
  readonly #name: string;
  #part: { readonly value: T } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Sets the part; once. */
  set(value: T): T {
    if (this.#part !== undefined) throw new Error(`${this.#name} already exists`);
    this.#part = { value };
    return value;
  }

  /** The part. Throws before it is set. */
  get(): T {
    if (this.#part === undefined) throw new Error(`${this.#name} does not exist yet`);
    return this.#part.value;
  }
}
