// Images that volunteers pull on a real engine that never had them: from Debian's registry, where a real engine pushed them, with a
// login; and either side killed while a layer is on its way.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { type PeerProcess, tally, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerAt, packBusybox, pushTo } from '../support/image.ts';
import { imageOf, savedEntries, type TestImage, tarOf, temporaryFolder } from '../support/images.ts';
import { findRegistry, runRegistry, TestRegistry } from '../support/registry.ts';
import {
  deploymentOf,
  killAndRestart,
  leaseOf,
  type Staged,
  setStage,
  untilObserved,
  WAIT,
} from '../support/stage.ts';

const LOGIN = { username: 'me', password: 'hush-hush-7Qm2' };
/** The same for the registry, by bcrypt. */
const HTPASSWD = 'me:$2y$05$abcdefghijklmnopqrstuu82IBy7fj2qdMFWqR/Q9SQn3NOq6/OXO';

const ALIVE = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do echo alive; sleep 1 & wait; done'];

let busybox: Buffer;
beforeAll(async () => {
  busybox = await packBusybox();
});

let image: TestImage;
let staged: Staged;
let volunteer: PeerProcess;
let tenant: PeerProcess;

beforeEach(async () => {
  const layer = tarOf([{ name: 'data/random', body: randomBytes(8 * MIB) }]);
  image = imageOf([busybox, layer], { config: { User: '1000', Cmd: ALIVE } });
  // After the stage is cleared, for what finishes last was asked for first
  onTestFinished(async () => {
    if (await isThere()) await engine().getImage(image.digest).remove({ force: true });
  });
  staged = await setStage(1);
  volunteer = staged.volunteers[0]!;
  tenant = staged.tenant;
});

const engine = () => dockerAt(staged.stage.env.DOCKER_HOST!);
const isThere = () =>
  engine()
    .getImage(image.digest)
    .inspect()
    .then(
      () => true,
      () => false,
    );

/** Lets the volunteer pull from a registry, in the place of its other offer, and waits until the tenant knows. */
async function offerPulls(host: string): Promise<void> {
  const { items } = await answerOf(volunteer.client.GET('/v1/offers', { params: { query: { limit: 10 } } }));
  for (const { series } of items)
    await volunteer.client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
  const size = ['--cpus', '0.2', '--memory', '256MiB', '--disk', '64MiB', '--price-cpu', '0.1'];
  const args = ['--home', volunteer.home, 'offer', ...size, '--sent-images', '0', '--pull', host];
  await tallyJson(args, staged.stage.env);
  const known = async () =>
    await tallyJson<Schemas['Offer'][]>(['--home', tenant.home, 'market'], staged.stage.env);
  await vi.waitFor(async () => expect((await known()).flatMap(({ pulls }) => pulls)).toEqual([host]), WAIT);
}

const RESOURCES = ['--cpus', '0.1', '--memory', '64MiB', '--disk', '16MiB', '--max-price', '1'];

describe('an image in a real registry', () => {
  it('is pushed by an engine and pulled by a volunteer, with the login that it is private by', async ({
    skip,
  }) => {
    const program = await findRegistry();
    if (program === undefined) return skip('apt has no docker-registry to give');
    const host = await runRegistry(program, HTPASSWD);
    const name = `${host}/team/app:1`;
    await engine().loadImage(tarStream(image, [name]));
    await pushTo(engine(), name, LOGIN);
    await engine().getImage(name).remove({ force: true });
    expect(await isThere()).toBe(false);

    await offerPulls(host);
    const file = join(await temporaryFolder(), 'login');
    await writeFile(file, `${LOGIN.username}:${LOGIN.password}\n`, { mode: 0o600 });
    const run = ['--home', tenant.home, '--json', 'run', '--pull', name, ...RESOURCES, '--detach'];
    const refused = await tally(run, staged.stage.env);
    expect(refused).toMatchObject({ code: 4, stdout: expect.stringContaining('REGISTRY_REFUSED') });
    const placed = await tally([...run, '--registry-auth', file], staged.stage.env);
    expect(placed).toMatchObject({ code: 0, stderr: expect.not.stringContaining(LOGIN.password) });
    const { id, image: ran } = JSON.parse(placed.stdout) as Schemas['Deployment'];
    expect(ran.digest).toBe(image.digest);
    await untilObserved(tenant, id, { state: 'running' });
    const { RepoTags, RepoDigests } = await engine().getImage(image.digest).inspect();
    // It is the peer's, by the peer's mark, and not the engine's own
    expect(RepoTags).toEqual([expect.stringMatching(new RegExp(`^tallymesh/.*:${volunteer.peer}$`))]);
    expect(RepoDigests ?? []).toEqual([]);
  });
});

