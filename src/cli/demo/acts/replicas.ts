// A small web application in two copies: matched, leased, started, called and paid for.

import type { Schemas } from '../../../api/client.ts';
import { countOf } from '../../../lib/amounts.ts';
import { callContainer, coSigned, placeAndWait } from '../deployments.ts';
import { DEMO_RESOURCES } from '../docker-run.ts';
import { type Cast, credits, latestCopies, nameOf, type Scene } from '../scene.ts';
import { until } from '../wait.ts';

const REPLICAS = 2;
const RECEIPTS_AWAITED = 4;

/** Places the application and shows that it runs and is paid for; its id. */
export async function runReplicas(scene: Scene, cast: Cast): Promise<string> {
  const { deployment } = await place(scene, cast);
  await call(scene, cast, deployment.id);
  await pay(scene, cast);
  return deployment.id;
}

async function place(scene: Scene, cast: Cast) {
  const { teller, signal } = scene;
  teller.step('A bid for a web application in two copies, each on a different volunteer');
  const placed = await placeAndWait(cast.tenant, cast.image.name, signal, { replicas: REPLICAS });
  const { match, deployment } = placed;
  for (const { volunteer, priceMicrocreditsPerHour: price, quality } of match.candidates) {
    const expected = quality === 0 ? 'unproven' : `quality ${quality.toFixed(2)}`;
    teller.figure(nameOf(cast, volunteer), `${credits(price)} an hour, ${expected}`);
  }
  const hosts = latestCopies(deployment).map(({ volunteer }) => nameOf(cast, volunteer));
  teller.figure('chosen', `${hosts.join(' and ')}, running after ${placed.runningMs} ms`);
  teller.figure('at risk', `at most ${credits(deployment.atRiskMicrocredits)} unsigned at any time`);
  const { cpuMillis, memoryBytes } = DEMO_RESOURCES;
  teller.figure(
    'each',
    `${cpuMillis / 1000} cpu, ${memoryBytes / 2 ** 20} MiB, no capabilities, no network access to the outside`,
  );
  return placed;
}

async function call({ teller, signal }: Scene, { tenant }: Cast, id: string): Promise<void> {
  teller.step('HTTP calls to the copies in turn, through the API of the tenant and the overlay');
  const hosts = new Set<string>();
  const ask = async () => {
    const answer = await callContainer(tenant, id).catch(() => undefined);
    if (answer === undefined) return false;
    const { host } = JSON.parse(answer) as { host: string };
    if (!hosts.has(host)) teller.say(answer);
    hosts.add(host);
    return hosts.size === REPLICAS;
  };
  await until('an answer from every copy', ask, signal);
}

async function pay({ teller, signal, report }: Scene, { tenant, volunteers }: Cast): Promise<void> {
  teller.step('Receipts: the tenant drafts them, the volunteers countersign them, and both keep them');
  const before = await coSigned(tenant, volunteers);
  const enough = async () => (await coSigned(tenant, volunteers)) >= before + RECEIPTS_AWAITED;
  await until('co-signed receipts', enough, signal);
  report.receiptsCosigned = await coSigned(tenant, volunteers);
  teller.figure(
    'in both ledgers',
    `${countOf(report.receiptsCosigned, 'receipt')} so far, for ${countOf(1 + report.bidToRunningMs.length + REPLICAS, 'lease')}`,
  );
}

/** The copies of a deployment with the names of their hosts, for people. */
export function showCopies(cast: Cast, deployment: Schemas['Deployment']): string {
  return latestCopies(deployment)
    .map(
      (copy) => `copy ${copy.replica}.${copy.incarnation} ${copy.state} on ${nameOf(cast, copy.volunteer)}`,
    )
    .join(', ');
}
