// Cursor pagination: a page begins after the key that the cursor names, so that what comes and goes between two
// calls neither repeats nor hides other items.
import { TallyError } from '../lib/errors.ts';
import { PAGE_DEFAULT } from './parameters.ts';

/** What a caller asks for. */
export interface PageRequest {
  /** PAGE_DEFAULT when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** A part of a list; `next` is the cursor of the page after it, if there is one. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

/** One page of a list held in memory, in ascending order of `keyOf`, whose keys are unique. */
export function pageOf<T>(
  all: readonly T[],
  { limit = PAGE_DEFAULT, cursor }: PageRequest,
  keyOf: (item: T) => string,
): Page<T> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const keyed = all
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const chosen = keyed.slice(0, limit);
  return endPage(
    chosen.map(({ item }) => item),
    keyed.length > limit ? chosen.at(-1)?.key : undefined,
  );
}

/** One page of a list that is read in ascending order of its keys, from after a given one. */
export async function pageFrom<T>(
  read: (after: string | undefined) => AsyncIterable<T>,
  { limit = PAGE_DEFAULT, cursor }: PageRequest,
  keyOf: (item: T) => string,
): Promise<Page<T>> {
  const items: T[] = [];
  for await (const item of read(cursor === undefined ? undefined : readCursor(cursor))) {
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return endPage(items, keyOf(last));
    items.push(item);
  }
  return endPage(items, undefined);
}

/** A time as a part of a key, the newest first. */
export function newestFirst(timeMs: number): string {
  return String(Number.MAX_SAFE_INTEGER - timeMs).padStart(16, '0');
}

function endPage<T>(items: T[], lastKey: string | undefined): Page<T> {
  return lastKey === undefined ? { items } : { items, next: Buffer.from(lastKey).toString('base64url') };
}

function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (!/^[!-~]+$/.test(key)) throw new TallyError('BAD_REQUEST', { field: 'querystring.cursor' });
  return key;
}