describe('an image on its way from a registry', () => {
  let registry: TestRegistry;
  let name: string;
  let open: () => void;

  /** A registry that gives half of a layer, and the rest once it is told to; and a copy that waits for it. */
  async function begin(): Promise<string> {
    registry = await TestRegistry.open();
    const pushed = registry.push('team/app', '1', image, (tar) => tar);
    name = pushed.name;
    const gate = Promise.withResolvers<void>();
    open = gate.resolve;
    const held = image.tars[1]!;
    registry.trick = ({ url = '', headers: { range } }, response) => {
      if (!url.endsWith(pushed.blobs[1]!) || range !== undefined) return false;
      response.writeHead(200, { 'content-length': held.length });
      response.write(held.subarray(0, held.length / 2));
      void gate.promise.then(() => response.end(held.subarray(held.length / 2)));
      return true;
    };
    await offerPulls(registry.host);
    const resources = { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 16 * MIB };
    const bid = {
      image: name,
      pull: {},
      resources,
      maxPriceMicrocreditsPerHour: 1_000_000,
      durationMs: 600_000,
    };
    const { id } = (await placeBid(tenant.client, bid)).deployment;
    await vi.waitFor(async () => {
      const [copy] = (await deploymentOf(tenant, id)).instances;
      expect(copy).toMatchObject({ state: 'fetching' });
      expect(copy!.fetch!.bytes).toBeGreaterThan(held.length / 2);
    }, WAIT);
    return id;
  }

  /** What is charged is at most for the time since the copy was seen to run. */
  async function isChargedFairly(peer: PeerProcess, id: string): Promise<void> {
    const { lease, runningSinceMs = 0, incarnation } = (await deploymentOf(peer, id)).instances[0]!;
    const { upMs } = await leaseOf(peer, lease);
    expect(incarnation).toBe(1);
    expect(upMs).toBeLessThanOrEqual(Date.now() - runningSinceMs);
  }

  it('comes whole although its volunteer is killed, and nothing is charged before it runs', async () => {
    const id = await begin();
    await killAndRestart(staged.stage, volunteer);
    open();
    await untilObserved(tenant, id, { state: 'running' });
    await isChargedFairly(tenant, id);
    // The lower layer was whole: it stayed
    const lower = registry.asked.filter(({ path }) => path.endsWith(image.layers[0]!.diffId));
    expect(lower).toHaveLength(1);
  });

  it('comes whole although its tenant is killed: the registry is asked by the volunteer', async () => {
    const id = await begin();
    const again = await killAndRestart(staged.stage, tenant);
    open();
    await untilObserved(again, id, { state: 'running' });
    await isChargedFairly(again, id);
  });

  it('that breaks off is asked for the rest', async () => {
    const id = await begin();
    registry.breakOff();
    await untilObserved(tenant, id, { state: 'running' });
    const ranges = registry.asked.flatMap(({ range }) => range ?? []);
    expect(ranges).toHaveLength(1);
    expect(Number(/(\d+)/.exec(ranges[0]!)?.[1])).toBeGreaterThan(0);
  });
});

function tarStream(of: TestImage, names: readonly string[]) {
  return Readable.from([tarOf(savedEntries(of, names))]);
}
