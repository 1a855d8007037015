// Who has shown to have what: a layer or an image is held here only for those that sent it, or pulled it with their own login. To
// know a digest is not to have what it names, and an engine makes no difference between the two.
import type { Table } from '../../../ledger/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { TIME_MS } from '../../../records/common.ts';
import { fields } from '../../../records/shape.ts';
import { HOLDINGS_A_TENANT, HOLDINGS_KEPT } from '../../terms/parameters.ts';

/** When a holder showed to have something, by the two. */
export const HOLDING_ROW = fields({ shownAtMs: TIME_MS });
type HoldingRow = ReturnType<typeof HOLDING_ROW>;

export interface HoldingsParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly rows: Table<HoldingRow>;
}

/**
 * A holder is a tenant, by its peer id, or a blob of a registry, by `blobIn`. What is forgotten, because there is too much of it, has
 * to be shown once more.
 */
export class Holdings {
  readonly #parts: HoldingsParts;
  /** What each has, the oldest first. */
  readonly #holdings = new Map<string, Set<string>>();
  /** All keys of rows, the oldest first. */
  readonly #keys = new Set<string>();

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const found: [key: string, shownAtMs: number][] = [];
    for await (const [key, { shownAtMs }] of this.#parts.rows.entries()) found.push([key, shownAtMs]);
    for (const [key] of found.sort(([, a], [, b]) => a - b)) this.#hold(key);
  }

  /** Whether a holder has shown to have the layer or the image of this digest. */
  has(holder: string, digest: string): boolean {
    return this.#holdings.get(holder)?.has(digest) ?? false;
  }

  /** From now on, also for the next process, it has. */
  async add(holder: string, digest: string): Promise<void> {
    if (this.has(holder, digest)) return;
    const key = `${holder}/${digest}`;
    const { rows, clock } = this.#parts;
    this.#hold(key);
    const dropped = this.#excess(holder);
    for (const each of dropped) this.#drop(each);
    await rows.change([
      { key, value: { shownAtMs: clock.nowMs() } },
      ...dropped.map((each) => ({ key: each })),
    ]);
  }

  /** Nobody fills more than a share of what is kept, nor all together more than that. */
  #excess(holder: string): string[] {
    const own = this.#holdings.get(holder) ?? new Set();
    if (own.size > HOLDINGS_A_TENANT) return [...own].slice(0, 1).map((digest) => `${holder}/${digest}`);
    return this.#keys.size > HOLDINGS_KEPT ? [...this.#keys].slice(0, 1) : [];
  }

  #hold(key: string): void {
    const [holder, digest] = partsOf(key);
    const own = this.#holdings.get(holder) ?? new Set();
    this.#holdings.set(holder, own.add(digest));
    this.#keys.add(key);
  }

  #drop(key: string): void {
    const [holder, digest] = partsOf(key);
    const own = this.#holdings.get(holder);
    own?.delete(digest);
    if (own?.size === 0) this.#holdings.delete(holder);
    this.#keys.delete(key);
  }
}

/** A blob as the holder of what it unpacks to. Another registry can say of any blob that it has it: that one shows nothing. */
export function blobIn(registry: string, blob: string): string {
  return `${registry} ${blob}`;
}

/** No holder and no digest has a slash in it. */
function partsOf(key: string): [holder: string, digest: string] {
  const [holder = '', digest = ''] = key.split('/');
  return [holder, digest];
}
