// The tenant's verbs as a person types them, against real peers whose engine is in memory.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { showCredits } from '../../src/lib/amounts.ts';
import { TallyError } from '../../src/lib/errors.ts';
import type { ContainerSpec } from '../../src/runtime/engine.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { imageOf, savedEntries, someLayer, tarOf, temporaryFolder } from '../support/images.ts';
import { IMAGE, OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import { TestRegistry } from '../support/registry.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const LINES = Array.from({ length: 30 }, (_, i) => ({ stream: 'stdout' as const, text: `line ${i}` }));

/** A container prints, and ends at once when its command is `exit CODE`; otherwise it waits. */
function engine() {
  return createFakeEngine({
    images: [
      {
        ...{ digest: IMAGE.digest, names: [IMAGE.name], user: '1000' },
        run: ({ command = [], env = {} }) => ({
          prints: [
            ...LINES,
            ...Object.entries(env).map(([name, value]) => ({
              stream: 'stdout' as const,
              text: `${name}=${value}`,
            })),
          ],
          ...(command[0] === 'exit' ? { exits: { code: Number(command[1]) } } : {}),
        }),
      },
    ],
  });
}

const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 4_000, maxAwayMs: 2_000 } };

async function market(
  credit = {},
  hosted = engine(),
  offered: object = { images: [IMAGE.name] },
): Promise<{
  host: TestPeer;
  tenant: TestPeer;
  type: (...args: string[]) => ReturnType<typeof tally>;
}> {
  const host = await startPeer({ engine: hosted, settings: { ...settings, credit } });
  const body = { resources: OFFERED, ...offered };
  await answerOf(host.client.POST('/v1/offers', { body }));
  const tenant = await startPeer({ bootstrap: [host], settings });
  await vi.waitFor(
    async () => expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1),
    POLL,
  );
  return { host, tenant, type: (...args) => tally({}, '--home', tenant.home, ...args) };
}

const SMALL = ['--cpus', '0.1', '--memory', '16MiB'];

