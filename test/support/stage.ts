// A stage for the end-to-end tests: peers as processes with homes of their own, on the real engine, their containers,
// and what their leases were charged.
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, vi } from 'vitest';
import { answerOf, type Schemas } from '../../src/api/client.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { dockerHost } from './docker-host.ts';

export const WAIT = { timeout: 60_000, interval: 100 };
const PAGE = { params: { query: { limit: 100 } } };

/** Who is on a stage. All find each other by the acquaintance, which neither offers nor runs anything. */
export interface Staged {
  readonly stage: Stage;
  readonly acquaintance: PeerProcess;
  readonly volunteers: PeerProcess[];
  readonly tenant: PeerProcess;
  readonly image: string;
}

/** So many volunteers, each cheaper than the one before, and a tenant that knows all their offers. */
export async function setStage(count: number): Promise<Staged> {
  process.env.DOCKER_HOST = dockerHost();
  const stage = new Stage();
  onTestFinished(() => stage.clear());
  await stage.engine(() => {});
  const image = await stage.application();
  const acquaintance = await stage.peer('acquaintance', { offers: false });
  const bootstrap = acquaintance.addresses;
  const volunteers: PeerProcess[] = [];
  for (let i = 0; i < count; i += 1) {
    const volunteer = await stage.peer(`volunteer-${i + 1}`, { bootstrap, offers: true });
    const offer = ['--cpus', '1', '--memory', '1GiB', '--disk', '2GiB', '--image', image];
    const price = ['--price-cpu', String((count - i) / 10), '--price-memory', '0'];
    await tallyJson(['--home', volunteer.home, 'offer', ...offer, ...price], stage.env);
    volunteers.push(volunteer);
  }
  const tenant = await stage.peer('tenant', { bootstrap, offers: false });
  const offers = () => answerOf(tenant.client.GET('/v1/market/offers', PAGE));
  await vi.waitFor(async () => expect((await offers()).items).toHaveLength(count), WAIT);
  return { stage, acquaintance, volunteers, tenant, image };
}

/** Kills a peer's process outright. */
export async function kill({ pid }: PeerProcess): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), WAIT);
}

/** Kills a peer's process outright and starts it again in the same home. */
export async function killAndRestart(stage: Stage, peer: PeerProcess): Promise<PeerProcess> {
  await kill(peer);
  return stage.again(peer.peer);
}

/** Ids of the containers of a volunteer that run. */
export function containersOf({ env }: Stage, { peer }: PeerProcess): string[] {
  const args = ['ps', '-q', '--filter', `label=tallymesh.peer=${peer}`];
  return execFileSync('docker', args, { env, encoding: 'utf8' }).split('\n').filter(Boolean);
}

export function deploymentOf({ client }: PeerProcess, id: string): Promise<Schemas['Deployment']> {
  return answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
}

/** Waits until the tenant observes this of a deployment. */
export async function untilObserved(tenant: PeerProcess, id: string, wanted: object): Promise<void> {
  await vi.waitFor(async () => expect(await deploymentOf(tenant, id)).toMatchObject(wanted), WAIT);
}

/** A lease as this peer holds it. */
export async function leaseOf({ client }: PeerProcess, id: string): Promise<Schemas['Lease']> {
  const { items } = await answerOf(client.GET('/v1/leases', PAGE));
  const lease = items.find((each) => each.id === id);
  if (lease === undefined) throw new Error(`no lease ${id}`);
  return lease;
}

/** What a lease costs for so long, in microcredits. */
export function costOf({ priceMicrocreditsPerHour }: Schemas['Lease'], ms: number): number {
  return (priceMicrocreditsPerHour * ms) / 3_600_000;
}

/** Stops peers and expects their ledgers to verify. */
export async function expectVerified(stage: Stage, peers: readonly PeerProcess[]): Promise<void> {
  for (const peer of peers) {
    await peer.stop();
    const report = await tallyJson<{ ok: boolean }>(['--home', peer.home, 'ledger', 'verify'], stage.env);
    expect(report).toMatchObject({ ok: true, problems: [] });
  }
}
