// Containers that write, on a real engine: one without measure is ended and its log says so, one within the limit goes on.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, readLogs } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerHost } from '../support/docker-host.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 60_000, interval: 100 };
const PAGE = { params: { query: { limit: 100 } } };
const host = dockerHost();
const docker = dockerAt(host);
const image = `tallymesh-test-${randomUUID()}:plain`;

beforeAll(async () => {
  await importBusybox(docker, image);
});
afterAll(async () => {
  await docker.getImage(image).remove();
});

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));

async function market() {
  const volunteer = await startPeer({ settings: { engine: { use: 'auto', host } } });
  await vi.waitFor(
    () =>
      answerOf(
        volunteer.client.POST('/v1/offers', {
          body: { resources: { ...OFFERED, cpuMillis: 1_000 }, images: [image] },
        }),
      ),
    POLL,
  );
  const tenant = await startPeer({ bootstrap: [volunteer] });
  const known = async () => (await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items;
  await vi.waitFor(async () => expect(await known()).toHaveLength(1), POLL);
  const run = async (script: string) => {
    const { id } = (
      await placeBid(tenant.client, {
        image,
        command: ['/bin/sh', '-c', script],
        resources: { cpuMillis: 250, memoryBytes: 32 * MIB, diskBytes: 0, gpus: 0 },
        maxPriceMicrocreditsPerHour: 3_600_000,
        durationMs: 600_000,
      })
    ).deployment;
    onTestFinished(async () => {
      await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
      const { lease } = (await deployment(tenant, id)).instances[0]!;
      const [container, network] = [
        docker.getContainer(`tallymesh-${lease}`),
        docker.getNetwork(`tallymesh-${lease}`),
      ];
      // The network goes last
      await vi.waitFor(async () => {
        await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
        await expect(network.inspect()).rejects.toMatchObject({ statusCode: 404 });
      }, POLL);
    });
    return id;
  };
  return { tenant, run };
}

describe('a container on a Docker engine', () => {
  it.each([
    ['lines', 'exec yes'],
    ['bytes without a line’s end', 'exec cat /dev/zero'],
    ['bytes that are no text', 'exec cat /dev/urandom'],
  ])(
    'that writes nothing but %s is ended in less than half a minute, one that writes 50 lines a second is not',
    async (_, flood) => {
      const { tenant, run } = await market();
      const steady = await run('while :; do seq 50; sleep 1; done');
      const flooding = await run(flood);
      await vi.waitFor(
        async () => expect(await deployment(tenant, flooding)).toMatchObject({ cause: 'LOG_FLOOD' }),
        POLL,
      );
      const [copy] = (await deployment(tenant, flooding)).instances;
      expect(copy!.endedAtMs! - copy!.runningSinceMs!).toBeLessThan(30_000);
      // The lease is over a moment before its log is kept
      await vi.waitFor(async () => {
        let last = '';
        for await (const { text } of readLogs(tenant.client, flooding, {})) last = text;
        expect(last).toContain('[tallymesh: ended: it wrote more than 2000 lines or 256 KiB');
      }, POLL);
      expect(await deployment(tenant, steady)).toMatchObject({
        state: 'running',
        instances: [{ incarnation: 1 }],
      });
    },
  );
});