describe('tally run', () => {
  it('says of a container that ends at once how it ended and what it wrote last, with an exit code of its own', async () => {
    const { type } = await market();
    const { code, said } = await type('run', IMAGE.name, ...SMALL, '--', 'exit', '3');
    expect({ code, said }).toMatchObject({ code: 6 });
    expect(said).toMatch(/failed \(EXITED, exit code 3\)/);
    expect(said).toMatch(/line 29/);
    expect(said).not.toMatch(/line 9\b/);
    const done = await type('run', IMAGE.name, ...SMALL, '--', 'exit', '0');
    expect(done).toMatchObject({ code: 0 });
    expect(done.said).toMatch(/ended \(EXITED, exit code 0\)/);
  });

  it('says how long the credit lasts where it covers a part of the time, and nothing of it where it covers all', async () => {
    const long = ['--cpus', '1', '--memory', '64MiB', '--for', '1d'];
    const { type } = await market({ newcomerShare: 0.05 });
    const short = await type('run', IMAGE.name, ...long);
    expect(short.said).toMatch(/credit +…\w{8} lends this peer enough for about [\d.]+ (?:s|m|h)/);
    expect(short.said).toMatch(/npx tallymesh trust add/);
    const { type: typeFree } = await market({ policy: 'free' });
    const free = await typeFree('run', IMAGE.name, ...long);
    expect(free.said).toMatch(/running/);
    expect(free.said).not.toMatch(/lends this peer/);
  });

  it('shows the agreed price and the charge of a container that has ended, and no call that nothing can answer', async () => {
    const { type } = await market();
    const { said } = await type('run', '--port', '8080', IMAGE.name, ...SMALL, '--', 'exit', '0');
    const [, agreed = ''] = /price +(0\.\d+ cr)\/h, of at most/.exec(said) ?? [];
    expect(said).toMatch(/charged +[\d.]+ cr, signed by both sides/);
    expect(agreed).not.toBe('');
    expect(said).not.toMatch(/at risk|curl/);
    expect((await type('ps', '--all')).said).toContain(`${agreed}/h`);
  });

  it('says of a container that was out of memory that it failed, whatever its exit code is', async () => {
    const { host, type } = await market();
    const running = type('run', IMAGE.name, ...SMALL);
    const leases = async () => (await answerOf(host.client.GET('/v1/leases', PAGE))).items;
    await vi.waitFor(async () => expect(await leases()).toMatchObject([{ state: 'running' }]), POLL);
    host.engine!.end((await leases())[0]!.id, 0, true);
    expect(await running).toMatchObject({
      code: 6,
      said: expect.stringMatching(/OUT_OF_MEMORY, exit code 0(.|\n)*failed whatever its exit code is/),
    });
    expect((await type('run', '--help')).said).toMatch(/has failed \(OUT_OF_MEMORY\), whatever its/);
  });

  it('shows the charge of the last receipt, which comes after the end of the container', async () => {
    const { host, tenant, type } = await market();
    const running = type('run', IMAGE.name, ...SMALL);
    const leaseOf = async ({ client }: TestPeer) =>
      (await answerOf(client.GET('/v1/leases', PAGE))).items[0]!;
    // Less than an epoch, so that the only receipt is the last
    await vi.waitFor(async () => expect((await leaseOf(host)).upMs).toBeGreaterThan(200), POLL);
    host.engine!.end((await leaseOf(host)).id, 0);
    const { said } = await running;
    const { chargedMicrocredits, unsignedMicrocredits } = await leaseOf(host);
    expect({ unsignedMicrocredits }).toEqual({ unsignedMicrocredits: 0 });
    expect(chargedMicrocredits).toBeGreaterThan(0);
    expect(said).toMatch(new RegExp(`charged +${showCredits(chargedMicrocredits)}, signed by both sides\n`));
    expect(await leaseOf(tenant)).toMatchObject({ chargedMicrocredits, unsignedMicrocredits: 0 });
  });

  it('watches a container for some seconds after it runs, and not with --detach', async () => {
    const { host, type } = await market();
    const running = type('run', IMAGE.name, ...SMALL);
    const leases = async () => (await answerOf(host.client.GET('/v1/leases', PAGE))).items;
    await vi.waitFor(async () => expect(await leases()).toMatchObject([{ state: 'running' }]), POLL);
    host.engine!.end((await leases())[0]!.id, 5);
    expect(await running).toMatchObject({
      code: 6,
      said: expect.stringMatching(/exit code 5(.|\n)*line 29/),
    });
    const detached = await type('run', '--detach', IMAGE.name, ...SMALL);
    expect(detached).toMatchObject({ code: 0, said: expect.stringMatching(/state +running/) });
  });

  it('ends once it has watched a container that goes on running', async () => {
    const { type } = await market();
    const { code, said } = await type('run', IMAGE.name, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringMatching(/state +running/) });
  });

  it('refuses a second living deployment of one name, and takes the name once the first has ended', async () => {
    const { type } = await market();
    await type('run', '--detach', '--name', 'web', IMAGE.name, ...SMALL);
    const second = await type('run', '--detach', '--name', 'web', IMAGE.name, ...SMALL);
    expect(second).toMatchObject({ code: 4, said: expect.stringMatching(/DEPLOYMENT_NAME_TAKEN/) });
    await type('stop', 'web');
    expect(await type('run', '--detach', '--name', 'web', IMAGE.name, ...SMALL)).toMatchObject({ code: 0 });
  });
});

