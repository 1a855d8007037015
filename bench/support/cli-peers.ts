// Peers that `tally` speaks to in the bench `cli`: a volunteer on an engine in memory, a tenant whose one deployment
// runs, and a tenant that places deployments. They live in this process and find each other on loopback.
import { join } from 'node:path';
import { type ApiClient, answerOf, createClient } from '../../src/api/client.ts';
import { placeAndWait } from '../../src/cli/demo/deployments.ts';
import { until } from '../../src/cli/demo/wait.ts';
import type { Settings } from '../../src/config.ts';
import { openHome } from '../../src/home.ts';
import { silentLog } from '../../src/lib/log.ts';
import { GIB, HOUR_MS, MIB } from '../../src/lib/units.ts';
import { initPeer, openPeer } from '../../src/peer.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';

/** What the volunteer offers to run. */
export const IMAGE = 'hello:1';

/** A peer by its home and its API. */
export interface CliPeer {
  readonly home: string;
  readonly client: ApiClient;
}

export interface CliPeers {
  /** Has one deployment, which runs. */
  readonly settled: CliPeer;
  /** Has none yet. */
  readonly placing: CliPeer;
}

const SETTINGS: Settings = {
  network: 'bench',
  listen: ['/ip4/127.0.0.1/tcp/0'],
  api: { port: 0 },
  mdns: false,
};

const forever = new AbortController().signal;

/** Starts the peers with homes in this folder; `undo` stops them. */
export async function startCliPeers(folder: string, undo: AsyncDisposableStack): Promise<CliPeers> {
  const start = async (name: string, settings: Settings, engine?: FakeEngine) => {
    const home = join(folder, name);
    await initPeer(home, { ...SETTINGS, ...settings });
    const peer = await openPeer(home, { log: silentLog, ...(engine === undefined ? {} : { engine }) });
    undo.defer(() => peer.stop());
    const { tokens } = await openHome(home);
    return { home, peer, client: createClient({ url: peer.apiUrl, token: tokens.admin }) };
  };
  const image = { digest: `sha256:${'12'.repeat(32)}`, names: [IMAGE], user: '1000', run: () => ({}) };
  const engine = createFakeEngine({
    images: [image],
    facts: { cpuMillis: 64_000, memoryBytes: 64 * GIB, freeDiskBytes: 64 * GIB },
  });
  const volunteer = await start('volunteer', {}, engine);
  const tenant: Settings = { engine: { use: 'never' }, bootstrap: volunteer.peer.addresses() };
  const [settled, placing] = [await start('settled', tenant), await start('placing', tenant)];
  await offer(volunteer.client);
  for (const { client } of [settled, placing])
    await until('the offer to be known', () => knows(client), forever);
  const resources = { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 0, gpus: 0 };
  await placeAndWait(settled, IMAGE, forever, { resources, durationMs: HOUR_MS });
  return { settled, placing };
}

/** Offers it all, so cheaply that no tenant comes to the end of its credit. */
async function offer(client: ApiClient): Promise<void> {
  const resources = { cpuMillis: 64_000, memoryBytes: 64 * GIB, diskBytes: 64 * GIB, gpus: 0 };
  const prices = { cpuHour: 100, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
  await answerOf(client.POST('/v1/offers', { body: { resources, prices, images: [IMAGE] } }));
}

async function knows(client: ApiClient): Promise<boolean> {
  const { items } = await answerOf(client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }));
  return items.length > 0;
}
