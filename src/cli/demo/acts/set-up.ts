// An engine, an image that it does not have, five peers that know each other by invitation, and four offers.
import { answerOf } from '../../../api/client.ts';
import type { Archive } from '../application.ts';
import { tallyJson } from '../peer-process.ts';
import type { Cast, Scene } from '../scene.ts';
import { DEMO_EPOCHS } from '../stage.ts';
import { until } from '../wait.ts';

/** Credits for an hour of one cpu: the first volunteer is the dearest, the last the cheapest. */
const CPU_PRICES = ['0.6', '0.5', '0.4', '0.3'];

const PAGE = { params: { query: { limit: 100 } } };

/** Puts everything up. */
export async function setUp(scene: Scene): Promise<Cast> {
  const image = await engineAndImage(scene);
  const cast = { ...(await peers(scene)), image };
  await offers(scene, cast);
  return cast;
}

async function engineAndImage({ stage, report, teller, signal }: Scene): Promise<Archive> {
  teller.step(
    'A container engine for all volunteers, and an archive with an image, built from files of this machine',
  );
  const { host, setupMs } = await stage.engine((line) => teller.say(line));
  report.engineSetupMs = setupMs;
  teller.figure('engine', `${host}, ready after ${setupMs} ms`);
  signal.throwIfAborted();
  const archive = await stage.archive();
  const { name, sizeBytes } = archive;
  teller.figure('image', `${name}, ${Math.round(sizeBytes / 1e6)} MB, in no engine and no registry`);
  signal.throwIfAborted();
  return archive;
}

async function peers({ stage, report, teller, signal }: Scene): Promise<Omit<Cast, 'image'>> {
  teller.step('Five peers, each a process with its own key, ledger and home');
  const first = await stage.peer('volunteer-1', { offers: true });
  teller.say(
    'The others join with invitations of the first peer; each of the two then vouches for the other.',
  );
  const others = ['volunteer-2', 'volunteer-3', 'volunteer-4'].map((name) =>
    stage.peer(name, { invitedBy: first, offers: true }),
  );
  const volunteers = [first, ...(await Promise.all(others))];
  const tenant = await stage.peer('tenant', { invitedBy: first, offers: false });
  const joined = async () => {
    const { items } = await answerOf(first.client.GET('/v1/invitations', PAGE));
    return items.every(({ state }) => state === 'used');
  };
  await until('four peers to use their invitations', joined, signal);
  for (const { name, peer, pid, apiUrl } of [...volunteers, tenant]) {
    teller.figure(name, `…${peer.slice(-8)}  process ${pid}  API ${apiUrl}`);
  }
  report.peers = stage.peers.length;
  const firstSeconds = DEMO_EPOCHS.firstEpochMs / 1000;
  teller.say(
    `The demo uses shorter epochs (the stretches that are paid for): the first is ${firstSeconds} s instead of 10 s.`,
  );
  return { volunteers, tenant };
}

async function offers({ stage, teller, signal }: Scene, { volunteers, tenant }: Cast): Promise<void> {
  teller.step('Four offers at four prices, spread by gossip');
  const resources = ['--cpus', '1', '--memory', '1GiB', '--disk', '128MiB'];
  for (const [index, { name, home }] of volunteers.entries()) {
    const price = CPU_PRICES[index] ?? '1';
    const prices = ['--price-cpu', price, '--price-memory', '0.2'];
    await tallyJson(['--home', home, 'offer', ...resources, ...prices], stage.env);
    teller.figure(name, `1 cpu, 1 GiB: ${price} credits per cpu-hour, 0.2 per GiB-hour`);
  }
  const madeMs = performance.now();
  const all = async () => {
    const { items } = await answerOf(tenant.client.GET('/v1/market/offers', PAGE));
    return items.length === volunteers.length;
  };
  await until('all offers', all, signal);
  teller.figure(
    'tenant knows',
    `4 of 4, ${Math.round(performance.now() - madeMs)} ms after the last one was made`,
  );
}
