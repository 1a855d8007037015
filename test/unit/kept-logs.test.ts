// What a tenant keeps of its copies' logs: when it fetches them, how much, and when it shows them.
import { beforeEach, describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Instance } from '../../src/market/tenant/deployment.ts';
import { type KeptLogRow, KeptLogs } from '../../src/market/tenant/logs/kept-logs.ts';
import {
  KEEP_LOG_MAX_MS,
  KEEP_LOG_MIN_MS,
  KEPT_LOG_CHARACTERS,
  KEPT_LOG_COPIES,
  KEPT_LOG_LINES,
  RETRY_MS,
} from '../../src/market/terms/parameters.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

let clock: HandClock;
let copies: Instance[];
let lines: string[];
let isGone: boolean;
/** Volunteers that no longer answer. */
let dead: Set<string>;
let asked: number;
let kept: KeptLogs;
const rows = () => memoryTable<KeptLogRow>();
let table: ReturnType<typeof rows>;

beforeEach(async () => {
  [clock, copies, lines, isGone, asked, table] = [
    new HandClock(NOW_MS),
    [copyOf(wanted())],
    ['a', 'b'],
    false,
    0,
    rows(),
  ];
  dead = new Set();
  kept = new KeptLogs(table, {
    ...{ clock, log: silentLog, deployments: { instances: () => copies } },
    calls: {
      async *feed(_: unknown, volunteer: string) {
        asked += 1;
        if (isGone || dead.has(volunteer)) throw new TallyError('PEER_SILENT');
        for (const text of lines) yield { stream: 'stdout', atMs: NOW_MS, text };
      },
    },
  } as unknown as ConstructorParameters<typeof KeptLogs>[1]);
  await kept.start();
});

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += RETRY_MS) await clock.move(RETRY_MS);
}

const change = (index: number, to: Partial<Instance['row']>) => {
  copies[index]!.row = { ...copies[index]!.row, ...to };
};

async function keptRows(): Promise<KeptLogRow[]> {
  const all: KeptLogRow[] = [];
  for await (const [, row] of table.entries()) all.push(row);
  return all;
}

async function read(tail = 100): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of kept.read(copies[0]!, tail, new AbortController().signal)) texts.push(text);
  return texts;
}

describe('the log of a copy', () => {
  it('is fetched soon after it runs, then more and more rarely', async () => {
    await pass(KEEP_LOG_MIN_MS - RETRY_MS);
    expect(asked).toBe(0);
    await pass(2 * RETRY_MS);
    expect(asked).toBe(1);
    await pass(3_600_000);
    expect(asked).toBeGreaterThan(3_600_000 / KEEP_LOG_MAX_MS - 2);
    expect(asked).toBeLessThan(3_600_000 / KEEP_LOG_MAX_MS + 8);
  });

  it('is fetched once more at its end, and then no more', async () => {
    await pass(60_000);
    lines = ['last words'];
    change(0, { state: 'failed', endedAtMs: clock.nowMs() });
    await pass(2 * RETRY_MS);
    const before = asked;
    await pass(3_600_000);
    expect(asked).toBe(before);
    isGone = true;
    expect((await read()).at(-1)).toBe('last words');
  });

  it('is that of the volunteer as long as it answers; then what was kept, after a line that says so', async () => {
    await pass(60_000);
    lines = ['a', 'b', 'c'];
    expect(await read()).toEqual(['a', 'b', 'c']);
    isGone = true;
    expect(await read(1)).toEqual([
      expect.stringMatching(/^\[tallymesh: .*PEER_SILENT.* own peer kept /),
      'b',
    ]);
  });

  it('is kept where a volunteer forgot it: nothing does not take the place of something', async () => {
    await pass(60_000);
    lines = [];
    change(0, { state: 'failed', endedAtMs: clock.nowMs() });
    await pass(60_000);
    expect((await read()).slice(1)).toEqual(['a', 'b']);
  });

  it('that nobody kept is refused as the volunteer refuses it', async () => {
    isGone = true;
    await expect(read()).rejects.toMatchObject({ code: 'PEER_SILENT' });
  });

  it('is bounded in lines and in characters', async () => {
    lines = Array.from({ length: 1_000 }, (_, i) => `line ${i}`);
    await pass(10_000);
    const [few] = await keptRows();
    expect(few!.lines).toHaveLength(KEPT_LOG_LINES);
    lines = Array.from({ length: 100 }, () => 'x'.repeat(60_000));
    await pass(60_000);
    const [wide] = await keptRows();
    const characters = wide!.lines.reduce((sum, { text }) => sum + text.length, 0);
    expect(characters).toBeGreaterThan(KEPT_LOG_CHARACTERS / 2);
    expect(characters).toBeLessThanOrEqual(KEPT_LOG_CHARACTERS);
  });

  it('is kept even if many copies before it have volunteers that are gone', async () => {
    const deployment = wanted();
    const ended = { state: 'failed', endedAtMs: clock.nowMs() };
    copies = Array.from({ length: 20 }, () => copyOf(deployment, ended));
    dead = new Set(copies.map(({ row }) => row.volunteer));
    copies.push(copyOf(deployment));
    await pass(60_000);
    expect(await keptRows()).toHaveLength(1);
  });

  it('is kept of so many copies and no more, and of none that is forgotten', async () => {
    const deployment = wanted();
    copies = Array.from({ length: KEPT_LOG_COPIES + 20 }, () => copyOf(deployment));
    await pass(300_000);
    const known = (await keptRows()).length;
    expect(known).toBeGreaterThan(KEPT_LOG_COPIES - 20);
    expect(known).toBeLessThanOrEqual(KEPT_LOG_COPIES + 8);
    copies = [];
    await pass(2 * RETRY_MS);
    expect(await keptRows()).toEqual([]);
  });
});
