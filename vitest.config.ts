// One run of all tests; the kinds are folders.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { firstAnswering, usualHosts } from './src/cli/engine-setup/answers.ts';

const SECOND_MS = 1_000;

interface Kind {
  readonly name: string;
  readonly timeoutMs: number;
  /**
   * How many files that speak to a container engine run at a time. Two on one engine would take cpus from each other: more than one
   * run only where each gets an engine of its own.
   */
  readonly engines?: number;
}

const KINDS: readonly Kind[] = [
  { name: 'unit', timeoutMs: 60 * SECOND_MS },
  { name: 'fuzz', timeoutMs: 60 * SECOND_MS },
  { name: 'attack', timeoutMs: 60 * SECOND_MS },
  { name: 'integration', timeoutMs: 60 * SECOND_MS },
  { name: 'contract', timeoutMs: 120 * SECOND_MS, engines: 1 },
  { name: 'e2e', timeoutMs: 300 * SECOND_MS, engines: 2 },
];

/** Somebody's engine is shared by all; without one, each worker gets its own. */
const isShared = (await firstAnswering(usualHosts(process.env))) !== undefined;

function projectOf({ name, timeoutMs, engines }: Kind, order: number) {
  const timeouts = { testTimeout: timeoutMs, hookTimeout: timeoutMs, teardownTimeout: 30 * SECOND_MS };
  // A busy machine is no failure
  const waits = { expect: { poll: { timeout: 20 * SECOND_MS, interval: 20 } } };
  const files = { include: [`test/${name}/**/*.test.ts`], passWithNoTests: true };
  const common = { name, ...files, ...timeouts, ...waits };
  if (engines === undefined) return { test: { ...common, maxWorkers: 2 } };
  const maxWorkers = isShared ? 1 : engines;
  const engine = { globalSetup: ['test/support/engine.ts'], maxWorkers, sequence: { groupOrder: order } };
  return { test: { ...common, ...engine } };
}

export default defineConfig({
  test: {
    projects: KINDS.map(projectOf),
    // Where `tally` keeps what it compiles, instead of in the home of whoever runs the tests.
    env: { XDG_CACHE_HOME: fileURLToPath(new URL('node_modules/.cache', import.meta.url)) },
    bail: 0,
    // A run without a test is no success: tools/test.ts counts.
    passWithNoTests: true,
  },
});
