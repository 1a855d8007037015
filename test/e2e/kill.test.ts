import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, type Schemas } from '../../src/api/client.ts';
import { coSigned, end, placeAndWait, receiptIds, unsigned } from '../../src/cli/demo/deployments.ts';
import type { PeerProcess } from '../../src/cli/demo/peer-process.ts';
import {
  containersOf,
  costOf,
  deploymentOf,
  expectVerified,
  kill,
  killAndRestart,
  leaseOf,
  type Staged,
  setStage,
  untilObserved,
  WAIT,
} from '../support/stage.ts';

const GRACE_MS = 12_000;
/** Between two reports of a lease: the longest epoch of the stage, and the time that signing takes. */
const EPOCH_MS = 5_000;
/** What both sides' clocks, and the way between them, may differ by over one lease. */
const TOLERANCE_MS = 5_000;
const forever = new AbortController().signal;

async function moreReceipts(tenant: PeerProcess, volunteer: PeerProcess): Promise<void> {
  const before = await coSigned(tenant, [volunteer]);
  await vi.waitFor(async () => expect(await coSigned(tenant, [volunteer])).toBeGreaterThan(before), WAIT);
}

/** One copy on the cheapest of the volunteers, paid for at least once; who hosts it, and since when. */
async function placed({ tenant, volunteers, image }: Staged, change: object = {}) {
  const startMs = performance.now();
  const { deployment } = await placeAndWait(tenant, image, forever, { graceMs: GRACE_MS, ...change });
  const hosts = deployment.instances.map(
    ({ volunteer }) => volunteers.find(({ peer }) => peer === volunteer) as PeerProcess,
  );
  for (const host of hosts)
    await vi.waitFor(async () => expect(await coSigned(tenant, [host])).toBeGreaterThan(0), WAIT);
  const leases = deployment.instances.map(({ lease }) => lease);
  return { id: deployment.id, hosts, leases, startMs };
}

/** What a volunteer lends a tenant. */
function borrower({ client }: PeerProcess, { peer }: PeerProcess): Promise<Schemas['Borrower']> {
  return answerOf(client.GET('/v1/borrowers/{peer}', { params: { path: { peer } } }));
}

