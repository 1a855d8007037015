// A tunnel to a container at its volunteer. Bytes: through a port of the tenant's machine that leads to the container. HTTP: by the path
// of the tenant's API and by its name for browsers, so many calls in parallel. Both beside the container's own address and a plain TCP
// proxy in Node, a process of its own; and what the volunteer's API takes meanwhile for `GET /v1/health`, one call after the other. Peers
// are processes of their own on this machine, on its real engine: networks between machines are left out. Callers keep their connections;
// by the path of the API every call is a tunnel and a connection to the container. All share the processors, the generator of the load too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { answerOf } from '../src/api/client.ts';
import { APPLICATION_PORT } from '../src/cli/demo/application.ts';
import { placeAndWait } from '../src/cli/demo/deployments.ts';
import { DEMO_RESOURCES } from '../src/cli/demo/docker-run.ts';
import { type PeerProcess, tallyJson } from '../src/cli/demo/peer-process.ts';
import { output } from '../src/cli/demo/programs.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { until } from '../src/cli/demo/wait.ts';
import { countOf } from '../src/lib/amounts.ts';
import { MIB, SECOND_MS } from '../src/lib/units.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { median, percentile } from './support/figures.ts';
import { memoryMib } from './support/memory.ts';
import { echoes, type Held, hold, type Port, receive, SENDER } from './support/raw-streams.ts';
import { compared, type Row, round } from './support/report.ts';

/** How many in parallel, how many calls a round, and how many rounds. */
const CASES = {
  'http-1': { parallel: 1, calls: 300, rounds: { full: 8, quick: 1 } },
  'http-20': { parallel: 20, calls: 300, rounds: { full: 8, quick: 1 } },
  'http-100': { parallel: 100, calls: 300, rounds: { full: 8, quick: 1 } },
} as const;

/** How many connections, how much over all of them together, and how many rounds. */
const STREAMS = {
  'stream-1': { connections: 1, bytes: 256 * MIB, rounds: { full: 8, quick: 2 } },
  'stream-64': { connections: 64, bytes: 256 * MIB, rounds: { full: 8, quick: 2 } },
} as const;

/** Connections that are open at once, first idle, then with more to read than anybody reads. */
const HELD_CASE = 'connections-1000';
const HELD = 1_000;

/** After so long nobody sends any more: all that can wait does. */
const UNREAD_MS = 5_000;

/** Bytes there and back in each round. */
const ECHOES = 300;

/** Where the program listens that sends without end. */
const SENDER_PORT = 9_000;

/** Between two looks at the volunteer's health. */
const LOOK_MS = 20;

const forever = new AbortController().signal;

/** Where calls go. */
interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a call gets to the application: by its tenant's API, by its name there, through a plain proxy, or to its own address. */
const WAYS = ['api', 'name', 'proxy', 'direct'] as const;
type Way = (typeof WAYS)[number];

/** How connections get to a port of the container. */
const ROUTES = ['forward', 'proxy', 'direct'] as const;
type Route = (typeof ROUTES)[number];

interface Cast {
  readonly volunteer: PeerProcess;
  readonly tenant: PeerProcess;
  readonly routes: Readonly<Record<Route, Port>>;
  readonly ways: Readonly<Record<Way, Target>>;
  readonly close: () => void;
}

/** What one or more rounds gave. */
interface Measured {
  readonly ways: Readonly<
    Record<Way, { readonly perSecond: number[]; readonly callMs: number[]; failed: number }>
  >;
  readonly healthMs: number[];
}

