// Addresses of deployments, through whole peers: what `run`, `ps` and `open` say of them, and that they work.
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { temporaryFolder } from '../support/images.ts';
import { IMAGE, OFFERED, restart, startPeer } from '../support/mesh.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SMALL = ['--cpus', '0.1', '--memory', '16MiB', '--detach'];

/** Speaks HTTP at 8080, and at 6379 what redis says to it. */
function twoProtocols() {
  const say = (bytes: string) => (socket: Duplex) => void socket.once('data', () => socket.end(bytes));
  const ports = {
    8080: say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello'),
    6379: say("-ERR unknown command 'HEAD'\r\n"),
  };
  const image = { digest: IMAGE.digest, names: [IMAGE.name], user: '1000', run: () => ({ ports }) };
  return createFakeEngine({ images: [image] });
}

async function market(settings = {}) {
  const host = await startPeer({ engine: twoProtocols() });
  await answerOf(host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
  const tenant = await startPeer({ bootstrap: [host], settings });
  await vi.waitFor(
    async () => expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1),
    POLL,
  );
  const type = (...args: string[]) => tally({}, '--home', tenant.home, ...args);
  return { tenant, type };
}

/** What a browser finds at an address: its host is this machine. */
async function visit(url: string): Promise<string> {
  const { host, port } = new URL(url);
  const outgoing = request({ host: '127.0.0.1', port, headers: { host }, agent: false }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return String(Buffer.concat(await answer.toArray()));
}

describe('the address of a deployment', () => {
  it('is what run and ps print, and it answers, also after a restart of the peer', async () => {
    const { tenant, type } = await market();
    const ran = await type('run', '--name', 'web', '--port', '8080', IMAGE.name, ...SMALL);
    const url = `http://web.localhost:${new URL(tenant.peer.apiUrl).port}/`;
    expect(ran.said).toMatch(new RegExp(`call +${url}$`, 'm'));
    expect((await type('ps')).said).toContain(url);
    expect(await visit(url)).toBe('hello');
    await tenant.peer.stop();
    const again = await restart(tenant);
    tenant.peer = again.peer;
    const moved = `http://web.localhost:${new URL(again.peer.apiUrl).port}/`;
    await vi.waitFor(async () => expect(await visit(moved)).toBe('hello'), POLL);
  });

  it('is not given for a port that speaks another protocol: run says how to reach that', async () => {
    const { type } = await market();
    const ran = await type('run', '--name', 'db', '--port', '6379', '--port', '8080', IMAGE.name, ...SMALL);
    expect(ran.said).toMatch(/call +port 6379 does not answer HTTP; ".*forward" leads/);
    expect(ran.said).toMatch(/http:\/\/db--8080\.localhost:\d+\/$/m);
    expect(ran.said).not.toContain('http://db.localhost');
  });

  it('is not repeated for a port that speaks another protocol and is led to already', async () => {
    const { type } = await market();
    const ran = await type('run', '-p', ':6379', IMAGE.name, ...SMALL);
    expect(ran.said).toMatch(/here +127\.0\.0\.1:\d+->6379/);
    expect(ran.said).not.toMatch(/^call/m);
  });
});

describe('tally open', () => {
  it('prints the address of the first port, or of the one that is named', async () => {
    const { type } = await market();
    await type('run', '--name', 'web', '--port', '8080', '--port', '6379', IMAGE.name, ...SMALL);
    expect(await type('open', 'web', '--print')).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^http:\/\/web\.localhost:\d+\/\n$/),
    });
    expect((await type('open', 'web', '--print', '--port', '6379')).said).toMatch(
      /^http:\/\/web--6379\.localhost/,
    );
    expect((await type('--json', 'open', 'web')).said).toMatch(
      /^\{"url":"http:\/\/web\.localhost:\d+\/"\}\n$/,
    );
    expect(await type('open', 'web', '--port', '9')).toMatchObject({
      said: expect.stringContaining('PORT_NOT_PUBLISHED'),
    });
    expect(await type('open', 'other')).toMatchObject({
      said: expect.stringContaining('DEPLOYMENT_UNKNOWN'),
    });
    await type('stop', 'web');
    const opened = async () => (await type('open', 'web', '--print')).said;
    await vi.waitFor(async () => expect(await opened()).toContain('DEPLOYMENT_NOT_RUNNING'), POLL);
  });

  it('opens the browser of the machine there, and says so where it has none', async () => {
    const { tenant, type } = await market();
    await type('run', '--name', 'web', '--port', '8080', IMAGE.name, ...SMALL);
    const bin = await temporaryFolder();
    const shown = join(bin, 'shown');
    const opener = join(bin, process.platform === 'darwin' ? 'open' : 'xdg-open');
    await writeFile(opener, `#!/bin/sh\necho "$1" > '${shown}'\n`);
    await chmod(opener, 0o755);
    const open = (path: string) => tally({ PATH: path }, '--home', tenant.home, 'open', 'web');
    expect(await open(`${bin}:${process.env.PATH}`)).toMatchObject({ code: 0 });
    await vi.waitFor(
      async () => expect(await readFile(shown, 'utf8')).toMatch(/^http:\/\/web\.localhost:\d+\/\n$/),
      POLL,
    );
    expect(await open(await temporaryFolder())).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^http:.*\n.*No browser was opened/),
    });
  });

  it('says what to do where the API listens elsewhere than on loopback', async () => {
    const { type, tenant } = await market({
      api: { host: '::ffff:127.0.0.1', port: 0, allowedHosts: ['[::ffff:7f00:1]'] },
    });
    await type('run', '--name', 'web', '--port', '8080', IMAGE.name, ...SMALL);
    const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
    expect(items).toMatchObject([{ name: 'web', addresses: [] }]);
    expect((await type('open', 'web')).said).toMatch(/NAMES_NOT_SERVED: .*forward/);
  });
});
