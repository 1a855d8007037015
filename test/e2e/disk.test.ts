// A lease over its disk, from its tenant's side, on a real engine: it is ended at once, its log says why, nothing of it is left.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, readLogs } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerHost } from '../support/docker-host.ts';
import { buildFrom, dockerAt, importBusybox } from '../support/image.ts';
import { OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 60_000, interval: 100 };
const PAGE = { params: { query: { limit: 100 } } };
const host = dockerHost();
const docker = dockerAt(host);
const base = `tallymesh-test-${randomUUID()}:base`;
const image = base.replace('base', 'volume');

beforeAll(async () => {
  await importBusybox(docker, base, ['USER 0']);
  await buildFrom(docker, base, image, ['VOLUME /data']);
});
afterAll(async () => {
  for (const name of [image, base]) await docker.getImage(name).remove();
});

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));

/** A volunteer that lets images be root, and a tenant that knows its offer. */
async function market() {
  const volunteer = await startPeer({ settings: { engine: { use: 'auto', host, allowRoot: true } } });
  const offer = { resources: { ...OFFERED, cpuMillis: 1_000 }, images: [image] };
  await vi.waitFor(() => answerOf(volunteer.client.POST('/v1/offers', { body: offer })), POLL);
  const tenant = await startPeer({ bootstrap: [volunteer] });
  const known = async () => (await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items;
  await vi.waitFor(async () => expect(await known()).toHaveLength(1), POLL);
  const [known0] = await known();
  const run = async (script: string) => {
    const placed = await placeBid(tenant.client, {
      ...{ image, command: ['/bin/sh', '-c', script], privileges: 'root' },
      resources: { cpuMillis: 250, memoryBytes: 32 * MIB, diskBytes: 32 * MIB },
      ...{ maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
    });
    return placed.deployment.id;
  };
  return { tenant, run, offer: known0 };
}

describe('a lease on a Docker engine', () => {
  it('that fills a volume ends with its cause, in its log too, and is not replaced; one that does not goes on', async () => {
    const { tenant, run, offer } = await market();
    expect(offer).toMatchObject({ privileges: ['user', 'root'], storage: { limit: 'watched' } });
    const modest = await run('head -c 20000000 /dev/zero >/data/x; while :; do sleep 1; done');
    const filling = await run('cat /dev/zero >/data/x');
    await vi.waitFor(
      async () =>
        expect(await deployment(tenant, filling)).toMatchObject({ state: 'failed', cause: 'DISK_EXCEEDED' }),
      POLL,
    );
    const { instances } = await deployment(tenant, filling);
    expect(instances).toHaveLength(1);
    await vi.waitFor(async () => {
      let last = '';
      for await (const { text } of readLogs(tenant.client, filling, {})) last = text;
      expect(last).toContain('[tallymesh: ended: it had more on the disk than the 32 MiB');
    }, POLL);
    const label = [`tallymesh.lease=${instances[0]?.lease}`];
    await vi.waitFor(async () => {
      expect(await docker.listContainers({ all: true, filters: { label } })).toEqual([]);
      expect((await docker.listVolumes({ filters: { label } })).Volumes ?? []).toEqual([]);
    }, POLL);
    expect(await deployment(tenant, modest)).toMatchObject({ state: 'running' });
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: modest } } });
    await vi.waitFor(
      async () => expect(await deployment(tenant, modest)).toMatchObject({ state: 'ended' }),
      POLL,
    );
  });
});
