// The rules of following the chain of another peer, pure: how to judge headers that somebody shows. A follower keeps the
// last headers that it applied; new headers must continue the last of them, or be shown from there on.
import { type ForkProof, forkProof, type Header } from '../records/fork-proof.ts';
import { sameGeneration } from '../records/header.ts';
import { sameBytes } from '../records/id.ts';

/** How headers are followed. */
export interface FollowOptions {
  /** How many headers of a peer are kept. */
  readonly keep: number;
  /** Whoever shows these has none before them: a gap then stays, and the chain counts as broken there. */
  readonly isAll?: boolean;
}

/** The verdict on headers that were shown. */
export type HeaderVerdict =
  /** They go on from what was kept, or, where `continues` is false, stand above it without naming it. */
  | { readonly is: 'applied'; readonly headers: readonly Header[]; readonly continues: boolean }
  /** Nothing new. */
  | { readonly is: 'known' }
  /** A branch of an earlier process, below what is known. */
  | { readonly is: 'stale' }
  /** They may go on from what is kept; the headers from this seq on would show it. */
  | { readonly is: 'gap'; readonly fromSeq: number }
  /** They do not follow each other: whoever shows them is at fault. */
  | { readonly is: 'broken' }
  /** Their author showed two histories. */
  | { readonly is: 'fork'; readonly proof: ForkProof };

/**
 * Judges `shown`, one or more headers of a peer in the order of its chain, by `kept`, those of it applied before,
 * the newest last. All are verified and by one peer. `headers` of the verdict is what is to be kept from now on.
 */
export function follow(
  kept: readonly Header[],
  shown: readonly Header[],
  { keep, isAll = false }: FollowOptions,
): HeaderVerdict {
  const proof = findFork(kept, shown);
  if (proof !== undefined) return { is: 'fork', proof };
  const newest = shown.at(-1);
  if (newest === undefined || !shown.every((header, i) => continues(shown[i - 1], header)))
    return { is: 'broken' };
  const head = kept.at(-1);
  const apply = (news: readonly Header[], isContinued: boolean): HeaderVerdict =>
    ({ is: 'applied', headers: [...kept, ...news].slice(-keep), continues: isContinued }) as const;
  if (head === undefined) return apply(shown, true);
  if (kept.some(({ id }) => sameBytes(id, newest.id))) return { is: 'known' };
  const link = shown.findIndex(({ body }) => sameBytes(body.previous, head.id));
  if (link >= 0) return apply(shown.slice(link), true);
  if (compareHeaders(newest, head) < 0) return { is: 'stale' };
  const reachesBack = (shown[0]?.body.seq ?? 0) <= head.body.seq + 1;
  return reachesBack || isAll ? apply(shown, false) : { is: 'gap', fromSeq: head.body.seq + 1 };
}

/** Which of two heads of a peer is higher: by process, then by number, and then by id, so that all peers agree. */
export function compareHeaders(a: Header, b: Header): number {
  return (
    a.body.generation.counter - b.body.generation.counter ||
    a.body.seq - b.body.seq ||
    Buffer.compare(a.id, b.id)
  );
}

/** Whether `next` can come after `previous`, if there is one: the next number, naming it, in its process or a later one. */
export function continues(previous: Header | undefined, next: Header): boolean {
  if (previous === undefined) return true;
  const isLater = next.body.generation.counter > previous.body.generation.counter;
  return (
    next.body.seq === previous.body.seq + 1 &&
    sameBytes(next.body.previous, previous.id) &&
    (isLater || sameGeneration(previous.body, next.body))
  );
}

/** The first fork among all of these headers. */
function findFork(kept: readonly Header[], shown: readonly Header[]): ForkProof | undefined {
  const bySeq = Map.groupBy([...kept, ...shown], ({ body }) => body.seq);
  for (const header of shown) {
    const { seq } = header.body;
    for (const near of [seq - 1, seq, seq + 1]) {
      for (const other of bySeq.get(near) ?? []) {
        const proof = forkProof(header, other);
        if (proof !== undefined) return proof;
      }
    }
  }
  return undefined;
}
