// A vitest reporter that writes down the counts of a run; what people read comes from vitest's own.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';
import { COUNTS_PATH_VARIABLE, type Counts, type ProjectCounts } from './counts.ts';

export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const byProject = Map.groupBy(modules, ({ project }) => project.name);
    const counts: Counts = {
      projects: [...byProject].map(([project, files]) => countProject(project, files)),
      unhandled: unhandled.length,
      interrupted: reason === 'interrupted',
    };
    writeFileSync(process.env[COUNTS_PATH_VARIABLE] ?? 'test-counts.json', JSON.stringify(counts));
  }
}

function countProject(project: string, files: readonly TestModule[]): ProjectCounts {
  const tests = files.flatMap((file) => [...file.children.allTests()]);
  const inState = (state: string) => tests.filter((test) => test.result().state === state).length;
  const failedTests = inState('failed');
  return {
    project,
    passed: inState('passed'),
    failed: failedTests + files.filter(failedOutsideOfTests).length,
    // A test that never ran to its end stays pending: that is no pass, and no skip that anyone asked for.
    skipped: inState('skipped'),
    ms: files.reduce((sum, file) => sum + file.diagnostic().duration, 0),
  };
}

/** Whether a file, or a suite in it, failed by itself: an import, a hook, a describe that throws, a test left pending. */
function failedOutsideOfTests(file: TestModule): boolean {
  const suites = [...file.children.allSuites()];
  const pending = [...file.children.allTests()].some((test) => test.result().state === 'pending');
  return pending || [file, ...suites].some((each) => each.errors().length > 0);
}
