// Whole peers to which something happened that nobody would notice: another network's name, a wrong clock, a home that
// runs twice, a disk that runs full. Their clocks run ten times as fast.
import { execFile } from 'node:child_process';
import { cp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, createClient } from '../../src/api/client.ts';
import type { Config, Settings } from '../../src/config.ts';
import { DISK_FRESH_MS } from '../../src/health/parameters.ts';
import { createHome, openHome } from '../../src/home.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openPeer, type Peer } from '../../src/peer.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { helloEngine, OFFERED } from '../support/mesh.ts';
import { ownPlace } from '../support/places.ts';
import { doctor } from '../support/tally.ts';

const WAIT = { timeout: 40_000, interval: 100 };
const run = promisify(execFile);

/** How much faster the clocks of the peers run. */
const HASTE = 10;

/** A clock that hurries, and differs from the true time by so much. */
function hurried(offsetMs = 0): Clock {
  return {
    nowMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now() * HASTE,
    after(delayMs, then) {
      const timer = setTimeout(then, delayMs / HASTE);
      return () => clearTimeout(timer);
    },
  };
}

async function homeOf(settings: Settings): Promise<string> {
  const home = await temporaryHome();
  const base: Settings = { network: 'test', listen: ['/ip4/127.0.0.1/tcp/0'], api: { port: 0 }, mdns: false };
  await createHome(home, { ...base, dht: 'off', engine: { use: 'never' }, ...settings });
  return home;
}

async function startIn(home: string, clock = hurried()): Promise<Peer> {
  const peer = await openPeer(home, { clock, log: silentLog });
  onTestFinished(() => peer.stop());
  return peer;
}

const start = async (settings: Settings = {}, clock = hurried()) => startIn(await homeOf(settings), clock);

interface Answer {
  readonly status: string;
  readonly problems: { readonly code: string; readonly advice: string }[];
}

/** What /v1/health says without a token. */
async function healthOf({ apiUrl }: Peer): Promise<{ status: string; codes: string[] }> {
  const { status, problems } = (await (await fetch(`${apiUrl}/v1/health`)).json()) as Answer;
  for (const { advice } of problems) expect(advice).toMatch(/^[A-Z].*\.$/);
  return { status, codes: problems.map(({ code }) => code) };
}

const untilHealth = (peer: Peer, ...codes: string[]) =>
  vi.waitFor(async () => {
    const status = codes.length === 0 ? 'ok' : 'degraded';
    expect(await healthOf(peer)).toEqual({ status, codes });
  }, WAIT);

describe('a peer that', () => {
  it('bears the name of a network that nobody else has says so, and those it met do not complain', async () => {
    const one = await start();
    const other = await start({ bootstrap: one.addresses() });
    const lost = await start({ network: 'misspelt', bootstrap: one.addresses() });
    await untilHealth(lost, 'NETWORK_UNSHARED');
    expect(await healthOf(one)).toEqual({ status: 'ok', codes: [] });
    expect(await healthOf(other)).toEqual({ status: 'ok', codes: [] });
  });

  it('reaches none of its bootstrap peers says so until one is back', async () => {
    const { host, port } = ownPlace();
    const home = await homeOf({ listen: [`/ip4/${host}/tcp/${port}`] });
    const first = await startIn(home);
    const bootstrap = first.addresses();
    await first.stop();
    const peer = await start({ bootstrap });
    await untilHealth(peer, 'NO_PEERS');
    await startIn(home);
    await untilHealth(peer);
  });

  it.each([10, -10])('has a clock that is %i minutes off says so, and the others do not', async (minutes) => {
    const one = await start();
    const two = await start({ bootstrap: one.addresses() });
    const three = await start({ bootstrap: one.addresses() });
    const late = await start(
      { bootstrap: [...one.addresses(), ...two.addresses(), ...three.addresses()] },
      hurried(minutes * 60_000),
    );
    await untilHealth(late, 'CLOCK_WRONG');
    for (const peer of [one, two, three]) expect(await healthOf(peer)).toEqual({ status: 'ok', codes: [] });
  });

  it('runs twice says so on both sides, and a restart is not taken for that', async () => {
    const witness = await start();
    const home = await homeOf({ bootstrap: witness.addresses() });
    const before = await startIn(home);
    await vi.waitFor(async () => expect(await connectionsOf(before)).toBe(1), WAIT);
    await before.stop();
    const copy = await temporaryHome();
    await cp(home, copy, { recursive: true });
    const original = await startIn(home);
    await vi.waitFor(async () => expect(await connectionsOf(original)).toBe(1), WAIT);
    expect((await healthOf(original)).codes).toEqual([]);
    const twin = await startIn(copy);
    await untilHealth(original, 'KEY_RUNS_TWICE');
    await untilHealth(twin, 'KEY_RUNS_TWICE');
    expect((await healthOf(witness)).codes).toEqual([]);
    await twin.stop();
    await untilHealth(original);
  });

  it('has its home on a disk that runs full says so, in doctor too, until there is room', async ({
    skip,
  }) => {
    const home = await homeOf({});
    const config = await readConfig(home);
    const disk = join(home, 'disk');
    await run('mkdir', [disk]);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=90m', 'tmpfs', disk]).catch(() =>
      skip('nobody may mount here'),
    );
    onTestFinished(() => run('umount', ['-l', disk]).then(() => {}));
    const place = join(disk, 'peer');
    await createHome(place, { ...config });
    const peer = await startIn(place);
    await untilHealth(peer);
    const filling = join(disk, 'fill');
    await writeFile(filling, new Uint8Array(40 * 2 ** 20));
    await untilHealth(peer, 'DISK_LOW');
    await writeFile(filling, new Uint8Array(80 * 2 ** 20)).catch(() => {});
    await untilHealth(peer, 'DISK_FULL');
    const findings = await doctor(place);
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([{ check: 'health', detail: 'DISK_FULL' }]);
    await rm(filling);
    await untilHealth(peer);
  });
});

