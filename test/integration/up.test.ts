// tally up as a process: what it tells on a terminal and what elsewhere, and its end over the API; tally leave where there is no engine.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../src/api/client.ts';
import type { Settings } from '../../src/config.ts';
import { initPeer } from '../../src/peer.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { tally } from '../support/tally.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));
const POLL = { timeout: 20_000, interval: 50 };
const SETTINGS: Settings = {
  ...{ network: 'test', listen: ['/ip4/127.0.0.1/tcp/0'], api: { port: 0 }, mdns: false },
  engine: { use: 'never' },
};

interface Up {
  readonly home: string;
  readonly child: ChildProcess;
  /** What it said on standard error. */
  said(): string;
}

async function up(args: string[], settings: Settings = {}): Promise<Up> {
  const home = await temporaryHome();
  await initPeer(home, { ...SETTINGS, ...settings });
  const child = spawn(process.execPath, [TALLY, '--home', home, 'up', ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += bytes;
  });
  await vi.waitFor(() => access(join(home, 'api.json')), POLL);
  return { home, child, said: () => said };
}

async function clientOf(home: string) {
  const { url } = JSON.parse(await readFile(join(home, 'api.json'), 'utf8')) as { url: string };
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  return createClient({ url, token });
}

describe('a peer that runs', () => {
  it('tells people the next step, what happens, and what stays, in sentences', async () => {
    const { home, child, said } = await up(['--log', 'people']);
    await vi.waitFor(
      () => expect(said()).toMatch(/^To run a container on another machine: npx tallymesh market/),
      POLL,
    );
    expect((await tally({}, '--home', home, 'pause')).code).toBe(0);
    await vi.waitFor(() => expect(said()).toMatch(/\d\d:\d\d:\d\d {2}Your offers are paused/), POLL);
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    expect(await gone).toEqual([0, null]);
    expect(said()).toMatch(/The peer has stopped\. None of its containers runs on this machine\.\n$/);
    expect(said()).not.toMatch(/[{}]/);
  });

  it('writes JSON lines where no terminal reads them, as collectors of logs expect', async () => {
    const { child, said } = await up([]);
    await vi.waitFor(() => expect(said()).toMatch(/peer started/), POLL);
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    await gone;
    for (const line of said().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });

  it('stops when it is asked to over the API, as by a signal', async () => {
    const { home, child } = await up([]);
    const gone = once(child, 'exit');
    const { response } = await (await clientOf(home)).POST('/v1/stop');
    expect(response.status).toBe(202);
    expect(await gone).toEqual([0, null]);
    expect(await readdir(home)).not.toContain('api.json');
  });
});

describe('leave', () => {
  it('stops the peer and keeps its home, and with --purge removes what is of the peer and nothing else', async () => {
    const { home, child } = await up([]);
    await writeFile(join(home, 'notes.txt'), 'mine');
    const gone = once(child, 'exit');
    const left = await tally({}, '--home', home, '--json', 'leave');
    expect(left.code).toBe(0);
    expect(JSON.parse(left.said)).toMatchObject({ offers: 0, evicted: 0, containers: 0, purged: false });
    expect(await gone).toEqual([0, null]);
    expect(await readdir(home)).toContain('key');

    const unsure = await tally({}, '--home', home, 'leave', '--purge');
    expect(unsure).toMatchObject({ code: 4, said: expect.stringMatching(/the key.*PURGE_UNCONFIRMED/s) });
    expect(await readdir(home)).toContain('key');

    const purged = await tally({}, '--home', home, 'leave', '--purge', '--yes');
    expect(purged.said).not.toMatch(/[Ee]ngine|Images/);
    expect(purged).toMatchObject({ code: 0, said: expect.stringMatching(/is removed.*notes\.txt/) });
    expect(await readdir(home)).toEqual(['notes.txt']);
    expect(await tally({}, '--home', home, 'leave')).toMatchObject({
      ...{ code: 3, said: expect.stringMatching(/^HOME_ABSENT/) },
    });
  });
});