/** Stops a process in its tracks for so long; its container goes on. */
async function freeze({ pid }: PeerProcess, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(ms);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Both sides agree on what a lease was charged, and it lies between these times of running. */
async function expectCharged(
  tenant: PeerProcess,
  host: PeerProcess,
  lease: string,
  leastMs: number,
  mostMs: number,
) {
  const earned = await leaseOf(host, lease);
  await vi.waitFor(async () => {
    expect((await leaseOf(tenant, lease)).chargedMicrocredits).toBe(earned.chargedMicrocredits);
  }, WAIT);
  const paid = await leaseOf(tenant, lease);
  expect(paid.chargedMicrocredits).toBeGreaterThanOrEqual(Math.floor(costOf(paid, leastMs)));
  expect(paid.chargedMicrocredits).toBeLessThanOrEqual(costOf(paid, mostMs));
  return paid;
}

describe('kill -9 and a restart within the grace', () => {
  it('of the volunteer, then of the tenant: the same container goes on, is paid for, and both ledgers verify', async () => {
    const set = await setStage(1);
    const { stage, tenant } = set;
    const { id, hosts } = await placed(set);
    const volunteer = hosts[0]!;
    const containers = containersOf(stage, volunteer);
    expect(containers).toHaveLength(1);

    const volunteerAgain = await killAndRestart(stage, volunteer);
    expect(containersOf(stage, volunteer)).toEqual(containers);
    // What it had lent was on disk: else it would find it lent beyond the newcomers' pool now
    const { newcomerMicrocredits, beyondMicrocredits, heldMicrocredits } = await borrower(
      volunteerAgain,
      tenant,
    );
    expect(heldMicrocredits).toBeGreaterThan(0);
    expect(newcomerMicrocredits).toBeGreaterThanOrEqual(heldMicrocredits);
    expect(beyondMicrocredits).toBe(0);
    await moreReceipts(tenant, volunteerAgain);
    await untilObserved(tenant, id, { state: 'running', instances: [{ incarnation: 1 }] });

    const tenantAgain = await killAndRestart(stage, tenant);
    expect(await deploymentOf(tenantAgain, id)).toMatchObject({ state: 'running' });
    await moreReceipts(tenantAgain, volunteerAgain);
    expect(containersOf(stage, volunteer)).toEqual(containers);

    await end(tenantAgain, id);
    await vi.waitFor(async () => {
      expect(await receiptIds(tenantAgain.client)).toEqual(await receiptIds(volunteerAgain.client));
      expect(containersOf(stage, volunteer)).toEqual([]);
    }, WAIT);
    await expectVerified(stage, [tenantAgain, volunteerAgain]);
  });

  it('of the tenant of two copies: both go on under their leases, and both volunteers are paid', async () => {
    const set = await setStage(2);
    const { stage, tenant } = set;
    const { id, hosts } = await placed(set, { replicas: 2 });
    const containers = hosts.map((host) => containersOf(stage, host));
    const back = await killAndRestart(stage, tenant);
    for (const host of hosts) await moreReceipts(back, host);
    await untilObserved(back, id, { state: 'running', running: 2 });
    expect(hosts.map((host) => containersOf(stage, host))).toEqual(containers);
    expect((await deploymentOf(back, id)).instances).toHaveLength(2);
    await end(back, id);
    await vi.waitFor(async () => expect(await unsigned(hosts)).toBe(0), WAIT);
    await expectVerified(stage, [back, ...hosts]);
  });
});

describe('kill -9 of a volunteer for longer than the grace', () => {
  it('leaves its container running, has it replaced, and pays it for the time until it was killed', async () => {
    const set = await setStage(2);
    const { stage, tenant, volunteers } = set;
    const { id, hosts, leases, startMs } = await placed(set);
    const [victim, lease] = [hosts[0]!, leases[0]!];
    const container = containersOf(stage, victim);
    await kill(victim);
    const killedMs = performance.now();
    await untilObserved(tenant, id, { state: 'unknown' });
    expect(containersOf(stage, victim)).toEqual(container);
    await untilObserved(tenant, id, {
      state: 'running',
      instances: [{ state: 'stopping' }, { incarnation: 2 }],
    });
    expect(performance.now() - killedMs).toBeGreaterThan(GRACE_MS - EPOCH_MS);
    const other = volunteers.find((each) => each !== victim)!;
    expect(containersOf(stage, other)).toHaveLength(1);

    const back = await stage.again(victim.peer);
    await vi.waitFor(() => expect(containersOf(stage, back)).toEqual([]), WAIT);
    await vi.waitFor(async () => expect(await unsigned([back])).toBe(0), WAIT);
    const most = killedMs - startMs + TOLERANCE_MS;
    await expectCharged(tenant, back, lease, 1_000, most);
    expect(containersOf(stage, other)).toHaveLength(1);
    expect((await deploymentOf(tenant, id)).instances[0]).toMatchObject({
      state: 'failed',
      cause: 'VOLUNTEER_LOST',
    });
    await end(tenant, id);
    await vi.waitFor(async () => expect(await unsigned([other])).toBe(0), WAIT);
    await expectVerified(stage, [tenant, back, other]);
  });
});

describe('SIGSTOP of a volunteer', () => {
  it('for half the grace: the same container goes on under its lease, and the time it stood still is not charged', async () => {
    const set = await setStage(2);
    const { stage, tenant, volunteers } = set;
    const { id, hosts, leases, startMs } = await placed(set);
    const [host, lease] = [hosts[0]!, leases[0]!];
    const container = containersOf(stage, host);
    await freeze(host, GRACE_MS / 2);
    await moreReceipts(tenant, host);
    await untilObserved(tenant, id, { state: 'running', instances: [{ incarnation: 1, state: 'running' }] });
    expect(containersOf(stage, host)).toEqual(container);
    expect(volunteers.flatMap((each) => containersOf(stage, each))).toEqual(container);
    await end(tenant, id);
    await vi.waitFor(async () => expect(await unsigned([host])).toBe(0), WAIT);
    const most = performance.now() - startMs - GRACE_MS / 2;
    await expectCharged(tenant, host, lease, 1_000, most);
    await expectVerified(stage, [tenant, host]);
  });

  it('for twice the grace: replaced; when it wakes it ends the old copy, which is paid as long as it was within reach', async () => {
    const set = await setStage(2);
    const { stage, tenant, volunteers } = set;
    const { id, hosts, leases, startMs } = await placed(set);
    const [host, lease] = [hosts[0]!, leases[0]!];
    const other = volunteers.find((each) => each !== host)!;
    const frozenMs = performance.now();
    const frozen = freeze(host, 2 * GRACE_MS);
    onTestFinished(() => frozen);
    await untilObserved(tenant, id, {
      state: 'running',
      instances: [{}, { incarnation: 2, state: 'running' }],
    });
    // Nobody told the old copy yet: for a while there are two, and only the newer one is spoken to
    expect(containersOf(stage, host)).toHaveLength(1);
    expect(containersOf(stage, other)).toHaveLength(1);
    await frozen;
    await vi.waitFor(() => expect(containersOf(stage, host)).toEqual([]), WAIT);
    await vi.waitFor(async () => {
      expect((await leaseOf(host, lease)).state).toBe('ended');
      expect(await unsigned([host])).toBe(0);
    }, WAIT);
    await expectCharged(tenant, host, lease, 1_000, frozenMs - startMs + TOLERANCE_MS);
    await untilObserved(tenant, id, { state: 'running', instances: [{ cause: 'VOLUNTEER_LOST' }, {}] });
    await end(tenant, id);
    await vi.waitFor(async () => expect(await unsigned([other])).toBe(0), WAIT);
    await expectVerified(stage, [tenant, host, other]);
  });
});
