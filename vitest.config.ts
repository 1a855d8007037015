// One run of all tests; the kinds are folders.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;

interface Kind {
  readonly name: string;
  readonly timeoutMs: number;
  /** Whether the tests speak to a container engine, which two files at a time would slow down for each other. */
  readonly engine?: boolean;
}

const KINDS: readonly Kind[] = [
  { name: 'unit', timeoutMs: 60 * SECOND_MS },
  { name: 'fuzz', timeoutMs: 60 * SECOND_MS },
  { name: 'attack', timeoutMs: 60 * SECOND_MS },
  { name: 'integration', timeoutMs: 60 * SECOND_MS },
  { name: 'contract', timeoutMs: 120 * SECOND_MS, engine: true },
  { name: 'e2e', timeoutMs: 300 * SECOND_MS, engine: true },
];

function projectOf({ name, timeoutMs, engine = false }: Kind, order: number) {
  const timeouts = { testTimeout: timeoutMs, hookTimeout: timeoutMs, teardownTimeout: 30 * SECOND_MS };
  // A busy machine is no failure
  const waits = { expect: { poll: { timeout: 20 * SECOND_MS, interval: 20 } } };
  const files = { include: [`test/${name}/**/*.test.ts`], passWithNoTests: true };
  const alone = { globalSetup: ['test/support/engine.ts'], maxWorkers: 1, sequence: { groupOrder: order } };
  return { test: { name, ...files, ...timeouts, ...waits, ...(engine ? alone : { maxWorkers: 2 }) } };
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
