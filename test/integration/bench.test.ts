import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { Report } from '../../bench/support/report.ts';

/** A quick run takes some ten seconds on an idle machine. */
const TIMEOUT_MS = 120_000;

const RUN = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

/** The rows of a quick run. */
async function runQuickly(name: string): Promise<Report['rows']> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'report.json');
  await promisify(execFile)(process.execPath, [RUN, name, '--quick', '--json', file], {
    timeout: TIMEOUT_MS,
  });
  return (JSON.parse(await readFile(file, 'utf8')) as Report).rows;
}

it(
  'the bench of the match runs, and the match finds what an exhaustive scan finds',
  async () => {
    const rows = await runQuickly('match');
    expect(new Set(rows.map((row) => row.case))).toEqual(new Set(['1k', '10k']));
    for (const metric of ['p50Ms', 'p99Ms', 'bidsPerSecond'])
      for (const row of rows.filter((each) => each.metric === metric)) {
        expect(row.value).toBeGreaterThan(0);
        expect(row.baseline?.value).toBeGreaterThan(0);
      }
    expect(rows.filter(({ metric }) => metric === 'mismatches').map(({ value }) => value)).toEqual([0, 0]);
  },
  TIMEOUT_MS,
);

it(
  'the bench of the command line runs, from a clone and as the package installs it',
  async () => {
    const rows = await runQuickly('cli');
    const cases = ['help', 'ps', 'run'].flatMap((name) => [name, `${name}-installed`]);
    expect(new Set(rows.map((row) => row.case))).toEqual(new Set(cases));
    for (const metric of ['ms', 'overEmptyNodeMs', 'firstMs'])
      expect(rows.filter((row) => row.metric === metric && row.value > 0)).toHaveLength(cases.length);
  },
  TIMEOUT_MS,
);