describe('tally run --root', () => {
  const launched: ContainerSpec[] = [];
  const run = (spec: ContainerSpec) => {
    launched.push(spec);
    return {};
  };
  const granting = () =>
    createFakeEngine({
      images: [{ digest: IMAGE.digest, names: [IMAGE.name], user: '0', run }],
      facts: { isRootGranted: true },
    });

  it('finds nothing where no volunteer lets containers be root, and says what would help', async () => {
    const { type } = await market();
    const { code, said } = await type('run', '--root', IMAGE.name, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 5 });
    expect(said).toMatch(/privileges +1 +its containers do not have the rights/);
    expect(said).toMatch(/an image that does not need root \(no --root\) would do +1/);
  });

  it('runs as root where that is granted, and the dry run says how many more offers there would be without it', async () => {
    const { tenant, type } = await market({}, granting());
    const other = await startPeer({ engine: engine(), settings, bootstrap: [tenant] });
    await answerOf(other.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
    await vi.waitFor(async () => {
      const { said } = await type('run', '--dry-run', '--root', IMAGE.name, ...SMALL);
      expect(said).toMatch(/root: without it 1 offer more would fit/);
    }, POLL);
    expect((await type('run', '--dry-run', IMAGE.name, ...SMALL)).said).not.toMatch(/root/);
    const { code, said } = await type('run', '--detach', '--root', IMAGE.name, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringMatching(/state +running/) });
    expect(launched.map(({ privileges }) => privileges)).toEqual(['root']);
    const { items } = await answerOf(tenant.client.GET('/v1/market/offers', PAGE));
    expect(items.map(({ privileges, storage }) => [privileges.join(), storage.limit]).sort()).toEqual([
      ['user,root', 'watched'],
      ['user', 'watched'],
    ]);
  });
});

describe('what tally run prints', () => {
  it('has a call that can be typed, the limit that applied, and what it may write', async () => {
    const { tenant, type } = await market();
    const { said } = await type('run', '--detach', '--port', '8080', IMAGE.name, ...SMALL);
    expect(said).toMatch(/price +0\.\d+ cr\/h, of at most 0\.2 cr\/h/);
    expect(said).toMatch(/disk +512 MiB for all that it writes/);
    expect(said).toMatch(/call +http:\/\/[a-z2-7]{12}\.localhost:\d+\//);
    expect(said).not.toContain((await readFile(join(tenant.home, 'token'), 'utf8')).trim());
  });

  it('sends the variables of a file, and those of --env before them', async () => {
    const { tenant, type } = await market();
    const file = join(tenant.home, 'secrets.env');
    await writeFile(file, '# for tests\nA=of the file\nB=of the file\n');
    const args = ['--env-file', file, '--env', 'B=typed', IMAGE.name, ...SMALL];
    const { said } = await type('run', ...args, '--', 'exit', '3');
    expect(said).toMatch(/A=of the file\n +B=typed/);
    await writeFile(file, 'A\n');
    const wrong = await type('run', ...args);
    expect(wrong).toMatchObject({ code: 2, said: expect.stringMatching(/secrets\.env: Line 1 /) });
  });

  it('says of an offer that is too large what is left', async () => {
    const { host } = await market();
    const { code, said } = await tally({}, '--home', host.home, 'offer', '--cpus', '3');
    expect({ code, said }).toMatchObject({ code: 4 });
    expect(said).toMatch(/free on the engine: 2 cpus, 6 GiB of memory/);
  });
});

describe('tally logs and ps', () => {
  const BID = {
    ...{ image: IMAGE.name, name: 'web', maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
    resources: { cpuMillis: 100, memoryBytes: 16 * 2 ** 20, diskBytes: 0, gpus: 0 },
  };
  const untilState = ({ client }: TestPeer, id: string, state: string) =>
    vi.waitFor(
      async () =>
        expect(
          await answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } })),
        ).toMatchObject({
          state,
        }),
      POLL,
    );

  it('take the latest deployment of a name, one that lives before those that have ended', async () => {
    const { tenant, type } = await market();
    const place = async (command: string[]) =>
      (await placeBid(tenant.client, { ...BID, command })).deployment.id;
    const first = await place(['exit', '1']);
    await untilState(tenant, first, 'failed');
    const second = await place(['exit', '2']);
    await untilState(tenant, second, 'failed');
    expect((await type('--json', 'stop', 'web')).said).toContain(second);
    expect(await type('logs', 'web', '--tail', '1')).toMatchObject({ code: 0, said: 'line 29\n' });
    const living = await place([]);
    await untilState(tenant, living, 'running');
    expect(await type('logs', 'web', '--tail', '1')).toMatchObject({ code: 0, said: 'line 29\n' });
    const { said } = await type('ps', '--all');
    expect(said).toMatch(new RegExp(`${second.slice(0, 12)} +web .*failed \\(EXITED, exit code 2\\)`));
    expect((await type('--json', 'stop', 'web')).said).toContain(living);
  });

  it('show the lines that the own peer kept where the volunteer is gone, and say so', async () => {
    const { host, tenant, type } = await market();
    const read = vi.spyOn(host.engine!, 'logs');
    const { id } = (await placeBid(tenant.client, BID)).deployment;
    await untilState(tenant, id, 'running');
    await vi.waitFor(() => expect(read).toHaveBeenCalled(), POLL);
    // Asked for later over the same connection, so that what came before has arrived
    expect((await type('logs', 'web', '--tail', '1')).said).toBe('line 29\n');
    await host.peer.stop();
    const { code, said } = await type('logs', 'web', '--tail', '2');
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(said).toMatch(/\[tallymesh: .* your own peer kept /);
    expect(said).toMatch(/line 28\nline 29\n/);
  });
});

