// tally logs through whole peers: all copies at once, followed over a restart of a volunteer's peer to the end of the deployment.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { tally } from '../support/tally.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));
const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const BID = {
  ...{ image: IMAGE.name, name: 'web', maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
  resources: { cpuMillis: 100, memoryBytes: 16 * 2 ** 20, diskBytes: 0, gpus: 0 },
  replicas: 2,
};

/** Two volunteers that both run a copy, and their tenant. */
async function running() {
  const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 2_000, maxAwayMs: 60_000 } };
  // Who restarts is found again by it
  const bootstrap = [await startPeer()];
  const hosts: TestPeer[] = [];
  for (let i = 0; i < 2; i += 1) {
    const host = await startPeer({ engine: helloEngine(), bootstrap, settings });
    await host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } });
    hosts.push(host);
  }
  const tenant = await startPeer({ bootstrap });
  const offers = () => answerOf(tenant.client.GET('/v1/market/offers', PAGE));
  await vi.waitFor(async () => expect((await offers()).items).toHaveLength(2), POLL);
  const { id } = (await placeBid(tenant.client, BID)).deployment;
  const path = { params: { path: { id } } };
  const look = () => answerOf(tenant.client.GET('/v1/deployments/{id}', path));
  await vi.waitFor(async () => expect(await look()).toMatchObject({ state: 'running' }), POLL);
  const { instances } = await look();
  const hostOf = (replica: number) => {
    const { volunteer, lease } = instances.find((each) => each.replica === replica)!;
    const host = hosts.find(({ peer }) => peer.peer === volunteer)!;
    return {
      host,
      print: (stream: 'stdout' | 'stderr', text: string) => host.engine!.print(lease, stream, text),
    };
  };
  return { tenant, hostOf, stop: () => tenant.client.DELETE('/v1/deployments/{id}', path) };
}

describe('tally logs', () => {
  it('shows all copies with their names, the two outputs apart, and nothing that steers a terminal', async () => {
    const { tenant, hostOf } = await running();
    hostOf(0).print('stdout', '\u001b]52;c;cm0=\u0007 \u001b[31mred');
    hostOf(1).print('stderr', 'oh no\rall is well');
    const read = (...args: string[]) =>
      new Promise<{ out: string; err: string }>((resolve) => {
        const all = [TALLY, '--home', tenant.home, 'logs', 'web', ...args];
        execFile(process.execPath, all, (_, out, err) => resolve({ out, err }));
      });
    const { out, err } = await read();
    expect(out.split('\n').toSorted()).toEqual([
      ...['', 'web.0 | \\x1b]52;c;cm0=\\x07 red', 'web.0 | hello from the log', 'web.1 | hello from the log'],
    ]);
    expect(err).toBe('web.1 | oh no\\rall is well\n');
    expect((await read('--raw', '--replica', '1')).err).toBe('oh no\rall is well\n');
    const timed = await read('-t', '--since', '1h', '--tail', '1', '--replica', '0');
    expect(timed.out).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \\x1b/);
    expect((await read('--until', '1h')).out).toBe('');
    const coloured = await tally(
      { FORCE_COLOR: '1' },
      '--home',
      tenant.home,
      'logs',
      'web',
      '--replica',
      '0',
    );
    expect(coloured.said).toContain('\u001b[31mred\u001b[0m\n');
    const json = await tally({}, '--json', '--home', tenant.home, 'logs', 'web', '--replica', '1');
    expect(json.said).toContain('"replica":1,"incarnation":1,"stream":"stderr"');
  });

  it('goes on with -f over a restart of a volunteer, and ends with the deployment', async () => {
    const { tenant, hostOf, stop } = await running();
    let said = '';
    const followed = new Promise<number>((resolve) => {
      const child = execFile(process.execPath, [TALLY, '--home', tenant.home, 'logs', 'web', '-f'], (error) =>
        resolve(Number(error?.code ?? 0)),
      );
      child.stdout!.on('data', (text) => {
        said += text;
      });
    });
    const until = (line: string) => vi.waitFor(() => expect(said).toContain(line), POLL);
    await until('web.1 | hello from the log');
    hostOf(0).print('stdout', 'before');
    await until('web.0 | before');
    const { host } = hostOf(0);
    await host.peer.stop();
    const back = await restart({ home: host.home, engine: host.engine?.reopen() });
    onTestFinished(() => back.peer.stop());
    const { instances } = (await answerOf(tenant.client.GET('/v1/deployments', PAGE))).items[0]!;
    const { lease } = instances.find(({ replica }) => replica === 0)!;
    back.engine!.print(lease, 'stdout', 'after');
    await until('web.0 | after');
    hostOf(1).print('stdout', 'the other goes on');
    await until('web.1 | the other goes on');
    await stop();
    expect(await followed).toBe(0);
    for (const line of ['web.0 | before', 'web.0 | after', 'web.0 | hello', 'web.1 | hello'])
      expect(said.split(line)).toHaveLength(2);
  });
});
