// A tenant's own image on a real engine that never had it: sent, run, gone.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { placeBid, readLogs } from '../../src/api/client.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerAt, packBusybox } from '../support/image.ts';
import { imageOf, savedEntries, type TestImage, tarOf, temporaryFolder } from '../support/images.ts';
import { type Staged, setStage, untilObserved, WAIT } from '../support/stage.ts';

const NAME = 'mine:1';

const ALIVE = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do echo alive; sleep 1 & wait; done'];

let busybox: Buffer;
beforeAll(async () => {
  busybox = await packBusybox();
});

let image: TestImage;
let stage: Staged;

/** An image that is in no engine, in an archive that the tenant has read; it is gone from the engine after the test. */
async function set(bytes: number): Promise<{ volunteer: PeerProcess; tenant: PeerProcess }> {
  const layer = tarOf([{ name: 'data/random', body: randomBytes(bytes) }]);
  image = imageOf([busybox, layer], { config: { User: '1000', Cmd: ALIVE } });
  const archive = join(await temporaryFolder(), 'mine.tar');
  await writeFile(archive, tarOf(savedEntries(image)));
  // After the stage is cleared, for what finishes last was asked for first
  onTestFinished(async () => {
    if (await isThere()) await engine().getImage(image.digest).remove({ force: true });
  });
  stage = await setStage(1);
  const [volunteer] = stage.volunteers;
  const { tenant } = stage;
  await tallyJson(['--home', tenant.home, 'images', 'add', archive, '--name', NAME], stage.stage.env);
  return { volunteer: volunteer!, tenant };
}

const engine = () => dockerAt(stage.stage.env.DOCKER_HOST!);
const isThere = () =>
  engine()
    .getImage(image.digest)
    .inspect()
    .then(
      () => true,
      () => false,
    );

async function place({ client }: PeerProcess): Promise<string> {
  const resources = { cpuMillis: 100, memoryBytes: 64 * MIB };
  const bid = { image: NAME, resources, maxPriceMicrocreditsPerHour: 1_000_000, durationMs: 600_000 };
  return (await placeBid(client, bid)).deployment.id;
}

async function firstLine({ client }: PeerProcess, id: string): Promise<string | undefined> {
  for await (const { text } of readLogs(client, id, { tail: 1 })) return text;
  return undefined;
}

describe('an image of a tenant on a real engine', () => {
  it('is sent and runs, and goes with the volunteer', async () => {
    const { volunteer, tenant } = await set(MIB);
    expect(await isThere()).toBe(false);
    const id = await place(tenant);
    await untilObserved(tenant, id, { state: 'running', image: { digest: image.digest } });
    await vi.waitFor(async () => expect(await firstLine(tenant, id)).toBe('alive'), WAIT);
    expect(await isThere()).toBe(true);
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilObserved(tenant, id, { state: 'ended' });
    await tallyJson(['--home', volunteer.home, 'leave', '--yes'], stage.stage.env);
    expect(await isThere()).toBe(false);
  });
});
