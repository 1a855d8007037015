// A tenant's image to volunteers that never had it: from its engine until their engines hold it, beside `docker save | docker load`
// into the same engines, as many side by side, in turns; and until containers run of it, which that does not do. Every peer is a process
// and every volunteer has an engine of its own, all on this machine: networks between machines are left out. The layers are programs of
// this machine, as those of real images are.

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answerOf, placeBid } from '../src/api/client.ts';
import { end } from '../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../src/cli/demo/peer-process.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { MIB } from '../src/lib/units.ts';
import type { LoadableImage } from '../src/runtime/engine.ts';
import { saveArchive } from '../src/runtime/image-archive.ts';
import { digestOf } from '../src/runtime/images/digest.ts';
import { encodeTarHeader, TAR_END, tarPadding } from '../src/runtime/tar-header.ts';
import { dockerAt } from '../test/support/image.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { BenchEngine } from './support/engines.ts';
import { median } from './support/figures.ts';
import { memoryMib } from './support/memory.ts';
import { compared, type Row, round } from './support/report.ts';

const LAYERS = 5;
const LAYER_BYTES = 40 * MIB;
const DELTA_BYTES = MIB;
const WAIT_MS = 300_000;
const LOOK_MS = 50;

/** Who takes part. */
interface Cast {
  readonly stage: Stage;
  readonly tenant: PeerProcess;
  readonly volunteers: readonly PeerProcess[];
  readonly engines: readonly BenchEngine[];
  /** The machine's own engine, which the tenant's images are built in. */
  readonly home: string;
  /** What layers are cut out of. */
  readonly matter: Buffer;
}

/** What one way of an image took. */
interface Taken {
  /** Until the engines hold it; of one that was broken off, until its container runs. */
  readonly seconds: number;
  readonly runningSeconds: number;
  readonly bytesSent: number;
  readonly peakRssMib: number;
}

/** The bench `images`. */
export const imagesBench: Bench = {
  summary: 'an image of 200 MiB to volunteers that never had it, beside docker save and load',
  async run(options) {
    const stage = new Stage();
    const engines: BenchEngine[] = [];
    try {
      const cast = await setUp(stage, engines, options);
      return await measureAll(cast, options);
    } finally {
      await stage.clear();
      for (const engine of engines) await engine.stop();
    }
  },
};

async function setUp(stage: Stage, engines: BenchEngine[], { isQuick, say }: BenchOptions): Promise<Cast> {
  await stage.engine(say);
  const home = stage.env.DOCKER_HOST ?? '';
  const elsewhere = stage.env;
  const count = isQuick ? 1 : 4;
  say(`starting ${count} engines, as many volunteers and a tenant`);
  // Who restarts is found again by it
  const { addresses: bootstrap } = await stage.peer('acquaintance', { offers: false });
  const tenant = await stage.peer('tenant', { bootstrap, offers: true });
  for (let i = 0; i < count; i += 1) engines.push(await BenchEngine.start());
  const volunteers: PeerProcess[] = [];
  for (const [index, engine] of engines.entries()) {
    stage.env = { ...elsewhere, DOCKER_HOST: engine.host };
    const volunteer = await stage.peer(volunteerName(index), { bootstrap, offers: true });
    const room = ['--cpus', '1', '--memory', '1GiB', '--price-cpu', '0'];
    const offer = ['offer', ...room, '--label', labelOf(index)];
    await tallyJson(['--home', volunteer.home, ...offer], stage.env);
    volunteers.push(volunteer);
  }
  stage.env = elsewhere;
  const known = async () => (await offers(tenant)).length === count;
  await until('the offers', known);
  const matter = await readFile(process.execPath);
  return { stage, tenant, volunteers, engines, home, matter };
}

const volunteerName = (index: number) => `volunteer-${index + 1}`;
/** By which a bid for one copy names its volunteer: who has the layers below a new one is asked again. */
const labelOf = (index: number) => `at=${volunteerName(index)}`;

const offers = async ({ client }: PeerProcess) =>
  (await answerOf(client.GET('/v1/market/offers', { params: { query: { limit: 100 } } }))).items;

async function measureAll(cast: Cast, { isQuick, say }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const rounds = isQuick ? 1 : 5;
  if (isQuick) say('left out for want of time: to-2, to-4');
  for (const copies of isQuick ? [1] : [1, 2, 4]) {
    say(`to-${copies}: ${rounds} rounds`);
    rows.push(...(await measureWay(cast, copies, rounds)));
  }
  say('delta: a new layer on top');
  rows.push(...(await measureDelta(cast, rounds)));
  say('resume: the tenant is killed at half');
  rows.push(...(await measureResume(cast)));
  return rows;
}

