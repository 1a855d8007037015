import { expect, it } from 'vitest';
import { Rounds, SystemClock } from '../../src/lib/clock.ts';

it('a round waits for nobody, leaves out who is busy, and says who failed', async () => {
  const rounds = new Rounds<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const failed: string[] = [];
  const task = async (name: string) => {
    begun.push(name);
    if (name === 'slow') await promise;
    if (name === 'bad') throw new Error('bad');
  };
  const note = (_: unknown, name: string) => void failed.push(name);
  for (let i = 0; i < 2; i += 1) {
    rounds.begin(['slow', 'bad', 'good'], task, note);
    await new Promise(setImmediate);
  }
  expect(begun).toEqual(['slow', 'bad', 'good', 'bad', 'good']);
  expect(failed).toEqual(['bad', 'bad']);
  resolve();
  await new Promise(setImmediate);
  rounds.begin(['slow'], task, note);
  expect(begun).toHaveLength(6);
});

it('rounds with a bound never have more items busy than the bound, also over several rounds', async () => {
  const rounds = new Rounds<string>(2);
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const task = (name: string) => {
    begun.push(name);
    return promise;
  };
  const fail = (error: unknown) => expect.fail(String(error));
  rounds.begin(['a', 'b', 'c'], task, fail);
  rounds.begin(['c', 'd'], task, fail);
  expect(begun).toEqual(['a', 'b']);
  resolve();
  await new Promise(setImmediate);
  rounds.begin(['c', 'd', 'a'], task, fail);
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

/** A machine whose clocks a test moves. */
function machine() {
  const at = { wall: 1_800_000_000_000, monotonic: 5_000, uptime: 90_000 };
  const clock = new SystemClock({
    wallMs: () => at.wall,
    monotonicMs: () => at.monotonic,
    uptimeMs: () => at.uptime,
  });
  const sets: number[] = [];
  clock.onSet((byMs) => void sets.push(byMs));
  const pass = (wall: number, monotonic = wall, uptime = monotonic) => {
    at.wall += wall;
    at.monotonic += monotonic;
    at.uptime += uptime;
  };
  const read = async () => {
    const nowMs = clock.nowMs();
    await new Promise(setImmediate);
    return nowMs;
  };
  return { at, pass, read, sets };
}

it('a clock that was set says so in a turn of its own, and goes on as before until then', async () => {
  const { at, pass, read, sets } = machine();
  const beganMs = at.wall;
  pass(10_000);
  expect(await read()).toBe(beganMs + 10_000);
  pass(-60_000, 1_000);
  expect(await read()).toBe(beganMs + 11_000);
  expect(sets).toEqual([-61_000]);
  expect(await read()).toBe(beganMs - 50_000);
  pass(100_000, 0);
  await read();
  expect(sets).toEqual([-61_000, 100_000]);
});

it('a machine that slept, or is steered by less than a second, has a clock that was not set', async () => {
  const { at, pass, read, sets } = machine();
  pass(3_600_000, 500, 3_600_000);
  await read();
  expect(await read()).toBe(at.wall);
  pass(1_900, 1_000);
  expect(await read()).toBe(at.wall);
  // Set by ten minutes after an hour of sleep
  pass(4_200_000, 0, 3_600_000);
  await read();
  expect(sets).toEqual([600_900]);
});
