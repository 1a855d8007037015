// How much a container may write: time is passed in, and what a look counts is made up.
import { describe, expect, it } from 'vitest';
import {
  firstLook,
  isFlood,
  type Loudness,
  nextLook,
  queryAt,
} from '../../src/market/volunteer/watches/flood.ts';
import { countOutput } from '../../src/runtime/docker/logs.ts';
import type { Output } from '../../src/runtime/engine.ts';
import { dockerFrame } from '../support/docker-frame.ts';

const PERIOD_MS = 1_000;
const NO_LINE = { beganAtMs: 0, bytes: 0 };
const QUIET = { lines: 0, bytes: 0, open: NO_LINE };
const LOUD = { lines: 2_001, bytes: 8_004, open: NO_LINE };
const BIG = { lines: 30, bytes: 300_000, open: NO_LINE };

/** After looks at a container that wrote so much in each period. */
function looksAt(periods: readonly Omit<Output, 'lastAtMs'>[], periodMs = PERIOD_MS): Loudness {
  let loudness = firstLook({ ...QUIET, lastAtMs: 0 }, 0);
  for (const [i, period] of periods.entries())
    loudness = nextLook(loudness, { ...period, lastAtMs: i + 1 }, (i + 1) * periodMs);
  return loudness;
}
const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);

describe('a container', () => {
  it.each([
    ['lines', LOUD],
    ['bytes', BIG],
  ])('that writes too many %s for ten seconds is a flood, and not a look earlier', (_, loud) => {
    expect(isFlood(looksAt(times(9, loud)))).toBe(false);
    expect(isFlood(looksAt(times(10, loud)))).toBe(true);
  });

  it('that writes as much as it may is none, however long', () => {
    expect(isFlood(looksAt(times(100, { ...QUIET, lines: 2_000, bytes: 256 * 1_024 })))).toBe(false);
  });

  it('that writes in bursts is none as long as they take less than ten seconds of a minute', () => {
    const minute = [...times(9, LOUD), ...times(51, QUIET)];
    expect(isFlood(looksAt([...minute, ...minute, ...minute]))).toBe(false);
    expect(isFlood(looksAt([...minute.slice(0, -1), LOUD]))).toBe(true);
  });

  it('that pauses in between does not get away with it', () => {
    const taking = [...times(5, LOUD), QUIET, QUIET, ...times(4, LOUD), QUIET];
    expect(isFlood(looksAt(taking))).toBe(false);
    expect(isFlood(looksAt([...taking, LOUD]))).toBe(true);
  });

  describe('that writes a line without an end', () => {
    const keeping = (...bytes: number[]) =>
      bytes.map((each) => ({ ...QUIET, open: { beganAtMs: 5, bytes: each } }));

    it('is a flood when much is added, or the engine has let go of the beginning', () => {
      const bytes = [600_000, 1_200_000, 1_900_000, 1_100_000, 1_700_000];
      expect(isFlood(looksAt(keeping(...bytes, ...bytes, ...bytes)))).toBe(true);
    });

    it('is none when little is added, or nothing, or the line ends', () => {
      const slow = Array.from({ length: 50 }, (_, i) => 1_000_000 + 16_384 * i);
      expect(looksAt(keeping(...slow)).loud).toEqual([]);
      expect(looksAt(keeping(...times(50, 1_900_000))).loud).toEqual([]);
      expect(looksAt([...keeping(1_900_000), QUIET]).loud).toEqual([]);
    });
  });

  it('that nobody could look at for a minute is not taken for loud all that time', () => {
    const burst = { ...QUIET, lines: 1_000_000, bytes: 4_000_000_000 };
    expect(isFlood(looksAt([burst], 60_000))).toBe(false);
  });

  it('is measured by the time that passed: what is loud in a second is not so in ten', () => {
    expect(looksAt([LOUD]).loud).toHaveLength(1);
    expect(looksAt([LOUD], 10_000).loud).toEqual([]);
  });
});

describe('a look', () => {
  it('asks for what was written since the last one, and for no more lines than make it loud', () => {
    expect(queryAt(looksAt([QUIET, QUIET]), 3 * PERIOD_MS)).toEqual({ sinceMs: 2, lines: 2_001 });
  });

  it('the first time only finds where the output stands', () => {
    const loudness = firstLook({ lines: 1, bytes: 5, lastAtMs: 77, open: NO_LINE }, 1_000);
    expect(loudness).toEqual({ lookedAtMs: 1_000, lastLineAtMs: 77, open: NO_LINE, loud: [] });
  });

  it('goes on from the latest line, though pieces of one that began earlier came after it', () => {
    const before = looksAt([QUIET, QUIET]);
    expect(nextLook(before, { ...QUIET, lastAtMs: 1 }, 3 * PERIOD_MS).lastLineAtMs).toBe(2);
  });

  it('remembers no more than a minute', () => {
    expect(looksAt(times(500, LOUD)).loud.length).toBe(60);
  });
});

describe('a part of a Docker log', () => {
  const SECOND = Date.parse('2026-11-22T23:56:01Z');
  const count = (frames: readonly Buffer[], sinceMs: number) =>
    countOutput(Buffer.concat([...frames]), SECOND + sinceMs);

  it('counts from a time on, and may be too short as long as its first line counts', async () => {
    const frames = [1, 2, 3].map((atMs) => dockerFrame('y\n', atMs));
    const output = { lines: 2, bytes: 10, lastAtMs: SECOND + 3, open: NO_LINE };
    expect(await count(frames, 1)).toEqual({ output, mayBeMore: false });
    expect(await count(frames.slice(1), 1)).toEqual({ output, mayBeMore: true });
    expect(await count([], 0)).toMatchObject({ output: { lines: 0, lastAtMs: 0 }, mayBeMore: false });
  });

  it('knows a line that has not ended by its stream, whatever the other one wrote meanwhile', async () => {
    const frames = [
      dockerFrame('a\n', 1),
      dockerFrame('xxx', 2),
      dockerFrame('oh\n', 4, 'stderr'),
      dockerFrame('xx', 2),
    ];
    const { output, mayBeMore } = await count(frames, 4);
    expect(output).toEqual({
      ...{ lines: 0, bytes: 0, lastAtMs: SECOND + 4 },
      open: { beganAtMs: SECOND + 2, bytes: 9 },
    });
    expect(mayBeMore).toBe(false);
    expect((await count(frames.slice(1), 4)).mayBeMore).toBe(true);
    expect((await count([...frames, dockerFrame('x\n', 2)], 4)).output.open).toEqual(NO_LINE);
  });
});