describe('verbs that take a peer', () => {
  it('take the end of its id as the market shows it, before a lease with it is over', async () => {
    const { host, type } = await market();
    const end = `…${host.peer.peer.slice(-8)}`;
    expect((await type('market')).said).toContain(end);
    await type('run', '--detach', IMAGE.name, ...SMALL);
    for (const verb of [['ledger', 'proof'], ['credit'], ['trust', 'why'], ['trust', 'add']])
      expect(await type(...verb, end)).toMatchObject({
        code: 0,
        said: expect.stringContaining(end.slice(1)),
      });
    expect(await type('ledger', 'proof', '…nobody0')).toMatchObject({
      code: 4,
      said: expect.stringMatching(/NOT_FOUND/),
    });
  });
});

describe('the list of deployments', () => {
  it('names volumes, where there are any', async () => {
    const { type } = await market();
    await type('run', '--detach', '--name', 'plain', IMAGE.name, ...SMALL);
    expect((await type('ps')).said).not.toContain('VOLUMES');
    await type('stop', 'plain');
    await type(
      'run',
      '--detach',
      '--name',
      'web',
      '-v',
      'data:/var/data',
      '-v',
      'media:/media',
      IMAGE.name,
      ...SMALL,
    );
    const { said } = await type('ps');
    expect(said).toMatch(/VOLUMES\n.*web .* data media$/m);
  });
});

describe('a copy that has no place', () => {
  const ALL = ['--cpus', '2', '--memory', '2GiB'];

  it('is shown with who refused and whom to ask, where the volunteer lends no more', async () => {
    const { tenant, type } = await market({ newcomerShare: 0.0001 });
    await type('run', '--detach', '--name', 'web', IMAGE.name, ...ALL);
    const asks = new RegExp(`npx tallymesh trust add ${tenant.peer.peer} --credit`);
    await vi.waitFor(async () => {
      const { said } = await type('ps');
      expect(said).toMatch(/web .*placing \(REFUSED_CREDIT\)/);
      expect(said).toMatch(asks);
    }, POLL);
    const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
    expect(items).toMatchObject([
      { state: 'placing', cause: 'REFUSED_CREDIT', waiting: { refusals: [{ code: 'REFUSED_CREDIT' }] } },
    ]);
    const another = await type('run', IMAGE.name, ...ALL);
    expect(another).toMatchObject({ code: 4, said: expect.stringMatching(asks) });
    await type('stop', 'web');
    expect((await type('ps', '--all')).said).not.toMatch(asks);
  });

  it('says that a volunteer never gets two copies, where that is what bars its replacement', async () => {
    const { host, type } = await market();
    await type('run', '--detach', '--name', 'web', '--grace', '10s', IMAGE.name, ...SMALL);
    const [lease] = (await answerOf(host.client.GET('/v1/leases', PAGE))).items;
    host.engine!.hold(lease!.id, 'paused');
    await vi.waitFor(async () => {
      const { said } = await type('ps');
      expect(said).toMatch(/web .*placing \(NOTHING_MATCHED\)/);
      expect(said).toMatch(/spread +1 +.*a volunteer never gets two copies/);
    }, POLL);
  });
});