/** Ours and Docker's in turns, the one that goes first changing; a round of each goes unmeasured. */
async function measureWay(cast: Cast, copies: number, rounds: number): Promise<Row[]> {
  const [ours, dockers]: [Taken[], number[]] = [[], []];
  for (let i = -1; i < rounds; i += 1) {
    const turns = [
      async () => {
        const taken = await sendOnce(cast, await build(cast, newLayers(cast)), copies);
        if (i >= 0) ours.push(taken);
      },
      async () => {
        const seconds = await saveAndLoad(cast, await build(cast, newLayers(cast)), copies);
        if (i >= 0) dockers.push(seconds);
      },
    ];
    for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return rowsOf(`to-${copies}`, ours, dockers);
}

async function measureDelta(cast: Cast, rounds: number): Promise<Row[]> {
  const [ours, dockers]: [Taken[], number[]] = [[], []];
  const layers = newLayers(cast);
  const first = await build(cast, layers);
  await sendOnce(cast, first, 1, false);
  for (let i = 0; i < rounds; i += 1) {
    const next = await build(cast, [...layers, layerOf(randomBytes(DELTA_BYTES))]);
    ours.push(await sendOnce(cast, next, 1));
    dockers.push(
      await saveAndLoad(cast, await build(cast, [...layers, layerOf(randomBytes(DELTA_BYTES))]), 1),
    );
  }
  await forget(cast, first);
  return rowsOf('delta', ours, dockers);
}

/** The tenant is killed once half has come, and started again: what came is not sent a second time. */
async function measureResume(cast: Cast): Promise<Row[]> {
  const image = await build(cast, newLayers(cast));
  const sentBefore = await sentBytes(cast.tenant);
  const startMs = performance.now();
  await add(cast.tenant, image);
  const id = await place(cast.tenant, image, 1);
  const isHalf = async () => {
    const fetch = (await deployment(cast.tenant, id)).instances[0]?.fetch;
    return fetch !== undefined && fetch.ofBytes > 0 && fetch.bytes * 2 > fetch.ofBytes;
  };
  await until('half of the image', isHalf);
  const sentAtHalf = (await sentBytes(cast.tenant)) - sentBefore;
  process.kill(cast.tenant.pid, 'SIGKILL');
  const again = await cast.stage.again(cast.tenant.peer);
  Object.assign(cast.tenant, again);
  await untilRunning(again, id);
  const seconds = (performance.now() - startMs) / 1_000;
  const taken = {
    ...{ seconds, runningSeconds: seconds },
    bytesSent: sentAtHalf + (await sentBytes(again)),
    peakRssMib: await peakRssMib(cast),
  };
  await clear(cast, id, image);
  return rowsOf('resume', [taken], []);
}

function rowsOf(name: string, ours: readonly Taken[], dockers: readonly number[]): Row[] {
  const row = (metric: keyof Taken, unit: string): Row => ({
    ...{ case: name, metric, unit, n: ours.length },
    value: round(median(ours.map((each) => each[metric]))),
  });
  const seconds = row('seconds', 's');
  const beside = dockers.length === 0 ? seconds : compared(seconds, 'docker save and load', median(dockers));
  return [beside, row('runningSeconds', 's'), row('bytesSent', 'bytes'), row('peakRssMib', 'MiB')];
}

/** From the tenant's engine to containers that run of it; nothing is left of it. */
async function sendOnce(cast: Cast, image: LoadableImage, copies: number, isCleared = true): Promise<Taken> {
  for (const { pid } of [cast.tenant, ...cast.volunteers]) await writeFile(`/proc/${pid}/clear_refs`, '5');
  const sentBefore = await sentBytes(cast.tenant);
  const startMs = performance.now();
  await add(cast.tenant, image);
  const id = await place(cast.tenant, image, copies);
  const held = untilHeld(cast, image, copies).then(() => performance.now());
  await untilRunning(cast.tenant, id);
  const taken = {
    runningSeconds: (performance.now() - startMs) / 1_000,
    seconds: ((await held) - startMs) / 1_000,
    bytesSent: (await sentBytes(cast.tenant)) - sentBefore,
    peakRssMib: await peakRssMib(cast),
  };
  if (isCleared) await clear(cast, id, image);
  else await end(cast.tenant, id);
  return taken;
}

/** The same by Docker's own means, into as many engines at once. */
async function saveAndLoad(cast: Cast, image: LoadableImage, copies: number): Promise<number> {
  const startMs = performance.now();
  const ways = cast.engines.slice(0, copies).map(async ({ host }) => {
    const save = spawn('docker', ['-H', cast.home, 'save', nameOf(image)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const load = spawn('docker', ['-H', host, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] });
    const [code] = (await once(load, 'exit')) as [number];
    if (code !== 0) throw new Error('docker load failed');
  });
  await Promise.all(ways);
  const seconds = (performance.now() - startMs) / 1_000;
  await forget(cast, image);
  return seconds;
}

const add = ({ client }: PeerProcess, image: LoadableImage) =>
  answerOf(client.POST('/v1/images', { body: { engine: nameOf(image) } }));

async function place({ client }: PeerProcess, image: LoadableImage, replicas: number): Promise<string> {
  const resources = { cpuMillis: 100, memoryBytes: 64 * MIB };
  const labels = replicas === 1 ? [labelOf(0)] : [];
  const bid = {
    ...{ image: nameOf(image), resources, replicas, labels },
    maxPriceMicrocreditsPerHour: 1_000_000,
    durationMs: 600_000,
  };
  return (await placeBid(client, bid)).deployment.id;
}

/** Looks until it is so. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`${what} did not come within ${WAIT_MS / 1_000} s`);
    await pause(LOOK_MS);
  }
}

const deployment = ({ client }: PeerProcess, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));

const untilRunning = (tenant: PeerProcess, id: string) =>
  until('the containers', async () => (await deployment(tenant, id)).state === 'running');

/** Asks the engines themselves, until so many of them hold the image. */
function untilHeld({ engines }: Cast, { digest }: LoadableImage, copies: number): Promise<void> {
  const images = engines.map(({ host }) => dockerAt(host).getImage(digest));
  return until('the image', async () => {
    const found = await Promise.all(images.map((image) => image.inspect().then(Boolean, () => false)));
    return found.filter(Boolean).length >= copies;
  });
}

async function clear(cast: Cast, id: string, image: LoadableImage): Promise<void> {
  await end(cast.tenant, id);
  await cast.tenant.client.DELETE('/v1/images/{image}', { params: { path: { image: image.digest } } });
  await forget(cast, image);
}

/** Removes an image from every engine. */
async function forget({ home, engines }: Cast, image: LoadableImage): Promise<void> {
  for (const host of [home, ...engines.map((each) => each.host)])
    await once(spawn('docker', ['-H', host, 'rmi', '-f', image.digest], { stdio: 'ignore' }), 'exit');
}

async function sentBytes({ apiUrl, token }: PeerProcess): Promise<number> {
  const answer = await fetch(`${apiUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const [, bytes] =
    /^tallymesh_market_image_bytes_total\{direction="out"\} (\d+)$/m.exec(await answer.text()) ?? [];
  return Number(bytes);
}

/** The most memory that any of the peers has taken. */
async function peakRssMib({ tenant, volunteers }: Cast): Promise<number> {
  const peaks = [tenant, ...volunteers].map(({ pid }) => memoryMib(pid, 'VmHWM'));
  return Math.max(...(await Promise.all(peaks)));
}

const nameOf = ({ digest }: LoadableImage) => `tallymesh-bench:${digest.slice(7, 19)}`;

/** Layers that no engine has yet, of programs of this machine. */
function newLayers({ matter }: Cast): Buffer[] {
  return Array.from({ length: LAYERS }, (_, index) => {
    const from = (index * LAYER_BYTES) % (matter.byteLength - LAYER_BYTES);
    return layerOf(Buffer.concat([randomBytes(64), matter.subarray(from, from + LAYER_BYTES - 64)]));
  });
}

function layerOf(body: Buffer): Buffer {
  const name = `layer-${randomBytes(4).toString('hex')}`;
  const padding = Buffer.alloc(tarPadding(body.byteLength));
  return Buffer.concat([encodeTarHeader(name, body.byteLength), body, padding, TAR_END]);
}

/** An image of these layers in the machine's engine, above one that holds a shell. */
async function build({ home }: Cast, layers: readonly Buffer[]): Promise<LoadableImage> {
  const all = [await shellLayer(), ...layers];
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' },
      config: { User: '1000', Cmd: ['/bin/busybox', 'sleep', '600'] },
      rootfs: { type: 'layers', diff_ids: all.map(digestOf) },
    }),
  );
  const parts = all.map((tar) => ({ diffId: digestOf(tar), sizeBytes: tar.byteLength }));
  const image = { digest: digestOf(config), config, architecture: 'amd64', layers: parts };
  const tarOf = async function* (diffId: string) {
    const tar = all[parts.findIndex((each) => each.diffId === diffId)];
    if (tar !== undefined) yield tar;
  };
  const load = spawn('docker', ['-H', home, 'load'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const loaded = once(load, 'exit');
  await pipeline(Readable.from(saveArchive({ image, tar: tarOf }, 0, [nameOf(image)])), load.stdin);
  const [code] = (await loaded) as [number];
  if (code !== 0) throw new Error('the image of the bench cannot be loaded');
  return image;
}

/** A layer with the machine's static busybox. */
async function shellLayer(): Promise<Buffer> {
  const args = [
    '-C',
    '/bin',
    '--transform',
    's,^,bin/,',
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    '-c',
    'busybox',
  ];
  const { stdout } = await promisify(execFile)('tar', args, { encoding: 'buffer', maxBuffer: 64 * MIB });
  return stdout;
}
