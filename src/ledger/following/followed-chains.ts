// The chains that this peer follows: the last headers of each, in memory and on disk, so that after a restart a forker
// cannot show another history.
import type { Log } from '../../lib/log.ts';
import { openRecord } from '../../records/envelope.ts';
import type { Header } from '../../records/fork-proof.ts';
import { sameBytes } from '../../records/id.ts';
import { bytes } from '../../records/shape.ts';
import type { Table } from '../database.ts';
import { continues } from '../header-rules.ts';
import { sortable } from '../keys.ts';
import { FOLLOWED_HEADERS } from '../parameters.ts';

/** Shape of a stored header: its envelope. */
export const STORED_HEADER = bytes(1, 1_024);

/** Where headers are kept. */
type FollowedRows = Pick<Table<Uint8Array>, 'change' | 'entries'>;

/** The head of a chain, for peers that ask. */
export type Head = {
  readonly counter: number;
  readonly seq: number;
  readonly id: Uint8Array;
};

/** Before anything is known. */
export const NO_HEAD: Head = { counter: 0, seq: 0, id: new Uint8Array() };

export class FollowedChains {
  readonly #rows: FollowedRows;
  readonly #log: Log;
  readonly #chains = new Map<string, readonly Header[]>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(rows: FollowedRows, log: Log) {
    this.#rows = rows;
    this.#log = log;
  }

  /** Reads what is on disk, in the order in which it was applied. */
  async load(network: string): Promise<void> {
    for await (const [key, envelope] of this.#rows.entries()) {
      const peer = key.slice(0, key.indexOf('/'));
      const header = openRecord('header', envelope, network);
      this.#chains.set(peer, [...this.of(peer), header]);
    }
  }

  get size(): number {
    return this.#chains.size;
  }

  peers(): string[] {
    return [...this.#chains.keys()];
  }

  has(peer: string): boolean {
    return this.#chains.has(peer);
  }

  /** The headers kept of a peer, the newest last. */
  of(peer: string): readonly Header[] {
    return this.#chains.get(peer) ?? [];
  }

  headOf(peer: string): Head {
    const head = this.of(peer).at(-1);
    if (head === undefined) return NO_HEAD;
    return { counter: head.body.generation.counter, seq: head.body.seq, id: head.id };
  }

  /** Keeps these from now on, on disk soon. */
  set(peer: string, headers: readonly Header[]): void {
    const before = new Map(this.of(peer).map((header) => [rowKey(peer, header), header]));
    const after = new Map(headers.map((header) => [rowKey(peer, header), header]));
    this.#chains.set(peer, headers);
    this.#write([
      ...[...before.keys()].filter((key) => !after.has(key)).map((key) => ({ key })),
      ...[...after].filter(([key]) => !before.has(key)).map(([key, { bytes: value }]) => ({ key, value })),
    ]);
  }

  forget(peer: string): void {
    const keys = this.of(peer).map((header) => ({ key: rowKey(peer, header) }));
    this.#chains.delete(peer);
    this.#write(keys);
  }

  /** Resolves when what is followed is on disk. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #write(changes: readonly { readonly key: string; readonly value?: Uint8Array }[]): void {
    if (changes.length === 0) return;
    this.#writing = this.#writing
      .then(() => this.#rows.change(changes))
      .catch((err) => this.#log.error({ err }, 'failed to write followed headers'));
  }
}

/** Keys sort as headers are applied: by process, then by number. */
function rowKey(peer: string, { body }: Header): string {
  return `${peer}/${sortable(body.generation.counter)}/${sortable(body.seq)}`;
}

/** The kept headers that continue or contradict a head that somebody knows. */
export function beyond(kept: readonly Header[], known: Head): readonly Header[] {
  const against = kept.find(
    ({ id, body }) =>
      body.seq === known.seq && body.generation.counter === known.counter && !sameBytes(id, known.id),
  );
  if (against !== undefined) return [against];
  const tail = linkedTail(kept);
  if (known.seq === 0) return tail.slice(-1);
  const at = tail.findIndex(({ id }) => sameBytes(id, known.id));
  if (at >= 0) return tail.slice(at + 1);
  const newest = tail.at(-1);
  return newest !== undefined && isAbove(newest, known) ? tail.slice(-FOLLOWED_HEADERS) : [];
}

function isAbove({ body }: Header, { counter, seq }: Head): boolean {
  const { counter: own } = body.generation;
  return own > counter || (own === counter && body.seq > seq);
}

/** The last headers that name each other without a break. */
function linkedTail(kept: readonly Header[]): readonly Header[] {
  let from = kept.length - 1;
  while (from > 0) {
    const [previous, next] = [kept[from - 1], kept[from]];
    if (previous === undefined || next === undefined || !continues(previous, next)) break;
    from -= 1;
  }
  return kept.slice(Math.max(0, from));
}
