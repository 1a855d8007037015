// Checks that the engine does not run any more: found by results that do not come.
import type Docker from 'dockerode';
import { beforeEach, expect, it } from 'vitest';
import { StalledChecks } from '../../src/runtime/docker/stalled-checks.ts';
import { CHECK_LOOK_GAP_MS, CHECK_SLACK_MS } from '../../src/runtime/parameters.ts';
import { HandClock } from '../support/hand-clock.ts';

const SECOND_MS = 1_000;
const CHECK = { Test: ['CMD', '/check'], Interval: 10_000 * 1e6, Timeout: 2_000 * 1e6 };
const PERIOD_MS = 12_000;
const LATE_MS = PERIOD_MS + CHECK_SLACK_MS;

let clock: HandClock;
let checks: StalledChecks;
beforeEach(() => {
  clock = new HandClock();
  checks = new StalledChecks(clock);
});

/** A container whose check had its last result at `End`. */
function container(End: string, change: object = {}, Healthcheck: object = CHECK) {
  const Health = { Status: 'healthy', FailingStreak: 0, Log: End === '' ? [] : [{ End }] };
  const State = { Running: true, Paused: false, StartedAt: 'first', Health, ...change };
  return { State, Config: { Healthcheck } } as unknown as Docker.ContainerInspectInfo;
}

/** Looks every second for so long; after how long each time it was said to be stalled. */
async function stalledIn(ms: number, look: () => Docker.ContainerInspectInfo): Promise<number[]> {
  const said: number[] = [];
  for (let passedMs = 0; passedMs <= ms; passedMs += SECOND_MS) {
    if (checks.isStalled('lease', look())) said.push(passedMs);
    await clock.move(SECOND_MS);
  }
  return said;
}

it('is said once, when a result is later than the times of the check allow', async () => {
  expect(await stalledIn(5 * LATE_MS, () => container('one'))).toEqual([LATE_MS + SECOND_MS]);
  // A result came: from then on the next one is waited for
  expect(await stalledIn(2 * LATE_MS, () => container('two'))).toEqual([LATE_MS + SECOND_MS]);
});

it('is also said of a check that never had a result, and of the next run of a container', async () => {
  expect(await stalledIn(2 * LATE_MS, () => container(''))).toHaveLength(1);
  expect(await stalledIn(2 * LATE_MS, () => container('', { StartedAt: 'second' }))).toHaveLength(1);
});

it('is not said while results come, however long that goes on', async () => {
  const each = () => container(String(Math.floor(clock.monotonicMs() / PERIOD_MS)));
  expect(await stalledIn(20 * PERIOD_MS, each)).toEqual([]);
});

it('is not said of a container that is paused, or does not run, or has no check', async () => {
  for (const change of [{ Paused: true }, { Running: false }, { Health: undefined }])
    expect(await stalledIn(3 * LATE_MS, () => container('one', change))).toEqual([]);
  for (const config of [{ Test: ['NONE'] }, {}])
    expect(await stalledIn(3 * LATE_MS, () => container('one', {}, config))).toEqual([]);
});

it('does not count time in which nobody could look, as while the engine stood still', async () => {
  expect(await stalledIn(LATE_MS - SECOND_MS, () => container('one'))).toEqual([]);
  await clock.move(CHECK_LOOK_GAP_MS + SECOND_MS);
  expect(await stalledIn(LATE_MS, () => container('one'))).toEqual([]);
  expect(await stalledIn(SECOND_MS, () => container('one'))).toHaveLength(1);
});

it('is said again of the same result once the engine was away, or it could not be mended', async () => {
  expect(await stalledIn(2 * LATE_MS, () => container('one'))).toHaveLength(1);
  checks.forgetAll();
  expect(await stalledIn(2 * LATE_MS, () => container('one'))).toHaveLength(1);
  checks.forget('lease');
  expect(await stalledIn(2 * LATE_MS, () => container('one'))).toHaveLength(1);
});
