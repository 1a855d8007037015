// From the first byte of `POST /v1/bids` to `running` in the tenant's observed state, beside `docker run -d` until it
// returns, with the same host settings and a network made within the measured time, as many side by side, in turns.
// Peers are processes of their own on this machine, on its real engine: networks between machines are left out, and
// so are images that are not there yet (`cold`). What is measured leaves the machine as it was.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerOf } from '../src/api/client.ts';
import { callContainer, end, placeAndWait } from '../src/cli/demo/deployments.ts';
import { startDockerRun } from '../src/cli/demo/docker-run.ts';
import { type PeerProcess, tallyJson } from '../src/cli/demo/peer-process.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { until } from '../src/cli/demo/wait.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { median } from './support/figures.ts';
import { compared, type Row, round } from './support/report.ts';

/** How many side by side, and how often. */
const CASES = {
  'warm-1': { sideBySide: 1, rounds: { full: 30, quick: 3 } },
  'warm-10': { sideBySide: 10, rounds: { full: 8, quick: 1 } },
} as const;

const forever = new AbortController().signal;

/** Who takes part. */
interface Cast {
  readonly stage: Stage;
  readonly tenant: PeerProcess;
  readonly volunteers: readonly PeerProcess[];
  readonly image: string;
  /** The tenant's token, for calls through the tunnel. */
  readonly token: string;
}

/** What was measured, in milliseconds. */
interface Measured {
  readonly running: number[];
  readonly firstByte: number[];
  readonly dockerRun: number[];
}

/** The bench `placement`. */
export const placementBench: Bench = {
  summary: 'from a bid to a running container, beside docker run',
  async run(options) {
    const stage = new Stage();
    try {
      const cast = await setUp(stage, options);
      // The first of everything is slow, ours and Docker's alike: a round of each goes unmeasured.
      await measure(cast, 1, 1);
      const rows: Row[] = [];
      for (const [name, { sideBySide, rounds }] of Object.entries(CASES)) {
        const count = rounds[options.isQuick ? 'quick' : 'full'];
        options.say(`${name}: ${count} rounds of ${sideBySide} side by side`);
        rows.push(...rowsOf(name, await measure(cast, sideBySide, count)));
      }
      return rows;
    } finally {
      await stage.clear();
    }
  },
};

async function setUp(stage: Stage, { say }: BenchOptions): Promise<Cast> {
  await stage.engine(say);
  say('making an image, two volunteers and a tenant');
  const image = await stage.application();
  const first = await stage.peer('volunteer-1', { offers: true });
  const bootstrap = first.addresses;
  const volunteers = [first, await stage.peer('volunteer-2', { bootstrap, offers: true })];
  const tenant = await stage.peer('tenant', { bootstrap, offers: false });
  const resources = ['--cpus', '2', '--memory', '2GiB', '--disk', '256MiB'];
  for (const { home } of volunteers)
    await tallyJson(['--home', home, 'offer', ...resources, '--image', image], stage.env);
  const token = (await readFile(join(tenant.home, 'token'), 'utf8')).trim();
  const cast = { stage, tenant, volunteers, image, token };
  await untilWhole(cast);
  return cast;
}

/** Rounds of ours and of Docker's in turns, the one that goes first changing. */
async function measure(cast: Cast, sideBySide: number, rounds: number): Promise<Measured> {
  const measured: Measured = { running: [], firstByte: [], dockerRun: [] };
  const turns = [() => placeRound(cast, sideBySide, measured), () => dockerRound(cast, sideBySide, measured)];
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return measured;
}

async function placeRound(cast: Cast, sideBySide: number, measured: Measured): Promise<void> {
  const { tenant, image } = cast;
  const placed = await all(sideBySide, async () => {
    const startMs = performance.now();
    const { deployment, runningMs } = await placeAndWait(tenant, image, forever);
    return { id: deployment.id, startMs, runningMs };
  });
  measured.running.push(...placed.map(({ runningMs }) => runningMs));
  // Not while others still start: their time is measured.
  const first = placed[0];
  if (sideBySide === 1 && first !== undefined) {
    await answered(cast, first.id);
    measured.firstByte.push(performance.now() - first.startMs);
  }
  await Promise.all(placed.map(({ id }) => end(tenant, id)));
  await untilWhole(cast);
}

/** Waits for the first HTTP answer of a container, through the tenant's API and the overlay. */
async function answered({ tenant }: Cast, id: string): Promise<void> {
  const ask = () => callContainer(tenant, id).catch(() => undefined);
  await until('an answer of the container', ask, forever);
}

async function dockerRound({ image, stage }: Cast, sideBySide: number, measured: Measured): Promise<void> {
  const name = () => `tallymesh-bench-${randomBytes(4).toString('hex')}`;
  const runs = await all(sideBySide, () => startDockerRun(image, name(), stage.env));
  measured.dockerRun.push(...runs.map(({ ms }) => ms));
  await Promise.all(runs.map(({ remove }) => remove()));
}

/** So many at once; rejects once all have ended when one failed. */
async function all<T>(count: number, begin: () => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(Array.from({ length: count }, begin));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

/** Waits until nothing runs any more and the tenant knows both offers with all their capacity back. */
async function untilWhole({ tenant, volunteers }: Pick<Cast, 'tenant' | 'volunteers'>): Promise<void> {
  const known = async () => {
    const { items } = await answerOf(
      tenant.client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }),
    );
    return (
      items.length === volunteers.length && items.every(({ resources }) => resources.cpuMillis === 2_000)
    );
  };
  await until('all capacity to be back', known, forever);
}

function rowsOf(name: string, { running, firstByte, dockerRun }: Measured): Row[] {
  const row = (metric: string, value: number, n: number) => ({
    ...{ case: name, metric, value: round(value), unit: 'ms', n },
  });
  const rows = [
    compared(row('runningMs', median(running), running.length), 'docker run', median(dockerRun)),
    compared(row('runningMaxMs', Math.max(...running), running.length), 'docker run', Math.max(...dockerRun)),
  ];
  return firstByte.length === 0 ? rows : [...rows, row('firstByteMs', median(firstByte), firstByte.length)];
}
