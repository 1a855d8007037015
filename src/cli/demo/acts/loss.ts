// The loss: kill -9 of a volunteer that hosts a copy, its replacement elsewhere, and its return.
import { setTimeout as pause } from 'node:timers/promises';
import { answerOf, type Schemas, watchDeployment } from '../../../api/client.ts';
import { callContainer, unsigned } from '../deployments.ts';
import { run } from '../programs.ts';
import { type Cast, credits, latestCopies, nameOf, type Scene } from '../scene.ts';
import { until } from '../wait.ts';
import { showCopies } from './replicas.ts';

const REPLACED_MS = 60_000;
const CALL_EVERY_MS = 250;

/** Kills the process of a hosting volunteer outright, and waits until all copies run again; who it was. */
export async function loseVolunteer(scene: Scene, cast: Cast, id: string): Promise<string> {
  const { teller, report } = scene;
  const { data: deployment } = await cast.tenant.client.GET('/v1/deployments/{id}', {
    params: { path: { id } },
  });
  const victim = chooseVictim(cast, deployment);
  teller.step(
    `The process of ${victim.name} is killed (kill -9); its container keeps running, but no peer answers for it`,
  );
  teller.say(
    `A copy that is out of reach is not yet taken for dead: it is replaced only after the grace, ${deployment?.graceMs ?? 0} ms.`,
  );
  const startMs = performance.now();
  process.kill(victim.pid, 'SIGKILL');
  const over = new AbortController();
  const calls = callOn(cast, id, over.signal);
  try {
    await followUntilReplaced(scene, cast, id, startMs);
  } finally {
    over.abort();
  }
  report.replacementMs = Math.round(performance.now() - startMs);
  const { answered, asked } = await calls;
  teller.figure('replaced', `${(report.replacementMs / 1000).toFixed(1)} s after the kill`);
  teller.figure(
    'meanwhile',
    `${answered} of ${asked} HTTP calls were answered, by the copies that were left`,
  );
  return victim.peer;
}

/** The cheapest host, which has proven itself by now; never the peer by which all others found each other. */
function chooseVictim({ volunteers }: Cast, deployment: Schemas['Deployment'] | undefined) {
  const hosts = (deployment === undefined ? [] : latestCopies(deployment)).map(({ volunteer }) => volunteer);
  const victim = volunteers
    .slice(1)
    .toReversed()
    .find(({ peer }) => hosts.includes(peer));
  if (victim === undefined) throw new Error('no volunteer but the first hosts a copy');
  return victim;
}

/** Tells every change of the deployment until all copies run under leases of living volunteers. */
async function followUntilReplaced(
  { teller, signal }: Scene,
  cast: Cast,
  id: string,
  startMs: number,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(REPLACED_MS)]);
  let told = '';
  for await (const deployment of watchDeployment(cast.tenant.client, id, limit)) {
    const copies = showCopies(cast, deployment);
    if (copies !== told) teller.figure(`+${seconds(startMs)} s`, copies);
    told = copies;
    const isReplaced = latestCopies(deployment).some(({ incarnation }) => incarnation > 1);
    if (isReplaced && deployment.state === 'running') return;
  }
  throw new Error('the deployment ended instead of being replaced');
}

const seconds = (startMs: number) => ((performance.now() - startMs) / 1000).toFixed(1);

/** Calls the application again and again; how often it answered. */
async function callOn(
  { tenant }: Cast,
  id: string,
  signal: AbortSignal,
): Promise<{ answered: number; asked: number }> {
  const count = { answered: 0, asked: 0 };
  while (!signal.aborted) {
    count.asked += 1;
    await callContainer(tenant, id)
      .then(() => {
        count.answered += 1;
      })
      .catch(() => undefined);
    await pause(CALL_EVERY_MS);
  }
  return count;
}

/** Starts the killed volunteer again: it learns that its copy was replaced, ends it, and is paid what is due to it. */
export async function returnVolunteer(scene: Scene, cast: Cast, peer: string): Promise<Cast> {
  const { stage, teller, signal } = scene;
  teller.step(`${nameOf(cast, peer)} starts again, in the same home`);
  const before = await containersOf(scene, peer);
  const back = await stage.again(peer);
  const volunteers = cast.volunteers.map((each) => (each.peer === peer ? back : each));
  const gone = async () => (await containersOf(scene, peer)) === 0;
  await until('the end of the replaced copy', gone, signal);
  await until('the receipt for it', async () => (await unsigned([back])) === 0, signal);
  teller.figure(
    'its containers',
    `${before} before, 0 now: the tenant told it that a newer copy has taken over`,
  );
  const { items } = await answerOf(back.client.GET('/v1/leases', { params: { query: { limit: 1 } } }));
  teller.figure('paid', `${credits(items[0]?.chargedMicrocredits ?? 0)} for the time until the kill`);
  return { ...cast, volunteers };
}

async function containersOf({ stage }: Scene, peer: string): Promise<number> {
  const { stdout } = await run('docker', ['ps', '-q', '--filter', `label=tallymesh.peer=${peer}`], {
    env: stage.env,
  });
  return stdout.split('\n').filter((line) => line !== '').length;
}
