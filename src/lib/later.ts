// A part that another needs which is made before it: what is circular stands in one word where the two are joined.

export class Later<T> {
  readonly #name: string;
  #part: { readonly value: T } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Hands the part in; once. */
  set(value: T): T {
    if (this.#part !== undefined) throw new Error(`${this.#name} already exists`);
    this.#part = { value };
    return value;
  }

  /** The part. Throws where it is asked for before it is there. */
  get(): T {
    if (this.#part === undefined) throw new Error(`${this.#name} does not exist yet`);
    return this.#part.value;
  }
}
