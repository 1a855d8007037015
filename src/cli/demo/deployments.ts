// What the demo does as a tenant, over HTTP.
import { type ApiClient, answerOf, placeBid, type Schemas, watchDeployment } from '../../api/client.ts';
import { CREDIT } from '../../lib/units.ts';
import { APPLICATION_PORT } from './application.ts';
import { DEMO_RESOURCES } from './docker-run.ts';
import type { PeerProcess } from './peer-process.ts';

/** The demo's bid: the application, a port, ten minutes, at most one credit per hour. */
export function bidFor(image: string): Schemas['BidInput'] {
  const limits = { resources: DEMO_RESOURCES, maxPriceMicrocreditsPerHour: CREDIT, durationMs: 600_000 };
  return { image, ports: [APPLICATION_PORT], ...limits };
}

/** A placed deployment that runs, what the match found, and how long it took from the bid's first byte. */
export interface Placed {
  readonly deployment: Schemas['Deployment'];
  readonly match: Schemas['Match'];
  readonly runningMs: number;
}

/** Places a bid and waits until the tenant observes all copies running; rejects when it ends instead. */
export async function placeAndWait(
  { client }: Pick<PeerProcess, 'client'>,
  image: string,
  signal: AbortSignal,
  change: Partial<Schemas['BidInput']> = {},
): Promise<Placed> {
  const startMs = performance.now();
  const { deployment: placed, match } = await placeBid(client, { ...bidFor(image), ...change });
  const over = new AbortController();
  try {
    for await (const deployment of watchDeployment(
      client,
      placed.id,
      AbortSignal.any([signal, over.signal]),
    )) {
      const runningMs = Math.round(performance.now() - startMs);
      if (deployment.state === 'running') return { deployment, match, runningMs };
      if (deployment.state === 'failed') throw new Error(`the deployment failed: ${deployment.cause}`);
    }
    throw new Error('the deployment ended before it ran');
  } finally {
    over.abort();
  }
}

/** Ends a deployment. */
export async function end({ client }: Pick<PeerProcess, 'client'>, id: string): Promise<void> {
  await client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
}

/** An HTTP answer of the application, through the tenant's API and the overlay. */
export async function callContainer({ apiUrl, token }: PeerProcess, id: string): Promise<string> {
  const url = `${apiUrl}/v1/deployments/${id}/http/${APPLICATION_PORT}/`;
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`the application answered ${answer.status}`);
  return (await answer.text()).trim();
}

/** Ids of the receipts in a peer's ledger. */
export async function receiptIds(client: ApiClient): Promise<Set<string>> {
  const { items } = await answerOf(client.GET('/v1/receipts', { params: { query: { limit: 500 } } }));
  return new Set(items.map(({ id }) => id));
}

/** Receipts that stand in the tenant's ledger and in that of one of the volunteers. */
export async function coSigned(tenant: PeerProcess, volunteers: readonly PeerProcess[]): Promise<number> {
  const own = await receiptIds(tenant.client);
  const others = await Promise.all(volunteers.map(({ client }) => receiptIds(client)));
  return others.flatMap((ids) => [...ids]).filter((id) => own.has(id)).length;
}

/** Whether every receipt of the volunteers is home with the tenant, too. */
export async function allHome(tenant: PeerProcess, volunteers: readonly PeerProcess[]): Promise<boolean> {
  const own = await receiptIds(tenant.client);
  const others = await Promise.all(volunteers.map(({ client }) => receiptIds(client)));
  return others.every((ids) => [...ids].every((id) => own.has(id)));
}

/** What volunteers measured and the tenant has not signed, in microcredits. */
export async function unsigned(volunteers: readonly PeerProcess[]): Promise<number> {
  const leases = await Promise.all(
    volunteers.map(({ client }) => answerOf(client.GET('/v1/leases', { params: { query: { limit: 500 } } }))),
  );
  return leases.flatMap(({ items }) => items).reduce((sum, lease) => sum + lease.unsignedMicrocredits, 0);
}

/** How many series of ours a peer's /metrics shows. */
export async function metricsSeries({ apiUrl, metricsToken }: PeerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const text = await (
    await fetch(`${apiUrl}/metrics`, { headers, signal: AbortSignal.timeout(10_000) })
  ).text();
  return text.split('\n').filter((line) => line.startsWith('tallymesh_')).length;
}
