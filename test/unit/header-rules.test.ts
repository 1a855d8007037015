// Following another's chain: what continues, what is stale, what leaves a gap, and what convicts.
import { describe, expect, it } from 'vitest';
import { type FollowOptions, follow } from '../../src/ledger/header-rules.ts';
import { encode } from '../../src/records/codec.ts';
import { assemble, signStatement, type UnverifiedRecord, verifyRecord } from '../../src/records/envelope.ts';
import {
  encodeForkProof,
  FORK_PROOF_MAX_BYTES,
  forkProof,
  type Header,
  openForkProof,
} from '../../src/records/fork-proof.ts';
import { chain, generation, headerAfter } from '../support/chains.ts';
import { NETWORK, tenant, volunteer } from '../support/records.ts';

const KEEP: FollowOptions = { keep: 8 };
const seqs = (headers: readonly Header[]) => headers.map(({ body }) => body.seq);

function applied(kept: readonly Header[], shown: readonly Header[], options = KEEP) {
  const verdict = follow(kept, shown, options);
  if (verdict.is !== 'applied') throw new Error(`the verdict is ${verdict.is}`);
  return verdict;
}

describe('following a chain', () => {
  it('begins with whatever is shown first, and goes on header by header', () => {
    const all = chain(12);
    const first = applied([], all.slice(3, 5));
    expect(seqs(first.headers)).toEqual([4, 5]);
    const next = applied(first.headers, all.slice(5));
    expect(next.continues).toBe(true);
    expect(seqs(next.headers)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('takes what overlaps with what it has', () => {
    const all = chain(6);
    expect(seqs(applied(all.slice(0, 3), all.slice(1)).headers)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('finds nothing new in a header that it has, sent again or signed again', () => {
    const all = chain(4);
    const again = all[2]!;
    const resigned = verifyRecord(assemble(again, [signStatement(again, volunteer)]));
    expect(follow(all, [again], KEEP)).toEqual({ is: 'known' });
    expect(follow(all, [resigned], KEEP)).toEqual({ is: 'known' });
  });

  it('asks for what lies between, and names from where', () => {
    const all = chain(9);
    expect(follow(all.slice(0, 3), all.slice(6), KEEP)).toEqual({ is: 'gap', fromSeq: 4 });
    expect(applied(all.slice(0, 3), all.slice(6), { keep: 8, isAll: true }).continues).toBe(false);
  });

  it('goes on into the next process where it names the last header of the one before', () => {
    const before = chain(3);
    const after = chain(2, before.at(-1), generation(2));
    expect(applied(before, after).continues).toBe(true);
  });

  it('finds headers that do not follow each other broken', () => {
    const all = chain(5);
    expect(follow([], [all[0]!, all[2]!], KEEP)).toEqual({ is: 'broken' });
    expect(follow([], [], KEEP)).toEqual({ is: 'broken' });
    const later = headerAfter(all[4]!, { generation: generation(3) });
    const back = headerAfter(later, { generation: generation(2) });
    expect(follow([], [later, back], KEEP)).toEqual({ is: 'broken' });
  });
});

describe('an old backup restored', () => {
  const common = chain(3);
  const lived = chain(4, common.at(-1));
  const restored = chain(2, common.at(-1), generation(5));

  it('is taken as a break, and convicts nobody', () => {
    const verdict = applied([...common, ...lived], [...common, ...restored].slice(2));
    expect(verdict.continues).toBe(false);
    expect(verdict.headers.at(-1)).toBe(restored.at(-1));
  });

  it('twice convicts nobody either, and the later process stands above in any order', () => {
    const twice = chain(3, common.at(-1), generation(6));
    const first = applied(applied([...common, ...lived], restored).headers, twice);
    expect(first.headers.at(-1)).toBe(twice.at(-1));
    expect(follow(applied([...common, ...lived], twice).headers, restored, KEEP)).toEqual({ is: 'stale' });
  });

  it('and a lost disk, with the key alone, begins anew above what was', () => {
    const anew = chain(2, undefined, generation(9));
    expect(applied([...common, ...lived], anew).headers.at(-1)).toBe(anew.at(-1));
  });
});

describe('a fork', () => {
  const trunk = chain(3);
  const left = chain(3, trunk.at(-1));
  const right = chain(3, trunk.at(-1));

  it('is found where two headers of one process have one number', () => {
    for (const shown of [[right[0]!], right, [...trunk, ...right]]) {
      expect(follow([...trunk, ...left], shown, KEEP).is).toBe('fork');
    }
  });

  it('is found where a header does not name its neighbour of the same process', () => {
    expect(follow([...trunk, left[0]!], [right[1]!], KEEP).is).toBe('fork');
    expect(follow([left[1]!], [right[0]!], KEEP).is).toBe('fork');
  });

  it('is found within what one sender shows', () => {
    expect(follow([], [left[0]!, right[0]!], KEEP).is).toBe('fork');
  });

  it('is found although the process that forked is over', () => {
    const later = chain(2, left.at(-1), generation(4));
    expect(follow([...trunk, ...left, ...later], right, { keep: 16 }).is).toBe('fork');
  });

  it('proves itself to anyone, in one encoding', () => {
    const proof = forkProof(left[1]!, right[1]!)!;
    const same = forkProof(right[1]!, left[1]!)!;
    const encoded = encodeForkProof(proof);
    expect(encodeForkProof(same)).toEqual(encoded);
    expect(encoded.length).toBeLessThanOrEqual(FORK_PROOF_MAX_BYTES);
    expect(openForkProof(encoded, NETWORK).peer).toBe(volunteer.peer);
  });
});

describe('what is no fork proof', () => {
  const trunk = chain(3);
  const left = chain(2, trunk.at(-1));
  const right = chain(2, trunk.at(-1));
  const opened = (one: UnverifiedRecord<'header'>, other: UnverifiedRecord<'header'>) => () =>
    openForkProof(encode({ one: one.bytes, other: other.bytes }), NETWORK);
  const ordered = forkProof(left[0]!, right[0]!)!;

  it.each([
    ['a header and itself', trunk[0]!, trunk[0]!],
    ['a header and the next', trunk[0]!, trunk[1]!],
    ['headers far apart', trunk[0]!, trunk[2]!],
    ['the other order', ordered.other, ordered.one],
    ['branches of two processes', left[0]!, headerAfter(trunk.at(-1), { generation: generation(1, 8) })],
    ['one counter, but two processes', left[0]!, headerAfter(trunk.at(-1), { generation: generation(2) })],
  ])('%s', (_, one, other) => {
    const [low, high] = Buffer.compare(one.id, other.id) <= 0 ? [one, other] : [other, one];
    expect(opened(one, other)).toThrow(expect.objectContaining({ code: 'FORK_UNPROVEN' }));
    if (one.body.seq === other.body.seq && one !== ordered.other)
      expect(opened(low, high)).toThrow(expect.objectContaining({ code: 'FORK_UNPROVEN' }));
  });

  it('a header that its peer did not sign', () => {
    const forged = assemble(right[0]!, [signStatement(right[0]!, tenant)]);
    const { one, other } = forkProof<UnverifiedRecord<'header'>>(left[0]!, forged)!;
    expect(opened(one, other)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });

  it('one that is longer than two headers can be, or not of its form', () => {
    const { one, other } = ordered;
    const code = (bytes: Uint8Array) => () => openForkProof(bytes, NETWORK);
    const long = encode({ one: one.bytes, other: other.bytes, more: new Uint8Array(4_096) });
    expect(code(long)).toThrow(expect.objectContaining({ code: 'RECORD_TOO_LARGE' }));
    const more = encode({ one: one.bytes, other: other.bytes, more: 1 });
    expect(code(more)).toThrow(expect.objectContaining({ code: 'RECORD_MALFORMED' }));
  });
});
