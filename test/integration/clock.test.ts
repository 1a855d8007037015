// A clock that is set while a container runs: nobody pays for it, loses by it, or is blamed for it.
import { expect, it, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { helloEngine, IMAGE, OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import { SetClock } from '../support/set-clock.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 1_000, maxAwayMs: 60_000 } };

async function running(durationMs: number) {
  const clocks = { volunteer: new SetClock(), tenant: new SetClock() };
  const volunteer = await startPeer({ engine: helloEngine(), settings, clock: clocks.volunteer });
  const body = { resources: OFFERED, images: [IMAGE.name] };
  await answerOf(volunteer.client.POST('/v1/offers', { body }));
  const tenant = await startPeer({ bootstrap: [volunteer], settings, clock: clocks.tenant });
  await vi.waitFor(async () => {
    const { items } = await answerOf(tenant.client.GET('/v1/market/offers', PAGE));
    expect(items).toHaveLength(1);
  }, POLL);
  const bid = {
    ...{ image: IMAGE.name, ports: [8080], maxPriceMicrocreditsPerHour: 3_600_000, durationMs },
    resources: { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 0, gpus: 0 },
  };
  const { id } = (await placeBid(tenant.client, bid)).deployment;
  const epochs = async () => (await leaseOf(volunteer)).epochs;
  await vi.waitFor(async () => expect(await epochs()).toBeGreaterThan(0), POLL);
  return { clocks, volunteer, tenant, id, epochs };
}

/** The one lease that there ever was. */
async function leaseOf({ client }: TestPeer) {
  const { items } = await answerOf(client.GET('/v1/leases', PAGE));
  expect(items).toHaveLength(1);
  return items[0]!;
}

it.each([-90_000, 90_000])('that of a tenant, by %i ms', async (byMs) => {
  const { clocks, volunteer, tenant, id, epochs } = await running(600_000);
  clocks.tenant.set(byMs);
  const before = await epochs();
  await vi.waitFor(async () => expect(await epochs()).toBeGreaterThan(before + 5), POLL);
  expect(await leaseOf(volunteer)).toMatchObject({ state: 'running', cause: '' });
  const seen = await answerOf(tenant.client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
  expect(seen).toMatchObject({ state: 'running', instances: [{ incarnation: 1, state: 'running' }] });
});

it.each([-90_000, 90_000])('that of a volunteer, by %i ms, beside a term of 60 s', async (byMs) => {
  const { clocks, volunteer, epochs } = await running(60_000);
  clocks.volunteer.set(byMs);
  const before = await epochs();
  await vi.waitFor(async () => expect(await epochs()).toBeGreaterThan(before + 5), POLL);
  expect(await leaseOf(volunteer)).toMatchObject({ state: 'running', cause: '' });
});