/** A disk in memory of so many MiB; undefined where nobody may mount one. */
async function smallDisk(mebibytes: number): Promise<string | undefined> {
  const disk = await temporaryHome();
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk]).then(
    () => true,
    () => false,
  );
  if (!isMounted) return undefined;
  onTestFinished(() => run('umount', ['-l', disk]).then(() => {}));
  return disk;
}

/** Writes to a disk until no more than so many MiB are free; what is returned makes room again. */
async function fill(disk: string, leftMebibytes: number): Promise<() => Promise<void>> {
  const file = join(disk, 'fill');
  const { bavail, bsize } = await statfs(disk);
  await writeFile(file, new Uint8Array(bavail * bsize - leftMebibytes * 2 ** 20));
  return () => rm(file);
}

describe('a volunteer that offers something', () => {
  /** A peer on an engine that says that its folder is there. */
  async function offering(
    home: string,
    folder?: string,
  ): Promise<{ peer: Peer; offers: () => Promise<number> }> {
    const engine = helloEngine(folder === undefined ? {} : { folder });
    const peer = await openPeer(home, { clock: hurried(), log: silentLog, engine });
    onTestFinished(() => peer.stop());
    const { tokens } = await openHome(home);
    const client = createClient({ url: peer.apiUrl, token: tokens.admin });
    await answerOf(client.POST('/v1/offers', { body: { resources: OFFERED } }));
    const PAGE = { params: { query: { limit: 10 } } };
    const offers = async () => (await answerOf(client.GET('/v1/market/offers', PAGE))).items.length;
    expect(await offers()).toBe(1);
    return { peer, offers };
  }

  it('takes it back while the disk of its home is full, of which it tells at once', async ({ skip }) => {
    const disk = await smallDisk(200);
    if (disk === undefined) return skip('nobody may mount here');
    const place = join(disk, 'peer');
    await createHome(place, { ...(await readConfig(await homeOf({}))), engine: { use: 'auto' } });
    const { peer, offers } = await offering(place);
    const empty = await fill(disk, 40);
    await untilFresh();
    expect((await healthOf(peer)).codes).toEqual(['DISK_LOW']);
    expect(await offers()).toBe(1);
    await empty();
    const emptyAgain = await fill(disk, 1);
    await untilFresh();
    expect((await healthOf(peer)).codes).toEqual(['DISK_FULL']);
    await vi.waitFor(async () => expect(await offers()).toBe(0), WAIT);
    await emptyAgain();
    await vi.waitFor(async () => expect(await offers()).toBe(1), WAIT);
    expect((await healthOf(peer)).codes).toEqual([]);
  });

  it('takes it back while the disk of its engine is full', async ({ skip }) => {
    const disk = await smallDisk(400);
    if (disk === undefined) return skip('nobody may mount here');
    const { peer, offers } = await offering(await homeOf({ engine: { use: 'auto' } }), disk);
    const empty = await fill(disk, 100);
    await untilFresh();
    expect((await healthOf(peer)).codes).toEqual(['ENGINE_DISK_LOW']);
    await empty();
    const emptyAgain = await fill(disk, 10);
    await untilFresh();
    expect((await healthOf(peer)).codes).toEqual(['ENGINE_DISK_FULL']);
    await vi.waitFor(async () => expect(await offers()).toBe(0), WAIT);
    await emptyAgain();
    await vi.waitFor(async () => expect(await offers()).toBe(1), WAIT);
    expect((await healthOf(peer)).codes).toEqual([]);
  });
});

/** Until a peer with a hurried clock looks again when it is asked. */
const untilFresh = () => new Promise((resolve) => setTimeout(resolve, DISK_FRESH_MS / HASTE));

async function readConfig(home: string): Promise<Config> {
  return (await openHome(home)).config;
}

async function connectionsOf({ apiUrl }: Peer): Promise<number> {
  const answer = (await (await fetch(`${apiUrl}/v1/health`)).json()) as { connectedPeers: number };
  return answer.connectedPeers;
}
