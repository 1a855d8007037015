// Gossip between three peers in a line: what is forwarded, what is not, and what a bug of ours does.
import { describe, expect, test, vi } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { judge } from '../../src/overlay/node/gossip.ts';
import type { GossipRow, Overlay, Verdict } from '../../src/overlay/terms/overlay.ts';
import { gossipLog, someNetwork, startPeer } from '../support/overlay.ts';

const WAIT = { timeout: 20_000, interval: 50 };

/** One end, the middle, and the other end, which knows only the middle; ready when a message has passed. */
async function startLine(verdictOfMiddle: (text: string) => Verdict) {
  const network = someNetwork();
  const logs = { first: gossipLog(), middle: gossipLog(verdictOfMiddle), last: gossipLog() };
  const middle = await startPeer({ network, prepare: (each) => each.gossip(logs.middle.table) });
  const bootstrap = middle.addresses();
  const first = await startPeer({ network, bootstrap, prepare: (each) => each.gossip(logs.first.table) });
  const last = await startPeer({ network, bootstrap, prepare: (each) => each.gossip(logs.last.table) });
  let attempt = 0;
  await vi.waitFor(async () => {
    attempt += 1;
    await say(first, `warm up ${attempt}`);
    expect(logs.last.accepted).toContainEqual(expect.stringContaining('warm up'));
  }, WAIT);
  return { first, middle, last, logs };
}

function say(overlay: Overlay, text: string): Promise<number> {
  return overlay.publish('offer', Buffer.from(text));
}

describe('a message', () => {
  test('that is accepted reaches a peer two hops away, once', async () => {
    const { first, logs } = await startLine(() => 'accept');
    await say(first, 'an offer');
    await vi.waitFor(() => expect(logs.last.accepted).toContain('an offer'), WAIT);
    expect(logs.middle.accepted.filter((text) => text === 'an offer')).toHaveLength(1);
    expect(logs.last.accepted.filter((text) => text === 'an offer')).toHaveLength(1);
  });

  test.for<Verdict>(['ignore', 'reject'])(
    'that the middle answers with %s goes no further',
    async (verdict) => {
      const { first, logs } = await startLine((text) => (text.startsWith('bad') ? verdict : 'accept'));
      await say(first, 'bad offer');
      await say(first, 'good offer');
      await vi.waitFor(() => expect(logs.last.accepted).toContain('good offer'), WAIT);
      expect(logs.middle.seen).toContain('bad offer');
      expect(logs.middle.accepted).not.toContain('bad offer');
      expect(logs.last.seen).not.toContain('bad offer');
    },
  );

  test('over the size of its topic is not published', async () => {
    const { table } = gossipLog();
    const peer = await startPeer({ network: someNetwork(), prepare: (each) => each.gossip(table) });
    const large = peer.publish('offer', Buffer.alloc(2_000));
    await expect(large).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  test('published alone, or twice, is no error', async () => {
    const { table } = gossipLog();
    const peer = await startPeer({ network: someNetwork(), prepare: (each) => each.gossip(table) });
    await say(peer, 'nobody hears');
    await say(peer, 'nobody hears');
  });

  test('of another network does not come in', async () => {
    const log = gossipLog();
    const one = await startPeer({ network: someNetwork(), prepare: (each) => each.gossip(log.table) });
    const other = await startPeer({
      network: someNetwork(),
      bootstrap: one.addresses(),
      prepare: (each) => each.gossip(gossipLog().table),
    });
    await say(other, 'from elsewhere');
    await vi.waitFor(() => expect(other.connected()).toEqual([]), WAIT);
    expect(log.seen).toEqual([]);
  });
});

describe('a row', () => {
  const honest: GossipRow<string> = {
    maxBytes: 8,
    decode: (bytes) => Buffer.from(bytes).toString(),
    validate: () => 'accept',
    apply: () => {},
  };
  const bug = (): never => {
    throw new TypeError('a bug');
  };
  const judged = (row: GossipRow<string>, text = 'hi') => judge(row, 'offer', Buffer.from(text), silentLog);

  test('rejects what is over its size before it decodes', () => {
    expect(judged({ ...honest, decode: bug }, 'over the size')).toBe('reject');
  });

  test('never punishes a peer for a bug of ours, in any of its steps', () => {
    expect(judged({ ...honest, decode: bug })).toBe('ignore');
    expect(judged({ ...honest, validate: bug })).toBe('ignore');
    expect(judged({ ...honest, apply: bug })).toBe('ignore');
  });

  test('takes in only what was accepted', () => {
    const applied: string[] = [];
    for (const verdict of ['accept', 'reject', 'ignore'] as const) {
      judged({ ...honest, validate: () => verdict, apply: () => applied.push(verdict) });
    }
    expect(applied).toEqual(['accept']);
  });
});
