// Restarts and health on a real engine, with `kill -9` of either side and of the engine in their midst: the same container goes
// on with its data, and nothing is charged that did not run.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Schemas } from '../../src/api/client.ts';
import { end, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { buildFrom, dockerAt } from '../support/image.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { costOf, deploymentOf, kill, leaseOf, untilObserved, WAIT } from '../support/stage.ts';

const PORT = 8080;
const forever = new AbortController().signal;

/** What the looks of both sides and the way between them may add to what is charged. */
const TOLERANCE_MS = 3_000;

/**
 * Counts its runs in a file. `/end` ends it with code 3; with `/ends/3` it also ends at the beginning of the next three runs.
 * `/ill` makes it unwell until it is started anew.
 */
const PROGRAM = `
const fs = require('node:fs');
const read = (name) => { try { return Number(fs.readFileSync('/data/' + name)); } catch { return 0; } };
const runs = read('runs') + 1;
fs.writeFileSync('/data/runs', String(runs));
const left = read('left');
if (left > 0) { fs.writeFileSync('/data/left', String(left - 1)); process.exit(3); }
let isIll = false;
require('node:http').createServer((request, response) => {
  const [, word, count] = request.url.split('/');
  if (word === 'ill') isIll = true;
  response.writeHead(word === 'health' && isIll ? 500 : 200, { connection: 'close' });
  response.end(String(runs), () => {
    if (word === 'ends') fs.writeFileSync('/data/left', count);
    if (word === 'ends' || word === 'end') process.exit(3);
  });
}).listen(${PORT});
`;

const CHECK = {
  ...{ kind: 'http', port: PORT, path: '/health' },
  ...{ intervalMs: 1_000, timeoutMs: 2_000, retries: 2, startPeriodMs: 10_000 },
} as const;

let stage: Stage;
let engine: OwnEngine;
let host: PeerProcess;
let tenant: PeerProcess;
let image: string;
let hostEnv: NodeJS.ProcessEnv;

beforeAll(async () => {
  process.env.DOCKER_HOST = inject('dockerHost');
  stage = new Stage();
  await stage.engine(() => {});
  const name = await stage.application();
  engine = await OwnEngine.prepare();
  await engine.start({ liveRestore: true });
  await engine.load(name, stage.env);
  // With a folder in which its user may write
  image = `${name}-data`;
  await buildFrom(dockerAt(engine.host), name, image, ['COPY --chown=1000:1000 Dockerfile /data/']);
  const acquaintance = await stage.peer('acquaintance', { offers: false });
  const bootstrap = acquaintance.addresses;
  tenant = await stage.peer('tenant', { bootstrap, offers: false });
  hostEnv = { ...stage.env, DOCKER_HOST: engine.host };
  stage.env = hostEnv;
  host = await stage.peer('host', { bootstrap, offers: true });
  const size = ['--cpus', '1', '--memory', '1GiB', '--disk', '256MiB', '--image', image];
  await tallyJson(['--home', host.home, 'offer', ...size, '--price-cpu', '0.1'], hostEnv);
});

afterAll(async () => {
  await stage.clear();
  await engine.clear();
});

interface Placed {
  readonly id: string;
  readonly lease: string;
  /** The container, in the engine's word. */
  readonly container: string;
  readonly sinceMs: number;
}

/** One copy of the program; ended after its test. */
async function withCopy(change: object, use: (placed: Placed) => Promise<void>): Promise<void> {
  const sinceMs = performance.now();
  const { deployment } = await vi.waitFor(
    () => placeAndWait(tenant, image, forever, { command: ['/bin/node', '-e', PROGRAM], ...change }),
    WAIT,
  );
  const { id, instances } = deployment;
  const lease = instances[0]!.lease;
  try {
    await use({ id, lease, container: await containerOf(lease), sinceMs });
  } catch (error) {
    const container = await containerOf(lease);
    if (container !== '') console.error(await engine.docker('logs', '--tail', '20', container));
    console.error(host.lastWords().join('\n'));
    throw error;
  } finally {
    await end(tenant, id);
    await vi.waitFor(async () => expect(await containerOf(lease)).toBe(''), WAIT);
  }
}

const containerOf = (lease: string) =>
  engine.docker('ps', '-aq', '--no-trunc', '--filter', `label=tallymesh.lease=${lease}`);

/** The status and the body of a call through the tenant's peer. */
async function call(path: string, id: string): Promise<string> {
  const answer = await fetch(`${tenant.apiUrl}/v1/deployments/${id}/http/${PORT}/${path}`, {
    headers: { authorization: `Bearer ${tenant.token}` },
    signal: AbortSignal.timeout(10_000),
  });
  return `${answer.status} ${await answer.text()}`;
}

const untilAnswers = (id: string, expected: RegExp | string) =>
  vi.waitFor(async () => expect(await call('', id)).toMatch(expected), WAIT);
const copyOf = async (id: string): Promise<Schemas['Instance']> =>
  (await deploymentOf(tenant, id)).instances[0]!;
const untilLease = (lease: string, expected: Partial<Schemas['Lease']>) =>
  vi.waitFor(async () => expect(await leaseOf(host, lease)).toMatchObject(expected), WAIT);

/** What the volunteer asks for a lease is no more than for the time since its start, less what it was down. */
async function expectFair({ lease, sinceMs }: Placed, downMs: number): Promise<void> {
  const asked = await leaseOf(host, lease);
  const mostMs = performance.now() - sinceMs - downMs + TOLERANCE_MS;
  expect(asked.upMs).toBeLessThanOrEqual(mostMs);
  expect(asked.chargedMicrocredits + asked.unsignedMicrocredits).toBeLessThanOrEqual(costOf(asked, mostMs));
}

async function killHost(): Promise<void> {
  await kill(host);
  stage.env = hostEnv;
}
async function startHost(): Promise<void> {
  stage.env = hostEnv;
  host = await stage.again(host.peer);
}

const ALWAYS = { restart: { policy: 'always' } };

describe('a container that ends', () => {
  it('is started once more with its data in its lease, by its own volunteer, and is reached again', async () => {
    await withCopy(ALWAYS, async (placed) => {
      const { id, lease, container } = placed;
      await untilAnswers(id, '200 1');
      await call('end', id);
      await untilLease(lease, { state: 'running', restarts: 1, exitCode: 3 });
      await untilAnswers(id, '200 2');
      expect(await containerOf(lease)).toBe(container);
      await vi.waitFor(
        async () => expect(await copyOf(id)).toMatchObject({ restarts: 1, exitCode: 3 }),
        WAIT,
      );
      // Somebody else's start is no restart
      await engine.docker('restart', '-t', '0', container);
      await untilLease(lease, { state: 'ended', cause: 'INSTANCE_KILLED' });
    });
  });

  it('while its volunteer is killed in the midst of a wait is started by the next process, once', async () => {
    await withCopy(ALWAYS, async (placed) => {
      const { id, lease, container } = placed;
      await untilAnswers(id, '200 1');
      await call('ends/2', id);
      // After 1 and 2 s it is down for 4 s
      await untilLease(lease, { state: 'restarting', restarts: 2 });
      const downMs = performance.now();
      await killHost();
      expect(await engine.docker('ps', '-q')).toBe('');
      await startHost();
      await untilLease(lease, { state: 'running', restarts: 3 });
      const wasDownMs = performance.now() - downMs;
      await untilAnswers(id, '200 4');
      expect(await containerOf(lease)).toBe(container);
      await expectFair(placed, wasDownMs);
    });
  });

  it('while its volunteer is dead is found, and restarted', async () => {
    await withCopy(ALWAYS, async (placed) => {
      const { id, lease, container } = placed;
      await untilAnswers(id, '200 1');
      const upMs = performance.now() - placed.sinceMs;
      await call('end', id);
      await killHost();
      await vi.waitFor(async () => expect(await engine.docker('ps', '-q')).toBe(''), WAIT);
      await startHost();
      await untilLease(lease, { state: 'running', restarts: 1 });
      await untilAnswers(id, '200 2');
      expect(await containerOf(lease)).toBe(container);
      await expectFair(placed, performance.now() - placed.sinceMs - upMs - 2 * TOLERANCE_MS);
    });
  });

  it('while the engine is killed is restarted by the engine that comes after it; what runs then stays in its run', async () => {
    await withCopy(ALWAYS, async (placed) => {
      const { id, lease, container } = placed;
      await untilAnswers(id, '200 1');
      await call('ends/2', id);
      await untilLease(lease, { state: 'restarting', restarts: 2 });
      await engine.kill();
      await engine.start({ liveRestore: true });
      await untilLease(lease, { state: 'running', restarts: 3 });
      await untilAnswers(id, '200 4');
      // An engine that is killed leaves it running: that is no new run
      await engine.kill();
      await engine.start({ liveRestore: true });
      await untilLease(lease, { state: 'running', restarts: 3 });
      await untilAnswers(id, '200 4');
      expect(await containerOf(lease)).toBe(container);
    });
  });
});

describe('a container that its engine ends', () => {
  it('because the engine was killed, without live-restore, is started once more in its lease', async () => {
    await engine.stop();
    await engine.start();
    try {
      await withCopy({ ...ALWAYS, graceMs: 60_000 }, async ({ id, lease, container }) => {
        await untilAnswers(id, '200 1');
        await engine.kill();
        await engine.start();
        await untilLease(lease, { state: 'running', restarts: 1 });
        await untilAnswers(id, '200 2');
        expect(await containerOf(lease)).toBe(container);
      });
    } finally {
      await engine.stop();
      await engine.start({ liveRestore: true });
    }
  });
});

describe('a copy with a check', () => {
  it('that becomes ill gets no calls, is restarted in its lease, and is called again', async () => {
    await withCopy({ health: CHECK }, async ({ id, lease, container }) => {
      await untilObserved(tenant, id, { instances: [{ state: 'running', health: 'healthy' }] });
      expect(await call('ill', id)).toBe('200 1');
      await vi.waitFor(
        async () => expect(await call('', id)).toMatch(/^(503|409) .*DEPLOYMENT_(UNHEALTHY|NOT_RUNNING)/),
        WAIT,
      );
      await untilAnswers(id, '200 2');
      expect(await copyOf(id)).toMatchObject({ health: 'healthy', restarts: 1, incarnation: 1 });
      expect(await containerOf(lease)).toBe(container);
    });
  });

  it('by a command in the container is told apart from what its owner does there', async () => {
    const probe = `fetch('http://localhost:${PORT}/health').then((a) => process.exit(a.ok ? 0 : 1))`;
    const command = ['/bin/node', '-e', probe];
    const check = { kind: 'exec', command, intervalMs: 5_000, retries: 1, startPeriodMs: 0 };
    await withCopy({ health: check }, async ({ id, lease }) => {
      await untilObserved(tenant, id, { instances: [{ state: 'running', health: 'healthy' }] });
      await call('end', id);
      await untilLease(lease, { state: 'ended', cause: 'EXITED', exitCode: 3 });
    });
  });

  it('is kept out of calls by a tenant that was killed, and its volunteer restarts it though it was killed as well', async () => {
    // So long between two probes that both are killed while it is ill
    const slow = { ...CHECK, retries: 8 };
    await withCopy({ health: slow }, async (placed) => {
      const { id, lease, container } = placed;
      await untilObserved(tenant, id, { instances: [{ state: 'running', health: 'healthy' }] });
      await call('ill', id);
      await killHost();
      await startHost();
      // The next process does not know yet how it is, and then finds out
      await vi.waitFor(async () => expect((await copyOf(id)).health).toMatch(/^(starting|unhealthy)$/), WAIT);
      await kill(tenant);
      tenant = await stage.again(tenant.peer);
      expect(await call('', id)).toMatch(/^(503|409) .*DEPLOYMENT_(UNHEALTHY|NOT_RUNNING)/);
      await untilAnswers(id, '200 2');
      expect(await copyOf(id)).toMatchObject({ health: 'healthy', restarts: 1, incarnation: 1 });
      expect(await containerOf(lease)).toBe(container);
      await expectFair(placed, 0);
    });
  });
});
