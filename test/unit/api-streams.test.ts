// Streams: heartbeats in the silence, and an end when their source ends.
import { expect, test } from 'vitest';
import { jsonLines, serverSentEvents, writeStream } from '../../src/api/streams.ts';
import type { Clock } from '../../src/lib/clock.ts';

/** A clock whose timers fire when told. */
function handClock(): Clock & { fire(): void; armed(): number } {
  const timers = new Set<() => void>();
  return {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after(_, run) {
      timers.add(run);
      return () => timers.delete(run);
    },
    armed: () => timers.size,
    fire() {
      for (const run of timers) run();
    },
  };
}

test('items are written as they come, and a heartbeat when none does', async () => {
  const clock = handClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const source = async function* () {
    yield 1;
    await promise;
    yield 2;
  };
  const stream = writeStream(source(), jsonLines(), clock, 1_000);
  expect((await stream.next()).value).toBe('1\n');
  const silence = stream.next();
  clock.fire();
  expect((await silence).value).toBe('\n');
  resolve();
  expect((await stream.next()).value).toBe('2\n');
  expect((await stream.next()).done).toBe(true);
  expect(clock.armed()).toBe(0);
});

test('an event is one line of data, whatever is in it', () => {
  const text = serverSentEvents<string>('deployment').write('two\nlines');
  expect(text).toBe('event: deployment\ndata: "two\\nlines"\n\n');
});

test('a source that fails fails the stream', async () => {
  const source = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new Error('gone');
  };
  const stream = writeStream(source(), jsonLines(), handClock(), 1_000);
  await stream.next();
  await expect(stream.next()).rejects.toThrow('gone');
});
