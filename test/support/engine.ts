// vitest global setup: one container engine for the whole run, its address handed to the tests as `dockerHost`.
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { ensureEngine } from '../../src/cli/engine-setup/ensure-engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `unix:///…` or `tcp://…` */
    dockerHost: string;
  }
}

const projectDir = fileURLToPath(new URL('../..', import.meta.url));

/** Finds or starts the engine; the function returned ends its use. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await ensureEngine({ projectDir, line: () => {}, env: process.env });
  project.provide('dockerHost', engine.host);
  return () => engine.stop();
}
