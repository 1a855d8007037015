// Health checks and restarts through whole peers: what a tenant types and sees, and which copies are called.
import type { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, type Schemas } from '../../src/api/client.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SMALL = ['--cpus', '0.1', '--memory', '16MiB'];
const OFTEN = ['--health-interval', '1s', '--health-retries', '1', '--health-start-period', '0s'];

/** Whether what listens on port 8080 is well. */
interface Program {
  isWell: boolean;
}

/** Answers every connection by how it is. */
function engineOf(program: Program) {
  const answer = (socket: Duplex) =>
    socket.once('data', () => {
      const status = program.isWell ? '200 OK' : '500 Internal Server Error';
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello`);
    });
  const run = () => ({
    prints: [{ stream: 'stdout' as const, text: 'its last line' }],
    ports: { 8080: answer },
  });
  return createFakeEngine({ images: [{ digest: IMAGE.digest, names: [IMAGE.name], user: '1000', run }] });
}

interface Market {
  readonly host: TestPeer;
  readonly tenant: TestPeer;
  readonly type: (...args: string[]) => ReturnType<typeof tally>;
}

async function market(program: Program): Promise<Market> {
  const host = await startPeer({ engine: engineOf(program) });
  await answerOf(host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
  const tenant = await startPeer({ bootstrap: [host] });
  await vi.waitFor(
    async () => expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1),
    POLL,
  );
  return { host, tenant, type: (...args) => tally({}, '--home', tenant.home, ...args) };
}

const only = async ({ client }: TestPeer): Promise<Schemas['Deployment']> =>
  (await answerOf(client.GET('/v1/deployments', PAGE))).items[0]!;
const lease = async ({ client }: TestPeer): Promise<Schemas['Lease']> =>
  (await answerOf(client.GET('/v1/leases', PAGE))).items[0]!;
const call = async ({ peer, token }: TestPeer, id: string) => {
  const answer = await fetch(`${peer.apiUrl}/v1/deployments/${id}/http/8080/`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return `${answer.status} ${await answer.text()}`;
};

describe('tally run with a health check', () => {
  it('waits until the copy is healthy, and its port is published for the check', async () => {
    const program = { isWell: false };
    const { tenant, type } = await market(program);
    const slow = ['--health-start-period', '1m'];
    const running = type('run', '--name', 'web', '--health-http', '8080/up', ...slow, IMAGE.name, ...SMALL);
    const starting = { state: 'running', health: 'starting', healthFailure: 'HTTP status 500' };
    await vi.waitFor(async () => expect((await only(tenant)).instances).toMatchObject([starting]), POLL);
    const why = /The health check of web fails\. Its volunteer says: HTTP status 500/;
    expect((await type('ps')).said).toMatch(why);
    expect((await type('logs', 'web')).said).toMatch(/its health check failed: HTTP status 500\]/);
    const { id, ports } = await only(tenant);
    expect(ports).toEqual([8080]);
    expect(await call(tenant, id)).toMatch(/^503 .*DEPLOYMENT_UNHEALTHY/);
    program.isWell = true;
    const { code, said } = await running;
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(said).toMatch(/waiting for the health check\. Its volunteer says: HTTP status 500/);
    expect(await call(tenant, id)).toBe('200 hello');
    const listed = (await type('ps')).said;
    expect(listed).toMatch(/\(running \(healthy\)\)/);
    expect(listed).not.toMatch(why);
  });

  it('says of a copy that is not healthy that it is not, with its last lines; it is restarted, and called when it is well', async () => {
    const program = { isWell: false };
    const { host, tenant, type } = await market(program);
    const { code, said } = await type('run', '--health-http', '8080', ...OFTEN, IMAGE.name, ...SMALL);
    expect({ code, said }).toMatchObject({ code: 6 });
    expect(said).toMatch(
      /(running|restarting) \(UNHEALTHY(.|\n)*its last line(.|\n)*HTTP status 500(.|\n)*health check fails/,
    );
    const { id } = await only(tenant);
    expect(await call(tenant, id)).toMatch(/^(503 .*DEPLOYMENT_UNHEALTHY|409 .*DEPLOYMENT_NOT_RUNNING)/);
    program.isWell = true;
    await vi.waitFor(async () => {
      const { instances } = await only(tenant);
      expect(instances).toMatchObject([{ state: 'running', health: 'healthy', incarnation: 1 }]);
      expect(instances[0]!.restarts).toBeGreaterThanOrEqual(1);
    }, POLL);
    expect(await call(tenant, id)).toBe('200 hello');
    expect((await lease(host)).restarts).toBeGreaterThanOrEqual(1);
    const { items } = await answerOf(tenant.client.GET('/v1/events', PAGE));
    const kinds = items.map(({ kind }) => kind);
    for (const kind of ['copy.unhealthy', 'copy.restarting', 'copy.healthy'] as const)
      expect(kinds).toContain(kind);
    const told = items.filter(({ reason }) => reason === 'HTTP status 500').map(({ kind }) => kind);
    expect(told).toContain('copy.restarting');
  });

  it('is not asked of an image that has none, whose copy counts as healthy', async () => {
    const { tenant, type } = await market({ isWell: true });
    expect(await type('run', '--port', '8080', IMAGE.name, ...SMALL)).toMatchObject({ code: 0 });
    const { id, instances } = await only(tenant);
    expect(instances[0]).not.toHaveProperty('health');
    expect(await call(tenant, id)).toBe('200 hello');
  });

  it('keeps a copy out of calls also after the tenant’s peer was started anew', async () => {
    const program = { isWell: true };
    const { tenant, type } = await market(program);
    const slowly = ['--health-retries', '20', '--health-interval', '1s', '--health-start-period', '1h'];
    program.isWell = false;
    await type('run', '--detach', '--health-http', '8080', ...slowly, IMAGE.name, ...SMALL);
    await vi.waitFor(
      async () => expect((await only(tenant)).instances).toMatchObject([{ health: 'starting' }]),
      POLL,
    );
    await tenant.peer.stop();
    const { peer, client } = await restart(tenant);
    tenant.peer = peer;
    const { id } = (await answerOf(client.GET('/v1/deployments', PAGE))).items[0]!;
    const again = { ...tenant, client };
    expect(await call(again, id)).toMatch(/^503 .*DEPLOYMENT_UNHEALTHY/);
  });
});

describe('a container that ends under a policy', () => {
  it('runs again in its lease, with its count and its last exit code, and is charged for what it ran', async () => {
    const { host, tenant, type } = await market({ isWell: true });
    await type('run', '--detach', '--name', 'web', '--restart', 'on-failure:2', IMAGE.name, ...SMALL);
    const { id } = await lease(host);
    for (let restarts = 1; restarts <= 2; restarts += 1) {
      host.engine!.end(id, 3);
      await vi.waitFor(
        async () => expect(await lease(host)).toMatchObject({ state: 'running', restarts, exitCode: 3 }),
        POLL,
      );
    }
    await vi.waitFor(async () => {
      expect((await type('ps')).said).toMatch(/\(running \(2 restarts, last exit code 3\)\)/);
    }, POLL);
    host.engine!.end(id, 4);
    await vi.waitFor(
      async () => expect(await only(tenant)).toMatchObject({ state: 'failed', cause: 'EXITED', exitCode: 4 }),
      POLL,
    );
    const [{ chargedMicrocredits }, { upMs, priceMicrocreditsPerHour }] = [
      await lease(tenant),
      await lease(host),
    ];
    expect(chargedMicrocredits).toBeLessThanOrEqual(Math.ceil((upMs * priceMicrocreditsPerHour) / 3_600_000));
    expect((await only(tenant)).instances).toHaveLength(1);
  });
});
