// Volumes, secrets and files on a real engine: what a container sees, where a planted secret is found, and what is left when either
// side is killed while it travels.
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import type { PeerProcess } from '../../src/cli/demo/peer-process.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerHost } from '../support/docker-host.ts';
import { folderWith } from '../support/folders.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { inside } from '../support/inside.ts';
import { OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import {
  containersOf,
  deploymentOf,
  kill,
  killAndRestart,
  type Staged,
  setStage,
  untilObserved,
  WAIT,
} from '../support/stage.ts';

const run = promisify(execFile);
const host = dockerHost();
const docker = dockerAt(host);
const isRoot = process.getuid?.() === 0;
const PAGE = { params: { query: { limit: 100 } } };
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Files below these folders that hold a text, memory and what is mounted left out; only those that are new. */
async function filesWith(text: string, folders: readonly string[]): Promise<string[]> {
  const wanted = ['-xdev', '-type', 'f', '-size', '-65536k', '-newermt', '-30 minutes'];
  const grep = ['-exec', 'grep', '-l', '-a', '-F', text, '{}', '+'];
  const found = await run('find', [...folders, ...wanted, ...grep], { maxBuffer: 16 * MIB }).catch(
    (failed: { stdout: string }) => failed,
  );
  return found.stdout.split('\n').filter(Boolean);
}

describe('a planted secret', () => {
  it.skipIf(!isRoot)(
    'is in the memory of its container, and in no other place, while it runs and after',
    async () => {
      const image = `tallymesh-test-${randomUUID()}:secret`;
      await importBusybox(docker, image, ['USER 1000']);
      onTestFinished(() => docker.getImage(image).remove());
      const planted = `planted-${randomUUID()}`;
      const lines: string[] = [];
      const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
      const lender = await startPeer({ settings: { engine: { use: 'auto', host } }, log });
      const offer = { resources: { ...OFFERED, cpuMillis: 1_000 }, images: [image] };
      await vi.waitFor(() => answerOf(lender.client.POST('/v1/offers', { body: offer })), WAIT);
      const tenant = await startPeer({ bootstrap: [lender], log });
      await vi.waitFor(async () => {
        expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1);
      }, WAIT);
      const { deployment } = await placeBid(tenant.client, {
        ...{ image, command: ['/bin/sh', '-c', 'while :; do sleep 1; done'] },
        resources: { cpuMillis: 100, memoryBytes: 32 * MIB, diskBytes: 32 * MIB },
        secrets: [{ name: 'pw', base64: base64(planted) }],
        files: [{ path: '/etc/app.conf', base64: base64(`password = ${planted}\n`) }],
        ...{ maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
      });
      const seen = async () =>
        answerOf(tenant.client.GET('/v1/deployments/{id}', { params: { path: { id: deployment.id } } }));
      await vi.waitFor(async () => expect(await seen()).toMatchObject({ state: 'running' }), WAIT);
      const [copy] = (await seen()).instances;
      const lease = copy!.lease;
      expect(await inside(docker, lease, 'cat /run/secrets/pw /etc/app.conf')).toContain(
        `${planted}password = ${planted}`,
      );

      const { DockerRootDir } = (await docker.info()) as { DockerRootDir: string };
      const folders = [lender.home, tenant.home, DockerRootDir, tmpdir()];
      const everywhere = async () => {
        const said = [lines.join(''), await answersOf(tenant), await answersOf(lender)];
        const inspected = await docker
          .getContainer(`tallymesh-${lease}`)
          .inspect()
          .catch(() => 'gone');
        said.push(
          JSON.stringify([inspected, await docker.listContainers({ all: true }), await docker.listVolumes()]),
        );
        return said.join('\n');
      };
      const running = await everywhere();
      expect(running).toContain('/run/secrets');
      for (const form of [planted, base64(planted).slice(0, -4)]) {
        expect(running).not.toContain(form);
        expect(await filesWith(form, folders)).toEqual([]);
      }
      // The search finds what is there
      await inside(
        docker,
        lease,
        'cp /run/secrets/pw /tmp/told 2>/dev/null || cat /run/secrets/pw >/tmp/told',
      );
      expect(await filesWith(planted, folders)).toContainEqual(expect.stringContaining('told'));
      await inside(docker, lease, 'rm /tmp/told');

      await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: deployment.id } } });
      await vi.waitFor(async () => expect(await seen()).toMatchObject({ state: 'ended' }), WAIT);
      await vi.waitFor(async () => expect(await leftOf(lease)).toEqual([]), WAIT);
      const after = await everywhere();
      expect(after).not.toContain(planted);
      expect(await filesWith(planted, folders)).toEqual([]);
      expect(lines.join('')).toContain('a lease ended');
    },
  );
});

