// `npm test`: the checks, then one run of all tests. The last line of standard output is `N passed, N failed`, and
// nothing red can show 0 failed: a failed check, a failed file, an error that nobody caught and a run without tests
// count as failures too.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTS_PATH_VARIABLE, type Counts, type ProjectCounts } from './counts.ts';
import { run, showSeconds } from './run.ts';

const NO_COUNTS: Counts = { projects: [], unhandled: 0, interrupted: true };

/** Runs vitest and reads what its reporter wrote down. */
async function runTests(filters: readonly string[]): Promise<{ code: number; counts: Counts }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-test-'));
  const path = join(folder, 'counts.json');
  const reporters = ['--reporter=default', '--reporter=./tools/count-reporter.ts'];
  const { code } = await run(['vitest', 'run', ...reporters, ...filters], {
    output: 'inherit',
    env: { [COUNTS_PATH_VARIABLE]: path },
  });
  const counts = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as Counts,
    () => NO_COUNTS,
  );
  await rm(folder, { recursive: true, force: true });
  return { code, counts };
}

function sum(projects: readonly ProjectCounts[], field: 'passed' | 'failed'): number {
  return projects.reduce((total, project) => total + project[field], 0);
}

function countFailures(checkCode: number, testCode: number, counts: Counts): number {
  const { projects, unhandled, interrupted } = counts;
  const seen = sum(projects, 'failed') + unhandled + Number(interrupted);
  // Vitest says that something failed and no count shows it: a setup, a worker, vitest itself.
  const unseen = testCode !== 0 && seen === 0 ? 1 : 0;
  const empty = seen + unseen === 0 && sum(projects, 'passed') === 0 ? 1 : 0;
  return Number(checkCode !== 0) + seen + unseen + empty;
}

function showProject({ project, passed, failed, skipped, ms }: ProjectCounts): string {
  const skips = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${project.padEnd(12)} ${passed} passed, ${failed} failed${skips}  (${showSeconds(ms)})`;
}

const check = await run(['node', 'tools/check.ts'], { output: 'inherit' });
const { code, counts } = await runTests(process.argv.slice(2));
for (const project of counts.projects) console.log(showProject(project));
const failures = countFailures(check.code, code, counts);
console.log(`${sum(counts.projects, 'passed')} passed, ${failures} failed`);
if (failures > 0) process.exitCode = 1;
