// The fake passes the same contract as Docker, and does what tests ask of it.
import { describe, expect, it } from 'vitest';
import { MIB } from '../../src/lib/units.ts';
import type { ContainerSpec } from '../../src/runtime/engine.ts';
import type { FakeProgram } from '../../src/runtime/fake/fake-container.ts';
import { createFakeEngine, type FakeEngine, type FakeImage } from '../../src/runtime/fake/fake-engine.ts';
import type { FakeRun } from '../../src/runtime/fake/fake-exec.ts';
import { someLayer } from '../support/images.ts';
import { RUNS } from '../support/sessions.ts';
import { engineContract, expectCode } from './engine.ts';

const signal = new AbortController().signal;

/** The engine of the suite, for programs that end themselves. */
let running: FakeEngine;

/** Prints the number of the run it is in. */
function counter(): FakeProgram {
  let runs = 0;
  return {
    get prints() {
      runs += 1;
      return [{ stream: 'stdout' as const, text: String(runs) }];
    },
    exits: { code: 5 },
  };
}

/** Programs that are run beside those of containers. */
const BESIDE: Record<string, FakeRun> = {
  ...RUNS,
  async where({ spec, write }) {
    await write('stdout', `${spec.env?.GIVEN} ${spec.folder}\n`);
    return 0;
  },
};

const PROGRAMS: Record<string, FakeProgram> = {
  idle: { runs: BESIDE },
  echo: { ports: { 7000: (socket) => socket.pipe(socket) } },
  finish: {
    prints: [
      { stream: 'stdout', text: 'first' },
      { stream: 'stdout', text: 'second' },
      { stream: 'stderr', text: 'third' },
    ],
    exits: { code: 3 },
  },
  manyLines: {
    prints: Array.from({ length: 600 }, (_, i) => ({ stream: 'stdout', text: `${i + 1}` })),
    exits: { code: 0 },
  },
  writer: { writes: { bytes: 3 * MIB + 4_096, files: 22 } },
  longLine: { prints: [{ stream: 'stdout', text: 'a'.repeat(20_000) }], exits: { code: 0 } },
};

const plain: FakeImage = {
  digest: `sha256:${'1'.repeat(64)}`,
  names: ['plain:latest'],
  run: ({ command, lease }) => {
    if (command?.[0] === 'counter') return counter();
    if (command?.[0] === 'finishLater') return { ports: { 7000: () => running.end(lease, 4) } };
    return PROGRAMS[command?.[0] ?? 'idle'] ?? {};
  },
};
const checked: FakeImage = { ...plain, digest: `sha256:${'3'.repeat(64)}`, names: [], hasCheck: true };
const root: FakeImage = {
  ...plain,
  digest: `sha256:${'2'.repeat(64)}`,
  names: ['root:latest'],
  user: 'root',
};

engineContract('The fake', async () => {
  const engine = createFakeEngine({ images: [plain, root, checked] });
  running = engine;
  const workload = (name: string) => ({ imageDigest: plain.digest, command: [name] });
  return {
    open: async () => engine.reopen(),
    dispose: async () => {},
    imageName: 'plain:latest',
    base: async () => someLayer('base'),
    owner: {
      kill: async (lease) => engine.kill(lease),
      stop: async (lease) => engine.kill(lease),
      start: async (lease) => engine.startAnew(lease),
      erase: async (lease) => engine.erase(lease),
      pause: async (lease) => engine.hold(lease, 'paused'),
      reduce: async (lease) => engine.reduce(lease),
    },
    checkSays: async (lease, health) =>
      engine.setHealth(
        lease,
        health,
        health === 'unhealthy' ? 'exit code 1: no such file: /none' : undefined,
      ),
    commands: {
      ...{ cat: ['cat'], both: ['both'], wait: ['wait'], flood: ['flood'], where: ['where'], size: ['size'] },
    },
    others: async (lease) => engine.executions(lease),
    workloads: {
      finishLater: workload('finishLater'),
      counter: workload('counter'),
      checked: { imageDigest: checked.digest, command: ['idle'] },
      idle: workload('idle'),
      echo: workload('echo'),
      finish: workload('finish'),
      longLine: workload('longLine'),
      manyLines: workload('manyLines'),
      root: { imageDigest: root.digest },
      writer: workload('writer'),
    },
  };
});

describe('The fake engine', () => {
  const spec: ContainerSpec = {
    peer: 'peer',
    lease: 'lease',
    incarnation: 1,
    imageDigest: plain.digest,
    limits: { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 },
    ports: [],
  };

  it('fails the next launch as it is told, and only that one', async () => {
    const engine = createFakeEngine({ images: [plain] });
    engine.failNextLaunch('NETWORK_POOL_EXHAUSTED');
    await expectCode(engine.launch(spec, signal), 'NETWORK_POOL_EXHAUSTED');
    expect((await engine.launch(spec, signal)).state).toBe('running');
  });

  it('ends an instance as it is told', async () => {
    const engine = createFakeEngine({ images: [plain] });
    await engine.launch(spec, signal);
    engine.end('lease', 137, true);
    const end = await engine.inspect('lease', signal);
    expect(end).toMatchObject({ state: 'exited', exitCode: 137, outOfMemory: true });
    expect(await engine.ending('lease', signal)).toBe('memory');
  });

  it('reports the use that it is told', async () => {
    const engine = createFakeEngine({ images: [plain] });
    await engine.launch(spec, signal);
    engine.setUsage('lease', { cpuMilliseconds: 12, memoryBytes: 34 });
    expect(await engine.usage('lease', signal)).toEqual({ cpuMilliseconds: 12, memoryBytes: 34 });
  });

  it('follows lines that are printed later', async () => {
    const engine = createFakeEngine({ images: [plain] });
    await engine.launch(spec, signal);
    const lines = engine.logs('lease', { follow: true }, signal)[Symbol.asyncIterator]();
    const next = lines.next();
    engine.print('lease', 'stderr', 'late');
    expect((await next).value).toMatchObject({ stream: 'stderr', text: 'late' });
    engine.end('lease', 0);
    expect((await lines.next()).done).toBe(true);
  });

  it('answers nothing while it is down, and takes its containers along when it is shut down', async () => {
    const engine = createFakeEngine({ images: [plain] });
    await engine.launch(spec, signal);
    engine.shutDown();
    await expectCode(engine.inspect('lease', signal), 'ENGINE_UNREACHABLE');
    await expectCode(engine.facts(signal), 'ENGINE_UNREACHABLE');
    engine.comeUp({ cpuMillis: 1_000 });
    expect(await engine.facts(signal)).toMatchObject({ cpuMillis: 1_000 });
    expect(await engine.ending('lease', signal)).toBe('engine');
  });
});
