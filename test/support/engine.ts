// vitest global setup: the container engines of the whole run, one for each file that runs at a time where the machine has none of
// its own. Their addresses are handed to the tests (docker-host.ts).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { type EnsuredEngine, ensureEngine } from '../../src/cli/engine-setup/ensure-engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `unix:///…` or `tcp://…`; one for each worker, or one for all. */
    dockerHosts: string[];
  }
}

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Finds or starts the engines; the function returned ends their use. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engines: EnsuredEngine[] = [];
  for (let worker = 0; worker < project.config.maxWorkers; worker += 1) {
    const projectDir = worker === 0 ? PROJECT : join(PROJECT, '.tallymesh', `worker-${worker + 1}`);
    await mkdir(projectDir, { recursive: true });
    engines.push(await ensureEngine({ projectDir, line: () => {}, env: process.env }));
  }
  project.provide(
    'dockerHosts',
    engines.map(({ host }) => host),
  );
  return async () => {
    // Each takes away what was not there before it
    for (const engine of engines.reverse()) await engine.stop();
  };
}
