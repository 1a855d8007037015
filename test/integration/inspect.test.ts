// tally inspect and tally stats: why something does not run, from its bid to now, in one answer.
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { helloEngine, IMAGE, OFFERED, startPeer } from '../support/mesh.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 40_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const BID = {
  ...{ image: IMAGE.name, name: 'web', maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
  ...{ resources: { cpuMillis: 100, memoryBytes: 16 * 2 ** 20 }, graceMs: 10_000 },
};

async function running() {
  const host = await startPeer({ engine: helloEngine() });
  await answerOf(host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
  const tenant = await startPeer({ bootstrap: [host] });
  const { id } = await vi.waitFor(async () => (await placeBid(tenant.client, BID)).deployment, POLL);
  const path = { params: { path: { id } } };
  const until = (wanted: object) =>
    vi.waitFor(
      async () =>
        expect(await answerOf(tenant.client.GET('/v1/deployments/{id}', path))).toMatchObject(wanted),
      POLL,
    );
  await until({ state: 'running' });
  const type = (...args: string[]) => tally({}, '--home', tenant.home, ...args);
  return { host, tenant, until, type };
}

describe('tally inspect', () => {
  it('tells of a copy whose volunteer is gone every step, and why it has no other place', async () => {
    const { host, until, type } = await running();
    const well = await type('inspect', 'web');
    expect(well.said).not.toMatch(/Why it does not run/);
    expect(well.said).toMatch(/0\.1 +…\w{8} +running +\w{12} +[\d.]+ m?s +\d+ +[\d.]+ cr/);
    await host.peer.stop();
    await until({ instances: [{ state: 'lost' }], waiting: { cause: 'NOTHING_MATCHED' } });
    const { code, said } = await type('inspect', 'web');
    expect(code).toBe(0);
    const steps = ['the bid was placed', 'got a lease', 'running', 'cannot be seen to run', 'was given up'];
    for (const [index, step] of steps.slice(1).entries())
      expect(said.indexOf(step, said.indexOf('what happened'.toUpperCase()))).toBeGreaterThan(
        said.indexOf(steps[index]!, said.indexOf('what happened'.toUpperCase())),
      );
    expect(said).toMatch(/Why it does not run as wanted\nCopy 0\.1 on …\w{8}: lost \(VOLUNTEER_LOST\)\./);
    expect(said).toMatch(/copy 0\.2 has no volunteer \(NOTHING_MATCHED\): no offer is known/);
    const json = JSON.parse((await type('--json', 'inspect', 'web')).said);
    expect(json).toMatchObject({ deployment: { name: 'web' }, leases: [{ side: 'tenant' }] });
    expect(json.events.map(({ kind }: Schemas['Event']) => kind)).toContain('copy.waiting');
  });

  it('tells of a lease that this peer gives, and of nothing that is not there', async () => {
    const { host } = await running();
    const { items } = await answerOf(host.client.GET('/v1/leases', PAGE));
    const type = (...args: string[]) => tally({}, '--home', host.home, ...args);
    const { said } = await type('inspect', items[0]!.id.slice(0, 12));
    expect(said).toMatch(/state +running/);
    expect(said).toMatch(/tenant +12D3/);
    expect(said).toMatch(/reserved(.|\n)*running/);
    expect(await type('inspect', 'nothing')).toMatchObject({
      ...{ code: 4, said: expect.stringMatching(/DEPLOYMENT_UNKNOWN/) },
    });
  });
});

describe('tally stats', () => {
  it('shows what each copy uses beside what it has, on both sides', async () => {
    const { host, type } = await running();
    const row = (name: string) =>
      new RegExp(`${name} +…\\w{8} +running +[\\d.]+ m?s +[\\d.]+ +0\\.1 cpus +[\\d.]+ \\wiB +16 MiB`);
    expect((await type('stats', '--no-stream')).said).toMatch(row('web\\.0'));
    expect((await type('stats', 'web', '--no-stream')).said).toMatch(row('web\\.0'));
    const given = await tally({}, '--home', host.home, 'stats', '--no-stream');
    expect(given.said).toMatch(row('\\w{12}'));
    expect((await type('stats', 'nothing', '--no-stream')).said).toMatch(/DEPLOYMENT_UNKNOWN/);
  });
});

describe('tally events', () => {
  it('shows those of a deployment, a kind, a peer and a time', async () => {
    const { host, tenant, type } = await running();
    const kinds = (said: string) => [
      ...new Set(said.split('\n').flatMap((line) => line.split(/ +/)[1] ?? [])),
    ];
    expect(kinds((await type('events', 'web', '--kind', 'copy')).said)).toEqual([
      ...['copy.placing', 'copy.starting', 'copy.running'],
    ]);
    const end = `…${host.peer.peer.slice(-8)}`;
    expect((await type('events', '--with', end, '--kind', 'copy.running')).said).toContain(end);
    expect((await type('events', '--since', '1h', '--kind', 'deployment.placed')).said).toMatch(/placed/);
    const { items } = await answerOf(tenant.client.GET('/v1/events', PAGE));
    const later = new Date(items[0]!.atMs + 60_000).toISOString();
    expect((await type('events', '--since', later)).said).toBe('');
  });
});