describe('a container that does not start', () => {
  it('says the reason of the engine, at once and in its log', async () => {
    const broken = engine();
    vi.spyOn(broken, 'launch').mockRejectedValue(
      new TallyError('INSTANCE_START_FAILED', { reason: 'exec: "nosuch": not found' }),
    );
    const { type } = await market({}, broken);
    const { code, said } = await type('run', '--name', 'web', IMAGE.name, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 6 });
    expect(said).toMatch(/failed \(INSTANCE_START_FAILED\)(.|\n)*exec: "nosuch": not found/);
    expect((await type('logs', 'web')).said).toMatch(/did not start .*exec: "nosuch": not found/);
  });

  it('for want of root is tried once on each volunteer, and explained', async () => {
    const rooted = createFakeEngine({
      images: [{ digest: IMAGE.digest, names: [IMAGE.name], user: '0', run: () => ({}) }],
    });
    // No offer lists such an image; one that runs whatever its engine holds may have it
    const { tenant, type } = await market({}, rooted, { anyImage: true });
    const { code, said } = await type('run', `${IMAGE.name}@${IMAGE.digest}`, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 6 });
    expect(said).toMatch(/failed \(IMAGE_NEEDS_ROOT\)/);
    expect(said).toMatch(/Give the image another user/);
    const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
    expect(items[0]!.instances).toHaveLength(1);
  });
});

describe('wrong usage of run', () => {
  it('says that "--" comes before the command of the container, where this has options', async () => {
    const { code, said } = await tally({}, 'run', 'web', 'sh', '-c', 'ls');
    expect({ code, said }).toMatchObject({ code: 2 });
    expect(said).toMatch(/unknown option '-c'(.|\n)*Write "--" before the command of the container/);
    expect((await tally({}, 'run', 'web', '--cpus', 'many')).said).not.toContain('Write "--"');
  });
});