/** What the API and the metrics of a peer say. */
async function answersOf({ client, peer, token }: TestPeer): Promise<string> {
  const answers = await Promise.all([
    ...[client.GET('/v1/deployments', PAGE), client.GET('/v1/leases', PAGE), client.GET('/v1/events', PAGE)],
  ]);
  const metrics = await fetch(`${peer.apiUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return JSON.stringify(answers.map(({ data }) => data)) + (await metrics.text());
}

/** Containers, volumes and mounts of a lease, or of a peer. */
async function leftOf(name: string): Promise<string[]> {
  const containers = await docker.listContainers({ all: true });
  const { Volumes } = await docker.listVolumes();
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
  const labelled = [
    ...containers.map(({ Names, Labels }) => JSON.stringify([Names, Labels])),
    ...(Volumes ?? []).map(({ Name, Labels }) => JSON.stringify([Name, Labels])),
  ];
  return [...labelled, ...mounts].filter((each) => each.includes(name));
}

describe('what fills a volume', () => {
  const LARGE_BYTES = 160 * MIB;

  async function placed({ tenant, image }: Staged): Promise<string> {
    const source = await folderWith({ 'index.html': 'of the tenant' });
    await writeFile(join(source, 'large'), randomBytes(LARGE_BYTES));
    const { deployment } = await placeBid(tenant.client, {
      ...{ image, volumes: [{ name: 'data', path: '/data', source }] },
      secrets: [{ name: 'pw', base64: base64('hunter2') }],
      resources: { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 512 * MIB },
      ...{ maxPriceMicrocreditsPerHour: 1_000_000, durationMs: 600_000 },
    });
    return deployment.id;
  }

  async function untilOnItsWay(tenant: PeerProcess, id: string): Promise<void> {
    await vi.waitFor(async () => {
      const [copy] = (await deploymentOf(tenant, id)).instances;
      expect(copy).toMatchObject({ state: 'fetching' });
      expect(copy!.fetch!.ofBytes).toBeGreaterThan(LARGE_BYTES - MIB);
    }, WAIT);
  }

  /** The mounts of the container of the latest copy, as the engine says them. */
  async function mountsOf({ instances }: Schemas['Deployment']): Promise<string[]> {
    const { Mounts } = await docker.getContainer(`tallymesh-${instances.at(-1)!.lease}`).inspect();
    return Mounts.map(({ Destination }) => Destination).sort();
  }

  it('comes although its volunteer is killed on the way, and once it runs the peer may be killed again', async () => {
    const staged = await setStage(1);
    const [volunteer] = staged.volunteers as [PeerProcess];
    const id = await placed(staged);
    await untilOnItsWay(staged.tenant, id);
    let again = await killAndRestart(staged.stage, volunteer);
    await untilObserved(staged.tenant, id, { state: 'running', instances: [{ incarnation: 1 }] });
    const { instances } = await deploymentOf(staged.tenant, id);
    expect(await mountsOf({ instances } as Schemas['Deployment'])).toEqual(['/data', '/run/secrets']);
    again = await killAndRestart(staged.stage, again);
    await untilObserved(staged.tenant, id, {
      state: 'running',
      instances: [{ incarnation: 1, state: 'running' }],
    });
    expect(containersOf(staged.stage, again)).toHaveLength(1);
    await staged.tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilObserved(staged.tenant, id, { state: 'ended' });
    await vi.waitFor(async () => expect(await leftOf(instances[0]!.lease)).toEqual([]), WAIT);
  });

  it('comes although its tenant is killed on the way', async () => {
    const staged = await setStage(1);
    const id = await placed(staged);
    await untilOnItsWay(staged.tenant, id);
    const again = await killAndRestart(staged.stage, staged.tenant);
    await untilObserved(again, id, { state: 'running', instances: [{ incarnation: 1 }] });
    expect(await mountsOf(await deploymentOf(again, id))).toEqual(['/data', '/run/secrets']);
  });

  it('is filled in anew, within the lease, where the volunteer is killed in the midst of it, and nothing is left in the end', async () => {
    const staged = await setStage(1);
    const [volunteer] = staged.volunteers as [PeerProcess];
    const id = await placed(staged);
    // Made, and not started: what fills its volume is on its way into it
    await vi.waitFor(
      async () => {
        const label = [`tallymesh.peer=${volunteer.peer}`];
        const [made] = await docker.listContainers({ all: true, filters: { label } });
        expect(made?.State).toBe('created');
      },
      { timeout: 60_000, interval: 5 },
    );
    await kill(volunteer);
    const before = (await deploymentOf(staged.tenant, id)).instances[0]!.lease;
    expect(await leftOf(before)).not.toEqual([]);
    await staged.stage.again(volunteer.peer);
    await untilObserved(staged.tenant, id, { state: 'running' });
    const { instances, chargedMicrocredits } = await deploymentOf(staged.tenant, id);
    expect(instances).toMatchObject([{ incarnation: 1, lease: before, state: 'running' }]);
    expect(chargedMicrocredits).toBeLessThan(1_000_000);
    const read = "fs.statSync('/data/large').size + fs.readFileSync('/data/index.html', 'utf8')";
    const exec = ['exec', `tallymesh-${before}`, '/bin/node', '-p', read];
    const { stdout } = await run('docker', ['--host', host, ...exec]);
    expect(stdout.trim()).toBe(`${LARGE_BYTES}of the tenant`);
    await staged.tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await vi.waitFor(async () => expect(await leftOf(before)).toEqual([]), WAIT);
  });
});