/** The bench `tunnel`. */
export const tunnelBench: Bench = {
  summary: 'bytes and HTTP calls to a container through a tunnel, beside a plain proxy and its own address',
  async run(options) {
    const stage = new Stage();
    let cast: Cast | undefined;
    try {
      cast = await setUp(stage, options);
      const rows: Row[] = [];
      for (const [name, { connections, bytes, rounds }] of Object.entries(STREAMS)) {
        const count = rounds[options.isQuick ? 'quick' : 'full'];
        options.say(
          `${name}: ${count} rounds of ${bytes / MIB} MiB over ${countOf(connections, 'connection')}`,
        );
        rows.push(...(await measureStreams(cast, name, connections, bytes, count)));
      }
      for (const [name, { parallel, calls, rounds }] of Object.entries(CASES)) {
        const count = rounds[options.isQuick ? 'quick' : 'full'];
        options.say(`${name}: ${count} rounds of ${calls} calls, ${parallel} in parallel`);
        rows.push(...rowsOf(name, await measure(cast, parallel, calls, count)));
      }
      options.say(`${HELD_CASE}: opened, idle, and not read`);
      rows.push(...(await measureHeld(cast)));
      return rows;
    } finally {
      cast?.close();
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
  const address = await addressOf(copy?.lease ?? '', stage);
  const proxy = await plainProxy(address, APPLICATION_PORT);
  const { routes, close } = await routesTo(stage, tenant, image);
  const [named] = deployment.addresses;
  const ways = {
    api: {
      url: `${tenant.apiUrl}/v1/deployments/${deployment.id}/http/${APPLICATION_PORT}/`,
      headers: { authorization: `Bearer ${tenant.token}` },
    },
    name: { url: `${tenant.apiUrl}/`, headers: { host: new URL(named?.url ?? '').host } },
    proxy: { url: `http://127.0.0.1:${proxy.port}/`, headers: {} },
    direct: { url: `http://${address}:${APPLICATION_PORT}/`, headers: {} },
  };
  await until('the application to answer', () => callOnce(ways.api, undefined), forever);
  const closeAll = () => {
    proxy.close();
    close();
  };
  return { volunteer, tenant, routes, ways, close: closeAll };
}

/** Another container, that sends without end, and the ways to it. */
async function routesTo(stage: Stage, tenant: PeerProcess, image: string) {
  const { deployment } = await placeAndWait(tenant, image, forever, {
    ...{ resources: { ...DEMO_RESOURCES, cpuMillis: 1_000 }, maxPriceMicrocreditsPerHour: 10_000_000 },
    ...{ ports: [SENDER_PORT], command: ['/bin/node', '-e', SENDER, String(SENDER_PORT)] },
  });
  const host = await addressOf(deployment.instances[0]?.lease ?? '', stage);
  const proxy = await plainProxy(host, SENDER_PORT);
  const body = { deployment: deployment.id, port: SENDER_PORT };
  const { localPort } = await answerOf(tenant.client.POST('/v1/forwards', { body }));
  const routes = {
    forward: { host: '127.0.0.1', port: localPort },
    proxy: { host: '127.0.0.1', port: proxy.port },
    direct: { host, port: SENDER_PORT },
  };
  for (const route of ROUTES)
    await until('the program to send', () => receive(routes[route], 1, MIB).catch(() => undefined), forever);
  return { routes, close: proxy.close };
}

const PROXY = `
const net = require('net');
const { pipeline } = require('stream');
const [host, port] = process.argv.slice(1);
const server = net.createServer({ noDelay: true }, (socket) => {
  const outgoing = net.connect({ host, port: Number(port), noDelay: true });
  pipeline(socket, outgoing, socket, () => {});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Pipes bytes both ways, in a process of its own. */
async function plainProxy(host: string, port: number): Promise<{ port: number; close: () => void }> {
  const child = spawn(process.execPath, ['-e', PROXY, host, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(line), close: () => child.kill() };
}

/** The address of a lease's container on its own network. */
async function addressOf(lease: string, { env }: Stage): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return (await output('docker', ['inspect', '-f', format, `tallymesh-${lease}`], { env })).trim();
}

/** Rounds by all routes in turns. */
async function measureStreams(
  { routes }: Cast,
  name: string,
  connections: number,
  bytes: number,
  rounds: number,
): Promise<Row[]> {
  const none = () => ({ mbPerSecond: [] as number[], echoMs: [] as number[] });
  const found = { forward: none(), proxy: none(), direct: none() };
  for (let count = 0; count < rounds; count += 1)
    for (const route of ROUTES) {
      found[route].mbPerSecond.push(await receive(routes[route], connections, bytes));
      if (connections === 1) found[route].echoMs.push(...(await echoes(routes[route], ECHOES)));
    }
  const row = (metric: string, value: number, unit: string, n: number) => ({
    ...{ case: name, metric, value: round(value), unit, n },
  });
  const rate = (route: Route) => median(found[route].mbPerSecond);
  const perSecond = row('mbPerSecond', rate('forward'), 'MiB/s', rounds);
  const rows = [
    compared(perSecond, 'direct', rate('direct')),
    compared({ ...perSecond, metric: 'toProxy' }, 'plain proxy', rate('proxy')),
  ];
  if (connections > 1) return rows;
  const echo = (route: Route) => median(found[route].echoMs);
  const addedMs = row('addedMs', echo('forward') - echo('direct'), 'ms', found.forward.echoMs.length);
  return [...rows, compared(addedMs, 'plain proxy', echo('proxy') - echo('direct'))];
}

/** Memory of both peers beyond what they had before. */
async function measureHeld({ tenant, volunteer, routes }: Cast): Promise<Row[]> {
  const row = (metric: string, value: number, unit: string) => ({
    ...{ case: HELD_CASE, metric, value: round(value), unit, n: 1 },
  });
  const peers = { tenant, volunteer };
  const memory = () => Promise.all(Object.values(peers).map(({ pid }) => memoryMib(pid, 'VmRSS')));
  const direct = await hold(routes.direct, HELD, 'echo');
  letGo(direct);
  const before = await memory();
  const more = async (metric: string) => {
    const now = await memory();
    return Object.keys(peers).map((name, at) =>
      row(`${name}${metric}`, (now[at] ?? 0) - (before[at] ?? 0), 'MiB'),
    );
  };
  const idle = await hold(routes.forward, HELD, 'echo');
  const rows = [
    compared(row('openedPerSecond', idle.perSecond, '1/s'), 'direct', direct.perSecond),
    row('failed', idle.failed, ''),
    ...(await more('IdleMib')),
  ];
  letGo(idle);
  const unread = await hold(routes.forward, HELD, 'send');
  await new Promise((resolve) => setTimeout(resolve, UNREAD_MS));
  rows.push(...(await more('UnreadMib')), row('unreadReset', unread.resets(), ''));
  letGo(unread);
  return rows;
}

function letGo({ sockets }: Held): void {
  for (const socket of sockets) socket.destroy();
}

/** Rounds of calls by all ways in turns; health is looked at during those by the path of the API. */
async function measure(cast: Cast, parallel: number, calls: number, rounds: number): Promise<Measured> {
  const none = () => ({ perSecond: [], callMs: [], failed: 0 });
  const ways: Measured['ways'] = { api: none(), name: none(), proxy: none(), direct: none() };
  const healthMs: number[] = [];
  for (let count = 0; count < rounds; count += 1)
    for (const way of WAYS) {
      const over = new AbortController();
      const watching = way === 'api' ? watchHealth(cast.volunteer, healthMs, over.signal) : undefined;
      const { perSecond, callMs, failed } = await load(cast.ways[way], parallel, calls);
      over.abort();
      await watching;
      ways[way].perSecond.push(perSecond);
      ways[way].callMs.push(...callMs);
      ways[way].failed += failed;
    }
  return { ways, healthMs };
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

function rowsOf(name: string, { ways, healthMs }: Measured): Row[] {
  const row = (metric: string, value: number, unit: string, n: number) => ({
    ...{ case: name, metric, value: round(value), unit, n },
  });
  const rate = (way: Way) => median(ways[way].perSecond);
  const middle = (way: Way) => median(ways[way].callMs);
  const through = (way: 'api' | 'name', prefix: string): Row[] => {
    const { perSecond, callMs, failed } = ways[way];
    const metric = (of: string) =>
      prefix === '' ? of : `${prefix}${of.charAt(0).toUpperCase()}${of.slice(1)}`;
    const latencies =
      callMs.length === 0
        ? []
        : [
            compared(row(metric('medianMs'), middle(way), 'ms', callMs.length), 'direct', middle('direct')),
            row(metric('p99Ms'), percentile(callMs, 0.99), 'ms', callMs.length),
          ];
    return [
      compared(
        row(metric('requestsPerSecond'), rate(way), '1/s', perSecond.length),
        'direct',
        rate('direct'),
      ),
      compared(row(metric('toProxy'), rate(way), '1/s', perSecond.length), 'plain proxy', rate('proxy')),
      ...latencies,
      row(prefix === '' ? 'failed' : metric('failed'), failed, '', callMs.length + failed),
    ];
  };
  return [
    ...through('api', ''),
    ...through('name', 'name'),
    row('healthP99Ms', percentile(healthMs, 0.99), 'ms', healthMs.length),
  ];
}
