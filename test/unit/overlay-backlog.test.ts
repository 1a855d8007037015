// What waits in pipes: which of them are reset, and when.
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { Backlog } from '../../src/overlay/streams/backlog.ts';
import { HandClock } from '../support/hand-clock.ts';

const MOST = 1_000;
const MANY = 100;
/** Longer than a pipe may be still, and than two looks are apart. */
const LONG_MS = 1_500;

/** A backlog, and pipes of which a test says what waits in them and what has moved. */
function someBacklog() {
  const clock = new HandClock();
  const figures = new Map<unknown, { waiting: number; moved: number }>();
  const measure = (stream: unknown) => figures.get(stream) ?? { waiting: 0, moved: 0 };
  const backlog = new Backlog({ clock, log: silentLog, mostBytes: MOST, measure });
  const watch = (owner: string, stream: PassThrough) => backlog.watch(owner, stream);
  const open = (owner: string, count: number, waiting: number) =>
    Array.from({ length: count }, () => {
      const stream = new PassThrough().on('error', () => {});
      figures.set(stream, { waiting, moved: 0 });
      backlog.watch(owner, stream);
      return stream;
    });
  const moves = (stream: PassThrough, waiting = 0) =>
    figures.set(stream, { waiting, moved: measure(stream).moved + 1 });
  const pass = async (ms: number, each: () => void = () => {}) => {
    for (let passed = 0; passed < ms; passed += 250) {
      each();
      await clock.move(250);
    }
  };
  return { open, watch, moves, pass };
}

const destroyed = (streams: readonly PassThrough[]) => streams.filter((each) => each.destroyed).length;

test('what is within the bound stays, however long it is still', async () => {
  const { open, pass } = someBacklog();
  const streams = open('peer', MANY, MOST / MANY);
  await pass(10 * LONG_MS);
  expect(destroyed(streams)).toBe(0);
});

test('over the bound, those that are still go, no more than have to, and those that move stay', async () => {
  const { open, moves, pass } = someBacklog();
  const [slow] = open('peer', 1, 100);
  const streams = open('peer', MANY, 15);
  await pass(LONG_MS, () => moves(slow!, 100));
  // 100 and 60 times 15
  expect(destroyed(streams)).toBe(40);
  expect(slow!.destroyed).toBe(false);
});

test('the one that has been still for longest goes first', async () => {
  const { open, moves, pass } = someBacklog();
  const [first, second] = open('peer', 2, 30);
  const streams = open('peer', MANY, 9.5);
  await pass(LONG_MS, () => {
    for (const each of [second!, ...streams]) moves(each, each === second ? 30 : 9.5);
  });
  expect(first!.destroyed).toBe(true);
  expect(second!.destroyed).toBe(false);
  expect(destroyed(streams)).toBe(0);
});

test('within the first moment nothing goes, unless twice as much waits', async () => {
  const { open, pass } = someBacklog();
  const streams = open('peer', MANY, 19);
  await pass(500);
  expect(destroyed(streams)).toBe(0);
  const more = open('peer', MANY, 19);
  await pass(500);
  expect(destroyed([...streams, ...more])).toBe(2 * MANY - Math.floor(MOST / 19));
});

test('one that moves a byte at a time and holds much goes before one that holds nothing', async () => {
  const { open, moves, pass } = someBacklog();
  const streams = open('peer', MANY, 30);
  const [read] = open('peer', 1, 0);
  await pass(250, () => {
    for (const each of streams) moves(each, 30);
    moves(read!);
  });
  expect(destroyed(streams)).toBe(MANY - Math.floor(MOST / 30));
  expect(read!.destroyed).toBe(false);
});

test('each owner has a bound of its own', async () => {
  const { open, pass } = someBacklog();
  const loud = open('loud', MANY, 50);
  const quiet = open('quiet', MANY, 9);
  await pass(LONG_MS);
  expect(destroyed(loud)).toBe(MANY - MOST / 50);
  expect(destroyed(quiet)).toBe(0);
});

test('both ends of a pipe count', async () => {
  const clock = new HandClock();
  const measure = () => ({ waiting: 6, moved: 0 });
  const backlog = new Backlog({ clock, log: silentLog, mostBytes: MOST, measure });
  const streams = Array.from({ length: MANY }, () => new PassThrough().on('error', () => {}));
  for (const stream of streams) backlog.watch('peer', stream, new PassThrough());
  for (let looks = 0; looks < 6; looks += 1) await clock.move(250);
  expect(destroyed(streams)).toBe(MANY - Math.floor(MOST / 12));
});

test('one that is gone already, or goes later, is nothing that waits', async () => {
  const { open, watch, moves, pass } = someBacklog();
  const gone = new PassThrough();
  await once(gone.destroy(), 'close');
  watch('peer', gone);
  const [leaving] = open('peer', 1, 2 * MOST);
  const streams = open('peer', MANY, 1);
  await once(leaving!.destroy(), 'close');
  // If either counted, those that are still would go for it
  await pass(LONG_MS, () => {
    for (const each of [gone, leaving!]) moves(each, 2 * MOST);
  });
  expect(destroyed(streams)).toBe(0);
});
