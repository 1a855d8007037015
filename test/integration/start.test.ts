// A peer that cannot start says why with a code, and leaves nothing: no engine in use, no api.json, no locked ledger.
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Settings } from '../../src/config.ts';
import { codeOf, type TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { initPeer, openPeer } from '../../src/peer.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { helloEngine } from '../support/mesh.ts';
import { ownPlace } from '../support/places.ts';
import { doctor, tally } from '../support/tally.ts';

const LISTEN = '/ip4/127.0.0.1/tcp/0';
const listenOf = ({ host, port }: Place) => `/ip4/${host}/tcp/${port}`;
const SETTINGS: Settings = { network: 'test', listen: [LISTEN], api: { port: 0 }, mdns: false };

type Place = ReturnType<typeof ownPlace>;

/** A program that listens somewhere until the test ends. */
async function busyPlace(): Promise<{ place: Place; free(): Promise<void> }> {
  const place = ownPlace();
  const server: Server = createServer().listen(place);
  await once(server, 'listening');
  const free = async () => {
    if (server.listening) await new Promise<void>((closed) => server.close(() => closed()));
  };
  onTestFinished(free);
  return { place, free };
}

async function homeWith(settings: Settings): Promise<string> {
  const home = await temporaryHome();
  await initPeer(home, { ...SETTINGS, ...settings });
  return home;
}

/** Opens the peer; what it failed with, and whether the engine was given back. */
async function failedStart(home: string) {
  const engine = helloEngine();
  const giveBack = vi.spyOn(engine, 'close');
  const error = await openPeer(home, { engine, log: silentLog }).then(
    () => expect.fail('it started'),
    (thrown: TallyError) => thrown,
  );
  const givenBack = giveBack.mock.calls.length > 0;
  return { code: codeOf(error), details: error.details, givenBack };
}

async function expectStarts(home: string): Promise<void> {
  const peer = await openPeer(home, { engine: helloEngine(), log: silentLog });
  expect(await readdir(home)).toContain('api.json');
  await peer.stop();
}

describe('a start that fails', () => {
  it.each([
    ['the port of its API', (api: Place) => ({ api }), '/api'],
    ['a port that it listens on', (place: Place) => ({ listen: [LISTEN, listenOf(place)] }), '/listen/1'],
  ])(
    'because another program has %s says so, leaves nothing, and works once that is gone',
    async (_, settings, setting) => {
      const { place, free } = await busyPlace();
      const home = await homeWith(settings(place));
      expect(await failedStart(home)).toMatchObject({ code: 'ADDRESS_IN_USE', details: { setting } });
      expect(await readdir(home)).not.toContain('api.json');
      await free();
      await expectStarts(home);
    },
  );

  it('because two of its settings want one port says so', async () => {
    const place = ownPlace();
    const home = await homeWith({ listen: [listenOf(place)], api: place });
    expect(await failedStart(home)).toMatchObject({ code: 'ADDRESS_IN_USE', details: { setting: '/api' } });
  });

  it.each([
    ['/listen/0', { listen: ['/ip4/192.0.2.7/tcp/0'] }],
    ['/listen/0', { listen: ['/dns4/nobody.invalid/tcp/0'] }],
    ['/api', { api: { host: '192.0.2.7', port: 0 } }],
  ])('because this machine has no such address names %s', async (setting, settings) => {
    const failed = await failedStart(await homeWith(settings));
    expect(failed).toMatchObject({ code: 'ADDRESS_UNAVAILABLE', details: { setting } });
  });

  it('at its very end, when api.json cannot be written, gives back the engine and the ledger', async () => {
    const home = await homeWith({});
    await mkdir(join(home, 'api.json', 'in-the-way'), { recursive: true });
    expect(await failedStart(home)).toMatchObject({ code: 'HOME_UNUSABLE', givenBack: true });
    await rm(join(home, 'api.json'), { recursive: true });
    await expectStarts(home);
  });
});

describe('doctor', () => {
  const bad = async (home: string) => (await doctor(home)).filter(({ ok }) => !ok);

  it('names a setting that cannot work, and why', async () => {
    const home = await homeWith({ engine: { use: 'never' } });
    const settings = { ...SETTINGS, bootstrap: ['/ip4/192.0.2.7/tcp/4801/p2p/null'] };
    await writeFile(join(home, 'config.json'), JSON.stringify(settings));
    const [found] = await bad(home);
    expect(found?.detail).toBe('CONFIG_INVALID /bootstrap/0 /ip4/192.0.2.7/tcp/4801/p2p/null');
    expect(found?.next).toMatch(/not a whole peer id/);
  });

  it('finds a port that is taken while the peer is stopped, and asks the peer while it runs', async () => {
    const { place, free } = await busyPlace();
    const home = await homeWith({ api: place, engine: { use: 'never' } });
    expect(await bad(home)).toMatchObject([
      { check: 'ports', detail: expect.stringMatching(/^ADDRESS_IN_USE/) },
    ]);
    await free();
    expect(await bad(home)).toEqual([]);
    const peer = await openPeer(home, { log: silentLog });
    onTestFinished(() => peer.stop());
    const findings = await doctor(home);
    expect(findings).toContainEqual({ check: 'health', ok: true, detail: 'well, 0 peers connected' });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('tally', () => {
  const oneSentence = (said: string) => said.split('\n').filter((line) => /^\s+at |node:/.test(line));

  it.each([
    [['--listen', '127.0.0.1:4850'], /\/listen\/0/],
    [['--bootstrap', '/ip4/127.0.0.1/tcp/4850/p2p/null'], /\/bootstrap\/0/],
    [['--bootstrap', '/ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…'], /not a whole peer id/],
    [['--network', 'Not A Name'], /\/network/],
  ])('init %j is refused with a sentence, and makes nothing', async (args, said) => {
    const home = await temporaryHome();
    const answer = await tally({}, '--home', home, 'init', ...args);
    expect(answer.code).toBe(2);
    expect(answer.said).toMatch(/^CONFIG_INVALID: /);
    expect(answer.said).toMatch(said);
    expect(oneSentence(answer.said)).toEqual([]);
    expect(await readdir(home)).toEqual([]);
  });

  it('up on a port that is taken says so without a stack trace', async () => {
    const { place } = await busyPlace();
    const home = await homeWith({ api: place, engine: { use: 'never' }, logLevel: 'silent' });
    const { code, said } = await tally({}, '--home', home, 'up');
    expect(code).toBe(4);
    expect(said).toMatch(/^ADDRESS_IN_USE: .*\n {2}setting: \/api\n/);
    expect(oneSentence(said)).toEqual([]);
  });

  it('up with a DOCKER_HOST that no engine can ever answer at says so', async () => {
    const home = await homeWith({});
    const { said } = await tally({ DOCKER_HOST: 'http://' }, '--home', home, 'up');
    expect(said).toMatch(/^ENGINE_UNREACHABLE: /);
    expect(said).toContain('not the address of an engine');
    expect(oneSentence(said)).toEqual([]);
  });

  it('init where no folder can be made says so', async () => {
    const file = join(await homeWith({}), 'token');
    const answer = await tally({}, '--home', join(file, 'here'), 'init');
    expect(answer.said).toMatch(/^HOME_UNUSABLE: /);
    expect(oneSentence(answer.said)).toEqual([]);
  });
});