describe('an image that nobody has', () => {
  const own = imageOf([someLayer('app', 50_000)], { config: { User: '1000' } });

  async function archived(): Promise<string> {
    const file = join(await temporaryFolder(), 'mine.tar');
    await writeFile(file, tarOf(savedEntries(own)));
    return file;
  }

  it('is pushed to a volunteer by the end of its id, listed there, and removed', async () => {
    const { host, type } = await market({ policy: 'free' });
    await type('images', 'add', await archived(), '--name', 'mine:1');
    const pushed = await type('images', 'push', 'mine:1', '--to', host.peer.peer.slice(-8));
    expect(pushed).toMatchObject({ code: 0, said: expect.stringContaining(`held: ${own.digest}`) });
    const typeAtHost = (...args: string[]) => tally({}, '--home', host.home, ...args);
    const digits = own.digest.slice('sha256:'.length, 'sha256:'.length + 12);
    expect((await typeAtHost('images', 'cached')).said).toMatch(new RegExp(`${digits} .* no`));
    expect(await typeAtHost('images', 'cached', '--remove', 'abc')).toMatchObject({ code: 4 });
    expect(await typeAtHost('images', 'cached', '--remove', digits)).toMatchObject({ code: 0 });
    expect((await typeAtHost('images', 'cached')).said).toMatch(/No image of a tenant is here/);
  });

  it('is told with the ways to have one, of which a name with a registry has one more', async () => {
    const { type } = await market();
    const unknown = await type('run', 'nosuch:1', ...SMALL);
    expect(unknown).toMatchObject({ code: 4, said: expect.stringContaining('IMAGE_NOT_FOUND') });
    for (const way of ['docker build', 'images add FILE', 'run --pull']) expect(unknown.said).toContain(way);
    expect(unknown.said).not.toContain('This name has a registry');
    for (const dryRun of [[], ['--dry-run']]) {
      const { said } = await type('run', ...dryRun, 'registry.example/nosuch:1', ...SMALL);
      expect(said).toMatch(/IMAGE_NOT_FOUND.*This name has a registry, registry\.example: with --pull/);
    }
  });

  it('is told to be of a registry that no offer pulls from, where it was to be pulled', async () => {
    const registry = await TestRegistry.open();
    const { name } = registry.push('app', '1', own);
    const { type } = await market();
    const { code, said } = await type('run', '--pull', ...SMALL, name);
    expect({ code, said }).toMatchObject({ code: 5 });
    expect(said).toContain(`it does not pull from ${registry.host}`);
    expect(said).toMatch(/an image of a registry that the offer names.* would do/);
  });

  it('is read from a file under a name, and whoever forgets the name is told so', async () => {
    const { type } = await market();
    const file = await archived();
    const forgot = await type('images', 'add', file);
    expect(forgot).toMatchObject({ code: 2, said: expect.stringContaining('for a file give --name') });
    const tagged = await type('images', 'add', 'app:1', '--tag', 'x:1');
    expect(tagged).toMatchObject({ code: 2, said: expect.stringContaining('for a file give --name') });
    const none = await type('images', 'add', 'nosuch:1');
    expect(none).toMatchObject({ code: 4, said: expect.stringContaining('OFFER_WITHOUT_ENGINE') });
    const removed = await type('images', 'remove', 'nosuch:1');
    expect(removed).toMatchObject({ code: 4, said: expect.stringContaining('IMAGE_NOT_KEPT') });
  });

  it('is chosen by its tag from an archive of several, whose names are shown', async () => {
    const { type } = await market();
    const file = join(await temporaryFolder(), 'two.tar');
    const other = imageOf([someLayer('other')]);
    const [first, second] = [savedEntries(own, ['a:1']), savedEntries(other, ['b:1'])];
    const listed = [first, second].flatMap((entries) => {
      const manifest = entries.find(({ name }) => name === 'manifest.json');
      return JSON.parse(String(manifest?.body));
    });
    const blobs = [...first, ...second].filter(({ name }) => name !== 'manifest.json');
    const manifest = { name: 'manifest.json', body: Buffer.from(JSON.stringify(listed)) };
    await writeFile(file, tarOf([...blobs, manifest]));
    const unclear = await type('images', 'add', file, '--name', 'mine:1');
    expect(unclear).toMatchObject({ code: 4, said: expect.stringMatching(/--tag NAME(.|\n)*a:1\n.*b:1/) });
    expect(await type('images', 'add', file, '--name', 'mine:1', '--tag', 'b:1')).toMatchObject({ code: 0 });
  });

  it('is refused ahead of a run by a volunteer that does not lend to whoever sends it', async () => {
    const { host, type } = await market();
    await type('images', 'add', await archived(), '--name', 'mine:1');
    const refused = await type('images', 'push', 'mine:1', '--to', host.peer.peer);
    expect(refused).toMatchObject({ code: 4, said: expect.stringContaining('REFUSED_CREDIT') });
    const unknown = await type('images', 'push', 'nothing:1', '--to', host.peer.peer);
    expect(unknown).toMatchObject({ code: 4, said: expect.stringContaining('IMAGE_NOT_HELD') });
  });

  it('is pulled by a volunteer with the login of a file or of the environment, and never one of the command line', async () => {
    const registry = await TestRegistry.open();
    const { name } = registry.push('app', '1', own);
    const wanted = `Basic ${Buffer.from('me:hush').toString('base64')}`;
    registry.trick = ({ headers }, response) => {
      if (headers.authorization === wanted) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return true;
    };
    const { tenant, type } = await market({}, engine(), { pulls: [registry.host] });
    const run = ['run', '--pull', '--detach', ...SMALL, name];
    expect(await type(...run)).toMatchObject({ code: 4, said: expect.stringContaining('REGISTRY_REFUSED') });
    const file = join(await temporaryFolder(), 'login');
    await writeFile(file, 'hush');
    const wrong = await type(...run, '--registry-auth', file);
    expect(wrong).toMatchObject({ code: 2, said: expect.stringContaining('write one line user:password') });
    expect(wrong.said).not.toContain('hush');
    await writeFile(file, 'me:hush');
    expect(await type(...run, '--registry-auth', file)).toMatchObject({ code: 0 });
    const env = { TALLY_REGISTRY_AUTH: 'me:hush' };
    expect(await tally(env, '--home', tenant.home, ...run)).toMatchObject({ code: 0 });
    expect((await type('market', '--images')).said).toContain(`those of ${registry.host}`);
  });
});
