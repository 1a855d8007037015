import { describe, expect, it } from 'vitest';
import { showEvent } from '../../src/cli/commands/events.ts';
import { silentLog } from '../../src/lib/log.ts';
import { EventLog, type EventRow } from '../../src/market/book/event-log.ts';
import { EVENTS_KEPT, EVENTS_WAITING } from '../../src/market/terms/parameters.ts';
import type { EventView } from '../../src/market/terms/views.ts';
import { memoryTable } from '../support/table.ts';

const open = async (rows = memoryTable<EventRow>()) => {
  const log = new EventLog(rows, () => 1_000, silentLog);
  await log.load();
  return { log, rows };
};
const made = (offer: string) => ({ kind: 'offer.made', offer }) as const;

/** The first so many events of a watch. */
async function take(events: AsyncIterable<EventView>, count: number): Promise<EventView[]> {
  const taken: EventView[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) return taken;
  }
  return taken;
}

describe('the log of events', () => {
  it('shows the newest first, without what does not apply', async () => {
    const { log } = await open();
    log.tell(made('a'));
    log.tell({
      kind: 'copy.lost',
      deployment: 'd',
      replica: 0,
      incarnation: 1,
      peer: 'p',
      cause: 'VOLUNTEER_LOST',
    });
    expect(log.all()).toEqual([
      {
        ...{ seq: 2, atMs: 1_000, kind: 'copy.lost', deployment: 'd' },
        ...{ replica: 0, incarnation: 1, peer: 'p', cause: 'VOLUNTEER_LOST' },
      },
      { seq: 1, atMs: 1_000, kind: 'offer.made', offer: 'a' },
    ]);
  });

  it('is there again after a restart, and goes on counting', async () => {
    const { log, rows } = await open();
    log.tell(made('a'));
    await log.written();
    const again = await open(rows);
    again.log.tell(made('b'));
    expect(again.log.all()).toMatchObject([
      { seq: 2, offer: 'b' },
      { seq: 1, offer: 'a' },
    ]);
  });

  it('writes what comes in one turn at once, and keeps a bounded number', async () => {
    const { log, rows } = await open();
    for (let i = 0; i < 3 * EVENTS_KEPT; i += 1) log.tell(made(`o${i}`));
    await log.written();
    expect(rows.writes).toBe(1);
    expect(log.all()).toHaveLength(EVENTS_KEPT);
    const { log: again } = await open(rows);
    expect(again.all()).toHaveLength(EVENTS_KEPT);
    expect(again.all()[0]).toMatchObject({ seq: 3 * EVENTS_KEPT });
  });

  it('tells a reader the last ones, then every new one, until it goes', async () => {
    const { log } = await open();
    for (const offer of ['a', 'b', 'c']) log.tell(made(offer));
    const gone = new AbortController();
    const reading = take(log.watch(2, gone.signal), 3);
    log.tell(made('d'));
    expect((await reading).map(({ offer }) => offer)).toEqual(['b', 'c', 'd']);
    const idle = take(log.watch(0, gone.signal), 1);
    gone.abort();
    expect(await idle).toEqual([]);
  });

  it('drops the oldest for a reader that is too slow', async () => {
    const { log } = await open();
    const events = log.watch(0, new AbortController().signal)[Symbol.asyncIterator]();
    const first = events.next();
    for (let i = 0; i <= EVENTS_WAITING + 5; i += 1) log.tell(made(`o${i}`));
    expect((await first).value.seq).toBe(7);
    await events.return?.();
  });
});

describe('an event in the terminal', () => {
  it('says of what, with whom and why', () => {
    const line = showEvent({
      ...{ seq: 1, atMs: 0, kind: 'copy.lost', deployment: 'abcdefghijklmnop', replica: 1, incarnation: 2 },
      ...{
        lease: 'zzzz',
        peer: '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
        cause: 'VOLUNTEER_LOST',
      },
    });
    expect(line).toMatch(/ {2}copy\.lost +deployment abcdefghijkl copy 1\.2 with …\w{8} /);
    expect(line).toContain('(VOLUNTEER_LOST)');
    expect(line).not.toContain('zzzz');
  });

  it('ends with what another says of it', () => {
    const line = showEvent({ seq: 1, atMs: 0, kind: 'copy.unhealthy', reason: 'HTTP status 500' });
    expect(line).toMatch(/copy\.unhealthy +as it is said: HTTP status 500$/);
  });
});
