// HTTP to a container by the tenant's API and a tunnel to its volunteer, so many calls in parallel, beside the same calls
// to the container's own address; and what the volunteer's API takes meanwhile for `GET /v1/health`, one call after the
// other. Peers are processes of their own on this machine, on its real engine: networks between machines are left out.
// Every call is a connection to the container, both ways. All share the processors, the generator of the load too.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { APPLICATION_PORT } from '../src/cli/demo/application.ts';
import { placeAndWait } from '../src/cli/demo/deployments.ts';
import { DEMO_RESOURCES } from '../src/cli/demo/docker-run.ts';
import { type PeerProcess, tallyJson } from '../src/cli/demo/peer-process.ts';
import { output } from '../src/cli/demo/programs.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { until } from '../src/cli/demo/wait.ts';
import { SECOND_MS } from '../src/lib/units.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { median, percentile } from './support/figures.ts';
import { compared, type Row, round } from './support/report.ts';

/** How many in parallel, how many calls a round, and how many rounds. */
const CASES = {
  'http-20': { parallel: 20, calls: 300, rounds: { full: 8, quick: 1 } },
  'http-100': { parallel: 100, calls: 300, rounds: { full: 8, quick: 1 } },
} as const;

/** Between two looks at the volunteer's health. */
const LOOK_MS = 20;

const forever = new AbortController().signal;

/** Where calls go. */
interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Cast {
  readonly volunteer: PeerProcess;
  /** The application by its tenant's API, and by its own address. */
  readonly tunnelled: Target;
  readonly direct: Target;
}

/** What one or more rounds gave. */
interface Measured {
  readonly perSecond: number[];
  readonly directPerSecond: number[];
  readonly callMs: number[];
  readonly healthMs: number[];
  failed: number;
}

/** The bench `tunnel`. */
export const tunnelBench: Bench = {
  summary: 'HTTP calls to a container through a tunnel, beside calls to its own address',
  async run(options) {
    const stage = new Stage();
    try {
      const cast = await setUp(stage, options);
      const rows: Row[] = [];
      for (const [name, { parallel, calls, rounds }] of Object.entries(CASES)) {
        const count = rounds[options.isQuick ? 'quick' : 'full'];
        options.say(`${name}: ${count} rounds of ${calls} calls, ${parallel} in parallel`);
        rows.push(...rowsOf(name, await measure(cast, parallel, calls, count)));
      }
      return rows;
    } finally {
      await stage.clear();
    }
  },
};

async function setUp(stage: Stage, { say }: BenchOptions): Promise<Cast> {
  await stage.engine(say);
  say('making an image, a volunteer and a tenant');
  const image = await stage.application();
  const volunteer = await stage.peer('volunteer', { offers: true });
  const tenant = await stage.peer('tenant', { bootstrap: volunteer.addresses, offers: false });
  const resources = ['--cpus', '2', '--memory', '1GiB', '--disk', '256MiB', '--image', image];
  await tallyJson(['--home', volunteer.home, 'offer', ...resources], stage.env);
  const known = async () => {
    const { data } = await tenant.client.GET('/v1/market/offers');
    return data !== undefined && data.items.length > 0;
  };
  await until('the offer to be known', known, forever);
  const { deployment } = await placeAndWait(tenant, image, forever, {
    resources: { ...DEMO_RESOURCES, cpuMillis: 1_000 },
    maxPriceMicrocreditsPerHour: 10_000_000,
  });
  const [copy] = deployment.instances;
  const cast = {
    volunteer,
    tunnelled: {
      url: `${tenant.apiUrl}/v1/deployments/${deployment.id}/http/${APPLICATION_PORT}/`,
      headers: { authorization: `Bearer ${tenant.token}` },
    },
    direct: { url: `http://${await addressOf(copy?.lease ?? '', stage)}:${APPLICATION_PORT}/`, headers: {} },
  };
  await until('the application to answer', () => callOnce(cast.tunnelled, undefined), forever);
  return cast;
}

/** The address of a lease's container on its own network. */
async function addressOf(lease: string, { env }: Stage): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return (await output('docker', ['inspect', '-f', format, `tallymesh-${lease}`], { env })).trim();
}

/** Rounds of tunnelled and direct calls in turns; health is looked at during the tunnelled ones. */
async function measure(cast: Cast, parallel: number, calls: number, rounds: number): Promise<Measured> {
  const measured: Measured = { perSecond: [], directPerSecond: [], callMs: [], healthMs: [], failed: 0 };
  for (let count = 0; count < rounds; count += 1) {
    const over = new AbortController();
    const watching = watchHealth(cast.volunteer, measured.healthMs, over.signal);
    const tunnelled = await load(cast.tunnelled, parallel, calls);
    over.abort();
    await watching;
    const direct = await load(cast.direct, parallel, calls);
    measured.perSecond.push(tunnelled.perSecond);
    measured.callMs.push(...tunnelled.callMs);
    measured.failed += tunnelled.failed;
    measured.directPerSecond.push(direct.perSecond);
  }
  return measured;
}

async function watchHealth({ apiUrl }: PeerProcess, healthMs: number[], over: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  while (!over.aborted) {
    const startMs = performance.now();
    await callOnce({ url: `${apiUrl}/v1/health`, headers: {} }, agent);
    healthMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  agent.destroy();
}

/** So many calls, so many of them at a time. */
async function load(target: Target, parallel: number, calls: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const callMs: number[] = [];
  let left = calls;
  let failed = 0;
  const startMs = performance.now();
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const beganMs = performance.now();
      if (await callOnce(target, agent)) callMs.push(performance.now() - beganMs);
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, caller));
  const seconds = (performance.now() - startMs) / SECOND_MS;
  agent.destroy();
  return { perSecond: (calls - failed) / seconds, callMs, failed };
}

/** Whether a call was answered whole, with 200. */
async function callOnce({ url, headers }: Target, agent: Agent | undefined): Promise<boolean> {
  try {
    const outgoing = request(url, { headers, ...(agent === undefined ? {} : { agent }) }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    await answer.toArray();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

function rowsOf(name: string, { perSecond, directPerSecond, callMs, healthMs, failed }: Measured): Row[] {
  const calls = callMs.length + failed;
  const row = (metric: string, value: number, unit: string, n: number) => ({
    ...{ case: name, metric, value: round(value), unit, n },
  });
  return [
    compared(
      row('requestsPerSecond', median(perSecond), '1/s', perSecond.length),
      'direct',
      median(directPerSecond),
    ),
    ...(callMs.length === 0 ? [] : [row('p99Ms', percentile(callMs, 0.99), 'ms', callMs.length)]),
    row('failed', failed, '', calls),
    row('healthP99Ms', percentile(healthMs, 0.99), 'ms', healthMs.length),
  ];
}
