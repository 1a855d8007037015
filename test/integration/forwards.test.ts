// Ports of a tenant's machine that lead to its containers, through whole peers: typed, listed, over restarts, gone with the deployment.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, type Schemas } from '../../src/api/client.ts';
import { TUNNELS_A_LEASE } from '../../src/market/terms/parameters.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { ownPlace } from '../support/places.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SMALL = ['--cpus', '0.1', '--memory', '16MiB', '--detach'];

async function market() {
  const host = await startPeer({ engine: helloEngine() });
  await answerOf(host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
  const tenant = await startPeer({ bootstrap: [host] });
  await vi.waitFor(
    async () => expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1),
    POLL,
  );
  const type = (...args: string[]) => tally({}, '--home', tenant.home, ...args);
  return { host, tenant, type };
}

const forwards = async ({ client }: TestPeer): Promise<Schemas['Forward'][]> =>
  (await answerOf(client.GET('/v1/forwards', PAGE))).items;

/** What a program of this machine gets there. */
const get = async ({ host, port }: { host: string; port: number }) =>
  fetch(`http://${host}:${port}/`).then(
    (answer) => answer.text(),
    ({ cause }: { cause: NodeJS.ErrnoException }) => cause.code,
  );

/** Another program that listens there, until the returned function is called. */
async function occupy({ host, port }: { host: string; port: number }): Promise<() => void> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return () => server.close();
}

describe('tally run -p', () => {
  it('leads a port of this machine to the container, says so, and does until the deployment ends', async () => {
    const { tenant, type } = await market();
    const place = ownPlace();
    const here = `${place.host}:${place.port}`;
    const ran = await type('run', '--name', 'web', '-p', `${here}:8080`, IMAGE.name, ...SMALL);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.said).toContain(`${here}->8080`);
    expect(await get(place)).toBe('hello');
    expect((await type('ps')).said).toMatch(new RegExp(`web .*${here}->8080`));
    expect((await type('forward')).said).toMatch(new RegExp(`${here} +web +8080 +0`));
    // A port of its own is no other program's
    const [{ deployment } = { deployment: '' }] = await forwards(tenant);
    const again = await type('run', '--name', 'other', '-p', `${here}:8080`, IMAGE.name, ...SMALL);
    expect(again.said).toMatch(new RegExp(`FORWARD_PORT_TAKEN(.|\\n)*deployment: ${deployment}`));
    expect((await type('ps')).said).not.toMatch(/other/);
    const later = ownPlace();
    await type('forward', 'web', `${later.host}:${later.port}:8080`);
    const listed = (await forwards(tenant)).map(({ ip, localPort }) => `${ip}:${localPort}`);
    expect(listed).toEqual([here, `${later.host}:${later.port}`]);
    expect(await type('stop', 'web')).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect(await forwards(tenant)).toEqual([]), POLL);
    expect(await get(place)).toBe('ECONNREFUSED');
  });

  it('places nothing where another program listens', async () => {
    const { tenant, type } = await market();
    const place = ownPlace();
    await occupy(place);
    const ran = await type('run', '-p', `${place.host}:${place.port}:8080`, IMAGE.name, ...SMALL);
    expect(ran.code).not.toBe(0);
    expect(ran.said).toMatch(
      /FORWARD_PORT_TAKEN: Something listens at this port of this machine: another program/,
    );
    expect((await answerOf(tenant.client.GET('/v1/deployments', PAGE))).items).toEqual([]);
  });
});

describe('tally forward', () => {
  it('begins at a free port, refuses what cannot be, and ends', async () => {
    const { tenant, type } = await market();
    await type('run', '--name', 'web', '--port', '8080', IMAGE.name, ...SMALL);
    const begun = await type('forward', 'web', '8080');
    const [, port = ''] = /127\.0\.0\.1:(\d+)->8080/.exec(begun.said) ?? [];
    expect(await get({ host: '127.0.0.1', port: Number(port) })).toBe('hello');
    expect((await type('forward', 'web', '9090')).said).toContain('PORT_NOT_PUBLISHED');
    expect((await type('forward', 'other', '8080')).said).toContain('DEPLOYMENT_UNKNOWN');
    expect((await type('forward', '--end', '1')).said).toContain('FORWARD_UNKNOWN');
    expect((await type('forward', 'web')).code).toBe(2);
    expect(await type('forward', '--end', port)).toMatchObject({ code: 0 });
    expect(await forwards(tenant)).toEqual([]);
  });

  it('to a program that hangs takes no other program of the same volunteer away', async () => {
    const { type } = await market();
    const [hung, well] = [ownPlace(), ownPlace()];
    const run = (name: string, { host, port }: typeof hung) =>
      type('run', '--name', name, '-p', `${host}:${port}:8080`, IMAGE.name, ...SMALL);
    await run('hung', hung);
    await run('well', well);
    // Nothing is asked of the program, so it says nothing
    const sockets = Array.from({ length: TUNNELS_A_LEASE + 20 }, () => connect(hung.port, hung.host));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    let resets = 0;
    for (const socket of sockets) socket.on('error', () => (resets += 1));
    await vi.waitFor(() => expect(resets).toBe(20), POLL);
    expect(await get(hung)).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(await get(well)).toBe('hello');
    for (const socket of sockets) socket.resetAndDestroy();
    await vi.waitFor(async () => expect(await get(hung)).toBe('hello'), POLL);
  });

  it('is there again after a restart of the peer, also where its port is free only later', async () => {
    const { tenant, type } = await market();
    const place = ownPlace();
    await type('run', '--name', 'web', '-p', `${place.host}:${place.port}:8080`, IMAGE.name, ...SMALL);
    const before = await forwards(tenant);
    await tenant.peer.stop();
    const leave = await occupy(place);
    const again = await restart(tenant);
    tenant.peer = again.peer;
    expect(await forwards(again)).toMatchObject([{ listens: false, code: 'FORWARD_PORT_TAKEN' }]);
    leave();
    await vi.waitFor(async () => expect(await forwards(again)).toEqual(before), POLL);
    await vi.waitFor(async () => expect(await get(place)).toBe('hello'), POLL);
  });
});
