// Redis and PostgreSQL in a lease, beside the same image that somebody starts by hand with the same limits: their own benchmarks,
// run inside both containers in turns, and in several pairs of containers, for two containers of one image can differ for good. The
// images are made of Debian's packages and begin as root, as the public ones do. Networks are left out: client and server are in one
// container.
import { randomBytes } from 'node:crypto';
import { end, placeAndWait } from '../src/cli/demo/deployments.ts';
import type { PeerProcess } from '../src/cli/demo/peer-process.ts';
import { output } from '../src/cli/demo/programs.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { until } from '../src/cli/demo/wait.ts';
import { type DebianImage, importDebian } from '../test/support/debian-images.ts';
import { dockerAt } from '../test/support/image.ts';
import { POSTGRES, REDIS } from '../test/support/public-images.ts';
import type { Bench } from './bench.ts';
import { debianMarket, untilFree, WHOLE_OFFER } from './support/debian-market.ts';
import { median } from './support/figures.ts';
import { compared, type Row, round } from './support/report.ts';

const forever = new AbortController().signal;
/** Pairs of containers, and rounds of each that count. */
const PAIRS = 5;
const ROUNDS = 2;

/** How a container is asked, and what of the answer is its figure. */
interface Trial {
  readonly name: string;
  readonly image: DebianImage;
  readonly command: readonly string[];
  /** Succeeds once the server answers. */
  readonly ready: readonly string[];
  readonly prepare: readonly string[];
  readonly run: readonly string[];
  /** With the figure as its one group. */
  readonly figure: RegExp;
}

const REDIS_SERVER = ['redis-server', '--protected-mode', 'no', '--save', ''];
const TRIALS: readonly Trial[] = [
  ...['set', 'get'].map((test) => ({
    ...{ name: `redis-${test}`, image: REDIS, command: REDIS_SERVER },
    ...{ ready: ['redis-cli', 'ping'], prepare: ['redis-cli', 'ping'] },
    // Long enough that its start in the container, at which the peer looks, is no part of the figure
    run: ['redis-benchmark', '-t', test, '-n', '800000', '-c', '20', '-P', '8', '--csv'],
    figure: /^"[A-Z]+","([\d.]+)"/m,
  })),
  {
    ...{ name: 'postgres', image: POSTGRES, command: ['postgres', '-c', 'listen_addresses=*'] },
    ready: ['psql', '-U', 'postgres', '-c', 'select 1'],
    prepare: ['pgbench', '-U', 'postgres', '-i', '-q', '-s', '5', 'postgres'],
    run: ['pgbench', '-U', 'postgres', '-T', '4', '-c', '4', 'postgres'],
    figure: /tps = ([\d.]+)/,
  },
];

/** The bench `software`. */
export const softwareBench: Bench = {
  summary: 'redis and postgres in a lease, beside the same container started by hand',
  async run({ isQuick, say }) {
    const stage = new Stage();
    try {
      await stage.engine(say);
      for (const image of [REDIS, POSTGRES]) {
        say(`making ${image.name}`);
        await importDebian(dockerAt(stage.env.DOCKER_HOST ?? ''), image);
      }
      const tenant = await debianMarket(
        stage,
        [REDIS, POSTGRES].map(({ name }) => name),
      );
      const rows: Row[] = [];
      for (const trial of TRIALS) rows.push(await measure(stage, tenant, trial, isQuick ? 1 : PAIRS));
      return rows;
    } finally {
      await stage.clear();
      for (const { name } of [REDIS, POSTGRES])
        await output('docker', ['rmi', '-f', name], { env: stage.env }).catch(() => '');
    }
  },
};

type Figures = Record<'ours' | 'theirs', number[]>;

async function measure(stage: Stage, tenant: PeerProcess, trial: Trial, pairs: number): Promise<Row> {
  const figures: Figures = { ours: [], theirs: [] };
  for (let pair = 0; pair < pairs; pair += 1) await measurePair(stage, tenant, trial, figures);
  const row = { case: trial.name, metric: 'requestsPerSecond', unit: '1/s', n: figures.ours.length };
  return compared({ ...row, value: round(median(figures.ours)) }, 'by hand', median(figures.theirs));
}

/** Ours and one by hand in turns; a round of each goes unmeasured. */
async function measurePair(stage: Stage, tenant: PeerProcess, trial: Trial, figures: Figures): Promise<void> {
  await untilFree(tenant);
  const { deployment } = await placeAndWait(tenant, trial.image.name, forever, {
    command: [...trial.command],
    ...WHOLE_OFFER,
    ...{ ports: [], privileges: 'root' },
  });
  const hand = `tallymesh-bench-${randomBytes(4).toString('hex')}`;
  const limits = ['--cpus', '1', '--memory', '512m', '--memory-swap', '512m'];
  const run = ['run', '-d', '--name', hand, ...limits, trial.image.name, ...trial.command];
  try {
    await output('docker', run, { env: stage.env });
    const containers = { ours: `tallymesh-${deployment.instances[0]?.lease}`, theirs: hand };
    for (const name of Object.values(containers)) await prepare(stage, name, trial);
    for (let round = -1; round < ROUNDS; round += 1) {
      const turns = ['ours', 'theirs'] as const;
      for (const whose of round % 2 === 0 ? turns : turns.toReversed()) {
        const figure = await figureOf(stage, containers[whose], trial);
        if (round >= 0) figures[whose].push(figure);
      }
    }
  } finally {
    await output('docker', ['rm', '-f', '-v', hand], { env: stage.env }).catch(() => '');
    await end(tenant, deployment.id);
  }
}

async function prepare(stage: Stage, container: string, trial: Trial): Promise<void> {
  const isReady = () => inside(stage, container, trial.ready).catch(() => undefined);
  await until('an answer of the server', isReady, forever);
  await inside(stage, container, trial.prepare);
}

async function figureOf(stage: Stage, container: string, { run, figure }: Trial): Promise<number> {
  const [, found] = figure.exec(await inside(stage, container, run)) ?? [];
  if (found === undefined) throw new Error(`${run[0]} printed no figure`);
  return Number(found);
}

const inside = (stage: Stage, container: string, command: readonly string[]) =>
  output('docker', ['exec', container, ...command], { env: stage.env });
