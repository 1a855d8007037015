import { execFileSync } from 'node:child_process';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { coSigned, end, placeAndWait, receiptIds } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, startPeer, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';

const WAIT = { timeout: 60_000, interval: 100 };
const forever = new AbortController().signal;

/**
 * A stage with a volunteer that offers and a tenant, each a process with a home of its own, on the real engine. They
 * find each other, at whatever port they come back, by a third peer that they both know.
 */
async function set() {
  process.env.DOCKER_HOST = inject('dockerHost');
  const stage = new Stage();
  onTestFinished(() => stage.clear());
  await stage.engine(() => {});
  const { name: image } = await stage.application();
  const { addresses: bootstrap } = await stage.peer('acquaintance', { offers: false });
  const volunteer = await stage.peer('volunteer', { bootstrap, offers: true });
  const tenant = await stage.peer('tenant', { bootstrap, offers: false });
  const resources = ['--cpus', '1', '--memory', '1GiB', '--disk', '128MiB'];
  await tallyJson(['--home', volunteer.home, 'offer', ...resources, '--image', image], stage.env);
  const offers = () => answerOf(tenant.client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }));
  await vi.waitFor(async () => expect((await offers()).items).toHaveLength(1), WAIT);
  return { stage, volunteer, tenant, image };
}

/** Kills a peer's process outright and starts it again in the same home. */
async function killAndRestart(stage: Stage, { pid, name, home }: PeerProcess): Promise<PeerProcess> {
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), WAIT);
  const again = await startPeer(name, home, stage.env);
  stage.peers.push(again);
  onTestFinished(() => again.stop());
  return again;
}

const containersOf = (stage: Stage, { peer }: PeerProcess) =>
  execFileSync('docker', ['ps', '-q', '--filter', `label=tallymesh.peer=${peer}`], {
    env: stage.env,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);

const stateOf = async ({ client }: PeerProcess, id: string) =>
  (await answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }))).state;

async function moreReceipts(tenant: PeerProcess, volunteer: PeerProcess): Promise<void> {
  const before = await coSigned(tenant, [volunteer]);
  await vi.waitFor(async () => expect(await coSigned(tenant, [volunteer])).toBeGreaterThan(before), WAIT);
}

describe('kill -9 of a peer under a running lease', () => {
  it('of the volunteer, then of the tenant: the same container goes on, is paid for, and both ledgers verify', async () => {
    const { stage, volunteer, tenant, image } = await set();
    const { deployment } = await placeAndWait(tenant, image, forever);
    const containers = containersOf(stage, volunteer);
    expect(containers).toHaveLength(1);
    await moreReceipts(tenant, volunteer);

    const volunteerAgain = await killAndRestart(stage, volunteer);
    expect(containersOf(stage, volunteer)).toEqual(containers);
    await moreReceipts(tenant, volunteerAgain);
    await vi.waitFor(async () => expect(await stateOf(tenant, deployment.id)).toBe('running'), WAIT);

    const tenantAgain = await killAndRestart(stage, tenant);
    expect(await stateOf(tenantAgain, deployment.id)).toBe('running');
    await moreReceipts(tenantAgain, volunteerAgain);
    expect(containersOf(stage, volunteer)).toEqual(containers);

    await end(tenantAgain, deployment.id);
    await vi.waitFor(async () => {
      expect(await receiptIds(tenantAgain.client)).toEqual(await receiptIds(volunteerAgain.client));
      expect(containersOf(stage, volunteer)).toEqual([]);
    }, WAIT);
    for (const peer of [tenantAgain, volunteerAgain]) {
      await peer.stop();
      const report = await tallyJson<{ ok: boolean }>(['--home', peer.home, 'ledger', 'verify'], stage.env);
      expect(report).toMatchObject({ ok: true, problems: [] });
    }
  });
});
