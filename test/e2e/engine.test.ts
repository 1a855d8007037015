// What somebody does to containers and to the engine past the peer, on a real engine: what the tenant sees and when, what is
// charged, what is replaced, and what the tenant thinks of the volunteer. TALLYMESH_EXPERIMENTS_TABLE=FILE writes it all down.
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerOf, type Schemas } from '../../src/api/client.ts';
import { callContainer, end, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { processesWith } from '../../src/cli/engine-setup/processes.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import { dockerHost } from '../support/docker-host.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { deploymentOf, leaseOf, WAIT } from '../support/stage.ts';

const PAGE = { params: { query: { limit: 100 } } };
const GRACE_MS = 10_000;
const HOUR_MS = 3_600_000;
/** What the looks of both sides and the way between them may add to what is charged. */
const TOLERANCE_MS = 3_000;
const forever = new AbortController().signal;

let stage: Stage;
let engine: OwnEngine;
let host: PeerProcess;
let spare: PeerProcess;
let tenant: PeerProcess;
let image: string;

beforeAll(async () => {
  process.env.DOCKER_HOST = dockerHost();
  stage = new Stage();
  await stage.engine(() => {});
  image = await stage.application();
  engine = await OwnEngine.prepare();
  await engine.start({ liveRestore: true });
  const elsewhere = stage.env;
  const own = { ...elsewhere, DOCKER_HOST: engine.host };
  await engine.load(image, elsewhere);
  const acquaintance = await stage.peer('acquaintance', { offers: false });
  const bootstrap = acquaintance.addresses;
  spare = await stage.peer('spare', { bootstrap, offers: true });
  tenant = await stage.peer('tenant', { bootstrap, offers: false });
  stage.env = own;
  host = await stage.peer('host', { bootstrap, offers: true });
  await offer(host, own);
});

afterAll(async () => {
  await stage.clear();
  await engine.clear();
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(host.lastWords().join('\n'));
  const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
  for (const { id } of items) await end(tenant, id);
  const offers = await answerOf(spare.client.GET('/v1/offers', PAGE));
  for (const { series } of offers.items)
    await spare.client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
});

async function offer({ home }: PeerProcess, env: NodeJS.ProcessEnv): Promise<string> {
  const size = ['--cpus', '1', '--memory', '1GiB', '--disk', '256MiB', '--image', image];
  const args = ['--home', home, 'offer', ...size, '--price-cpu', '0.1'];
  return (await tallyJson<{ series: string }>(args, env)).series;
}

const known = async () => (await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items;
const offersOf = async ({ peer }: PeerProcess) =>
  (await known()).filter(({ volunteer }) => volunteer === peer);
const untilOffers = (peer: PeerProcess, count: number) =>
  vi.waitFor(async () => expect(await offersOf(peer)).toHaveLength(count), WAIT);

async function thought(): Promise<{ good: number; bad: number }> {
  const { items } = await answerOf(tenant.client.GET('/v1/trust', PAGE));
  const { good = 0, bad = 0 } = items.find(({ peer }) => peer === host.peer) ?? {};
  return { good, bad };
}

/** A copy on the host, which alone offers until then, and the spare's offer for what comes after. */
async function placed(graceMs = GRACE_MS) {
  await untilOffers(host, 1);
  await untilOffers(spare, 0);
  const { deployment } = await placeAndWait(tenant, image, forever, { graceMs });
  const [copy] = deployment.instances;
  expect(copy?.volunteer).toBe(host.peer);
  const lease = copy?.lease ?? '';
  await vi.waitFor(
    async () => expect((await leaseOf(tenant, lease)).chargedMicrocredits).toBeGreaterThan(0),
    WAIT,
  );
  await offer(spare, stage.env);
  await untilOffers(spare, 1);
  return {
    id: deployment.id,
    lease,
    container: `tallymesh-${lease}`,
    runningSinceMs: copy?.runningSinceMs ?? 0,
  };
}

type Placed = Awaited<ReturnType<typeof placed>>;

interface Outcome {
  readonly seenMs: number;
  readonly replacedMs: number | undefined;
  readonly chargedMs: number;
}

/** Waits for what the tenant is to see of the first copy, then for its replacement if there is to be one. */
async function follow(
  { id, lease }: Placed,
  wanted: { readonly seen: object; readonly replaced: boolean | 'anywhere' },
): Promise<Outcome> {
  const fromMs = Date.now();
  const copy = async () => (await deploymentOf(tenant, id)).instances[0];
  await vi.waitFor(async () => expect(await copy()).toMatchObject(wanted.seen), WAIT);
  const seenMs = Date.now() - fromMs;
  // Who is not to blame can be taken again
  const volunteer = wanted.replaced === 'anywhere' ? expect.any(String) : spare.peer;
  if (wanted.replaced)
    await vi.waitFor(
      async () =>
        expect(await deploymentOf(tenant, id)).toMatchObject({
          state: 'running',
          instances: [{}, { incarnation: 2, volunteer, state: 'running' }],
        }),
      WAIT,
    );
  const replacedMs = wanted.replaced ? Date.now() - fromMs : undefined;
  return { seenMs, replacedMs, chargedMs: chargedMs(await leaseOf(tenant, lease)) };
}

function chargedMs({ chargedMicrocredits, priceMicrocreditsPerHour }: Schemas['Lease']): number {
  return (chargedMicrocredits * HOUR_MS) / priceMicrocreditsPerHour;
}

/** Ends what an experiment left, and writes down what came of it. */
async function settle(
  name: string,
  { id, lease }: Placed,
  outcome: Outcome,
  before: { good: number; bad: number },
) {
  await end(tenant, id);
  await vi.waitFor(async () => expect((await deploymentOf(tenant, id)).state).toMatch(/ended|failed/), WAIT);
  await vi.waitFor(async () => expect((await leaseOf(host, lease)).state).toBe('ended'), WAIT);
  const charged = chargedMs(await leaseOf(tenant, lease));
  const after = await thought();
  const file = process.env.TALLYMESH_EXPERIMENTS_TABLE;
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`);
  const { cause } = await leaseOf(tenant, lease);
  const row = [name, cause, seconds(outcome.seenMs), seconds(outcome.replacedMs), seconds(charged)];
  const trust = `${before.good}/${before.bad} → ${after.good}/${after.bad}`;
  if (file !== undefined) await appendFile(file, `| ${[...row, trust].join(' | ')} |\n`);
  return { charged, after };
}

/** What was charged is at most the time from when it was seen to run to the deed. */
function expectFair(charged: number, { runningSinceMs }: Placed, deedMs: number): void {
  expect(charged).toBeLessThanOrEqual(deedMs - runningSinceMs + TOLERANCE_MS);
  expect(charged).toBeGreaterThan(0);
}

/** Ends the process that stands between containerd and a container. */
async function killShim(container: string): Promise<void> {
  const id = await engine.docker('inspect', '-f', '{{.Id}}', container);
  const shims = await processesWith(`-id ${id}`);
  expect(shims).toHaveLength(1);
  for (const pid of shims) process.kill(pid, 'SIGKILL');
}

describe('a container', () => {
  it.each([
    ['docker kill', (id: string) => engine.docker('kill', id), 'INSTANCE_KILLED'],
    ['docker stop', (id: string) => engine.docker('stop', '-t', '2', id), 'INSTANCE_KILLED'],
    // Whether the look comes before or after the removal, which ends it first
    [
      'docker rm -f',
      (id: string) => engine.docker('rm', '-f', id),
      expect.stringMatching(/^INSTANCE_(KILLED|LOST)$/),
    ],
    ['docker restart', (id: string) => engine.docker('restart', '-t', '1', id), 'INSTANCE_KILLED'],
  ])('that its owner ends by %s is replaced, paid up to then, and judged', async (name, deed, cause) => {
    const before = await thought();
    const copy = await placed();
    await deed(copy.container);
    const deedMs = Date.now();
    const outcome = await follow(copy, { seen: { state: 'failed', cause }, replaced: true });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    const { charged, after } = await settle(name, copy, outcome, before);
    expectFair(charged, copy, deedMs);
    expect(after.good).toBe(before.good);
    expect(await engine.docker('ps', '-aq', '--filter', `name=${copy.container}`)).toBe('');
  });

  it.each([
    [
      'a command that its owner runs in it',
      // Not waited for: it can be killed with the container before it has ended itself
      (id: string) => engine.docker('exec', '-d', id, '/bin/node', '-e', 'process.kill(1, 15)'),
    ],
    ['kill -9 of what holds it', killShim],
  ])('that ends by %s is replaced, paid up to then, and held against nobody', async (name, deed) => {
    const before = await thought();
    const copy = await placed();
    await deed(copy.container);
    const deedMs = Date.now();
    const outcome = await follow(copy, {
      seen: { state: 'failed', cause: 'ENDED_UNSEEN' },
      replaced: 'anywhere',
    });
    const { charged, after } = await settle(name, copy, outcome, before);
    expectFair(charged, copy, deedMs);
    expect(after.bad).toBe(before.bad);
  });

  it('that its owner pauses for longer than the grace is unknown, not charged, replaced, and judged', async () => {
    const before = await thought();
    const copy = await placed();
    await engine.docker('pause', copy.container);
    const deedMs = Date.now();
    const outcome = await follow(copy, {
      seen: { state: 'unknown', cause: 'INSTANCE_PAUSED' },
      replaced: true,
    });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    const { charged } = await settle('docker pause', copy, outcome, before);
    expectFair(charged, copy, deedMs);
  });
});

describe('an engine with live-restore', () => {
  it('that is killed, comes back, and whose containers are killed then, is charged for what ran', async () => {
    const before = await thought();
    const copy = await placed();
    await engine.kill();
    await engine.start({ liveRestore: true });
    await engine.docker('kill', copy.container);
    const deedMs = Date.now();
    const outcome = await follow(copy, {
      seen: { state: 'failed', cause: 'INSTANCE_KILLED' },
      replaced: true,
    });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    const { charged } = await settle('kill -9 of the engine, back, docker kill', copy, outcome, before);
    expectFair(charged, copy, deedMs);
  });

  it('that is away for less than the grace changes nothing', async () => {
    const before = await thought();
    const copy = await placed(30_000);
    await engine.kill();
    await pause(6_000);
    await engine.start({ liveRestore: true });
    const outcome = await follow(copy, { seen: { state: 'running' }, replaced: false });
    await vi.waitFor(async () => expect(await callContainer(tenant, copy.id)).not.toBe(''), WAIT);
    const { epochs } = await leaseOf(tenant, copy.lease);
    await vi.waitFor(
      async () => expect((await leaseOf(tenant, copy.lease)).epochs).toBeGreaterThan(epochs),
      WAIT,
    );
    expect((await deploymentOf(tenant, copy.id)).instances).toHaveLength(1);
    const { after } = await settle('engine away for 6 s', copy, outcome, before);
    expect(after.bad).toBe(before.bad);
  });

  it('that is away for longer than the grace has its copies replaced, and offers nothing meanwhile', async () => {
    const before = await thought();
    const copy = await placed();
    await engine.kill();
    const deedMs = Date.now();
    await untilOffers(host, 0);
    const outcome = await follow(copy, {
      seen: { state: 'unknown', cause: 'ENGINE_SILENT' },
      replaced: true,
    });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    await engine.start({ liveRestore: true });
    await untilOffers(host, 1);
    const { charged } = await settle('engine away', copy, outcome, before);
    expectFair(charged, copy, deedMs);
    await vi.waitFor(
      async () => expect(await engine.docker('ps', '-aq', '--filter', `name=${copy.container}`)).toBe(''),
      WAIT,
    );
  });

  it('that comes back with one cpu offers no more than that', async () => {
    await engine.stop();
    await engine.start({ liveRestore: true, cpus: 1 });
    const facts = await engine.docker('info', '-f', '{{.NCPU}}');
    expect(facts).toBe('1');
    const first = await placed();
    await vi.waitFor(
      async () => expect(await offersOf(host)).toMatchObject([{ resources: { cpuMillis: 800 } }]),
      WAIT,
    );
    await settle(
      'engine with one cpu',
      first,
      { seenMs: 0, replacedMs: undefined, chargedMs: 0 },
      await thought(),
    );
  });
});

const logOf = async (id: string) => {
  const url = `${tenant.apiUrl}/v1/deployments/${id}/logs`;
  return (await fetch(url, { headers: { authorization: `Bearer ${tenant.token}` } })).text();
};

describe('an engine that stands still while a copy is stopped', () => {
  /** A volunteer answers few calls a second. */
  const SELDOM = { ...WAIT, interval: 1_000 };
  const isThere = ({ container }: Placed) => engine.docker('ps', '-aq', '--filter', `name=${container}`);

  /** Stops a copy on a silent engine, until its volunteer has ended the lease. */
  async function stoppedInSilence(): Promise<Placed> {
    const copy = await placed();
    expect(await logOf(copy.id)).toContain('listening');
    engine.freeze();
    await end(tenant, copy.id);
    await vi.waitFor(async () => expect((await leaseOf(host, copy.lease)).state).toBe('ended'), WAIT);
    return copy;
  }

  afterEach(() => engine.thaw());

  it('loses no log, however long', async () => {
    const copy = await stoppedInSilence();
    // So that the next step would be the removal
    await vi.waitFor(
      () => expect(host.lastWords().join('\n')).toContain('failed to keep the log of a container'),
      WAIT,
    );
    engine.thaw();
    await vi.waitFor(async () => expect(await isThere(copy)).toBe(''), WAIT);
    await vi.waitFor(async () => expect(await logOf(copy.id)).toContain('listening'), SELDOM);
  });

  it('loses no log although its peer is killed meanwhile', async () => {
    const copy = await stoppedInSilence();
    process.kill(host.pid, 'SIGKILL');
    await host.stop();
    engine.thaw();
    host = await stage.again(host.peer);
    await vi.waitFor(async () => expect(await isThere(copy)).toBe(''), WAIT);
    await vi.waitFor(async () => expect(await logOf(copy.id)).toContain('listening'), SELDOM);
  });
});

describe('an engine whose disk is full', () => {
  afterEach(() => engine.emptyDisk());

  /** What becomes of a start that comes before its peer knows. */
  async function launchPast(): Promise<unknown> {
    const client = await openDockerEngine({ host: engine.host, log: silentLog });
    const limits = { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: MIB };
    const imageDigest = await engine.docker('image', 'inspect', '-f', '{{.Id}}', image);
    const spec = { peer: 'past', lease: 'past', incarnation: 1, imageDigest, limits, ports: [] };
    try {
      return await client.launch(spec, forever);
    } finally {
      await client.remove('past', forever);
      await client.close();
    }
  }

  it('starts nothing, which its peer knows at once: it offers nothing, and logs say what they may lack', async ({
    skip,
  }) => {
    if (!engine.hasOwnDisk) return skip('nobody may mount a disk here');
    const copy = await placed();
    const before = await thought();
    const health = async () =>
      (await answerOf(host.client.GET('/v1/health'))).problems.map(({ code }) => code);
    expect(await health()).toEqual([]);
    await engine.fillDisk();
    await vi.waitFor(async () => expect(await health()).toEqual(['ENGINE_DISK_FULL']), WAIT);
    await untilOffers(host, 0);
    await expect(launchPast()).rejects.toMatchObject({ code: 'ENGINE_DISK_FULL' });
    expect(await logOf(copy.id)).toMatch(/\[tallymesh: the disk of the engine was full/);
    const later = await placeAndWait(tenant, image, forever, { graceMs: GRACE_MS });
    expect(later.deployment.instances).toMatchObject([{ volunteer: spare.peer }]);
    await engine.emptyDisk();
    await untilOffers(host, 1);
    expect(await health()).toEqual([]);
    await end(tenant, copy.id);
    await vi.waitFor(async () => expect((await leaseOf(host, copy.lease)).state).toBe('ended'), WAIT);
    expect(await logOf(copy.id)).toMatch(/\[tallymesh: the disk of the engine was full/);
    expect((await thought()).bad).toBe(before.bad);
  });
});

describe('an engine without live-restore', () => {
  it('that is restarted takes its containers along: they are replaced, paid up to then, and judged', async () => {
    await engine.stop();
    await engine.start();
    const before = await thought();
    const copy = await placed();
    // An engine on its way out still tells that it ended its containers
    await engine.stop();
    const deedMs = Date.now();
    await engine.start();
    const outcome = await follow(copy, {
      seen: { state: 'failed', cause: expect.stringMatching(/^(ENGINE_STOPPED|INSTANCE_KILLED)$/) },
      replaced: true,
    });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    const { charged } = await settle('engine restarted', copy, outcome, before);
    expectFair(charged, copy, deedMs);
  });

  it('that is killed ends its containers at its next start: they are replaced, and that is not called a kill', async () => {
    await engine.stop();
    await engine.start();
    const before = await thought();
    const copy = await placed(60_000);
    await engine.kill();
    const deedMs = Date.now();
    await engine.start();
    const outcome = await follow(copy, {
      seen: { state: 'failed', cause: 'ENGINE_STOPPED' },
      replaced: true,
    });
    await vi.waitFor(async () => expect((await thought()).bad).toBe(before.bad + 1), WAIT);
    const { charged } = await settle('engine killed, back', copy, outcome, before);
    // What it was away for is not told from what ran
    expectFair(charged, copy, deedMs + outcome.seenMs);
  });

  it('that came back takes a command as its owner’s', async () => {
    await engine.kill();
    await engine.start();
    const copy = await placed();
    await engine.docker('kill', copy.container);
    const outcome = await follow(copy, {
      seen: { state: 'failed', cause: 'INSTANCE_KILLED' },
      replaced: true,
    });
    await settle('engine killed, back, docker kill', copy, outcome, await thought());
  });

  it('that comes after its peer is used as soon as it is there', async () => {
    await engine.stop();
    await host.stop();
    host = await stage.again(host.peer);
    expect((await answerOf(host.client.GET('/v1/health'))).engine).toBe('down');
    await engine.start();
    await untilOffers(host, 1);
    const copy = await placed();
    await settle(
      'engine after the peer',
      copy,
      { seenMs: 0, replacedMs: undefined, chargedMs: 0 },
      await thought(),
    );
  });
});
