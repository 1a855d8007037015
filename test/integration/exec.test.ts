// Programs and files in the containers of a deployment, through whole peers: from the command line and by the client of the API.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError, answerOf } from '../../src/api/client.ts';
import { openExec } from '../../src/api/session-client.ts';
import { encodeFrame, FRAME, FRAMES_TYPE } from '../../src/lib/program-io.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { folderWith } from '../support/folders.ts';
import { tarOf } from '../support/images.ts';
import { IMAGE, OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import { RUNS } from '../support/sessions.ts';
import { tally } from '../support/tally.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SMALL = ['--cpus', '0.1', '--memory', '16MiB', '--detach'];
const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

let engine: FakeEngine;
let host: TestPeer;
let tenant: TestPeer;
let type: (...args: string[]) => ReturnType<typeof tally>;

beforeEach(async () => {
  engine = createFakeEngine({
    images: [{ digest: IMAGE.digest, names: [IMAGE.name], user: '1000', run: () => ({ runs: RUNS }) }],
  });
  host = await startPeer({ engine });
  await answerOf(host.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
  tenant = await startPeer({ bootstrap: [host] });
  await vi.waitFor(
    async () => expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(1),
    POLL,
  );
  type = (...args) => tally({}, '--home', tenant.home, ...args);
  expect(await type('run', '--name', 'web', IMAGE.name, ...SMALL)).toMatchObject({ code: 0 });
});

/** A command whose streams are its own. */
function begin(...args: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [TALLY, '--home', tenant.home, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ended(child: ChildProcessWithoutNullStreams) {
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

const lease = () => engine.running()[0]!;

describe('tally exec', () => {
  it('gives the two outputs of a program apart, and its exit code', async () => {
    const { stdout, stderr, code } = await ended(begin('exec', 'web', '--', 'both'));
    expect({ stdout: stdout.toString(), stderr, code }).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 7,
    });
  });

  it('passes on what it reads where that is wanted, and nothing else', async () => {
    const sent = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 13) % 256));
    const child = begin('exec', '-i', 'web', '--', 'cat');
    child.stdin.end(sent);
    const { stdout, code } = await ended(child);
    expect(code).toBe(0);
    expect(stdout.equals(sent)).toBe(true);
    const deaf = begin('exec', 'web', '--', 'cat');
    deaf.stdin.on('error', () => {});
    deaf.stdin.write('not for it');
    expect((await ended(deaf)).stdout.toString()).toBe('');
  });

  it('has codes for what does not begin', async () => {
    expect(await type('exec', 'web', '--', 'nosuch')).toMatchObject({ code: 127 });
    expect((await type('exec', '-u', 'root', 'web', '--', 'both')).said).toContain('EXEC_USER_REFUSED');
    expect(await type('exec', 'other', '--', 'both')).toMatchObject({ code: 4 });
    expect(await type('exec', 'web.1', '--', 'both')).toMatchObject({ code: 4 });
    expect(await type('exec', 'web')).toMatchObject({ code: 2 });
    expect(await type('exec', '-e', 'no', 'web', '--', 'both')).toMatchObject({ code: 2 });
    expect(await type('exec', '-w', 'relative', 'web', '--', 'both')).toMatchObject({ code: 2 });
    expect(await tally({}, '--home', join(tenant.home, 'none'), 'exec', 'web', '--', 'x')).toMatchObject({
      code: 3,
    });
  });

  it('gives the program variables, a folder, a user and arguments, whatever is in them', async () => {
    const odd = ['-x', '--json', 'a b', '', '"$HOME"', 'ä'];
    const asked = begin('exec', '-e', 'A=b=c', '-w', '/srv', '-u', '1000', 'web.0', '--', 'env', ...odd);
    const { stdout } = await ended(asked);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      ...{ command: ['env', ...odd], env: { A: 'b=c' }, folder: '/srv', user: '1000', hasInput: false },
    });
  });

  it('asks which copy is meant where there are several', async () => {
    const other = await startPeer({ engine: engineAnew(), bootstrap: [host] });
    await answerOf(other.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }));
    await vi.waitFor(
      async () =>
        expect((await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items).toHaveLength(2),
      POLL,
    );
    expect(await type('run', '--name', 'two', '--replicas', '2', IMAGE.name, ...SMALL)).toMatchObject({
      code: 0,
    });
    const unclear = await type('exec', 'two', '--', 'both');
    expect(unclear).toMatchObject({ code: 4, said: expect.stringContaining('REPLICA_UNCLEAR') });
    for (const copy of ['two.0', 'two.1'])
      expect(await type('exec', copy, '--', 'both')).toMatchObject({ code: 7 });
  });

  it('ends the program when the command is killed', async () => {
    const child = begin('exec', 'web', '--', 'wait');
    await once(child.stdout, 'data');
    expect(engine.executions(lease())).toBe(1);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(engine.executions(lease())).toBe(0), POLL);
  });

  it('ends with 125 when a peer goes away, and the program with it', async () => {
    const child = begin('exec', 'web', '--', 'wait');
    const end = ended(child);
    await once(child.stdout, 'data');
    await tenant.peer.stop();
    const { code, stderr } = await end;
    expect(code).toBe(125);
    expect(stderr).toContain('EXEC_LOST');
    await vi.waitFor(() => expect(engine.executions(lease())).toBe(0), POLL);
  });

  it('ends with 125 and the code of the engine when that goes away', async () => {
    const child = begin('exec', 'web', '--', 'wait');
    const end = ended(child);
    await once(child.stdout, 'data');
    engine.goDown();
    expect(await end).toMatchObject({ code: 125, stderr: expect.stringContaining('ENGINE_UNREACHABLE') });
  });

  it('ends the program with its deployment', async () => {
    const child = begin('exec', 'web', '--', 'wait');
    const end = ended(child);
    await once(child.stdout, 'data');
    await type('stop', 'web');
    expect((await end).code).toBe(137);
  });

  it('is seen by the owner of the machine, without what was run', async () => {
    await type('exec', 'web', '--', 'both');
    const { items } = await answerOf(host.client.GET('/v1/events', PAGE));
    expect(items.filter(({ kind }) => kind === 'lease.entered')).toEqual([
      {
        seq: expect.any(Number),
        atMs: expect.any(Number),
        kind: 'lease.entered',
        lease: lease(),
        peer: expect.any(String),
      },
    ]);
  });

  it('is paid for like what goes through a tunnel', async () => {
    const child = begin('exec', '-i', 'web', '--', 'cat');
    child.stdin.end(Buffer.alloc(100_000));
    await ended(child);
    await vi.waitFor(async () => {
      const { items } = await answerOf(tenant.client.GET('/v1/leases', PAGE));
      expect(items[0]?.usage.tunnelKib).toBe(Math.floor(200_000 / 1_024));
    }, POLL);
  });
});

function engineAnew(): FakeEngine {
  return createFakeEngine({
    images: [{ digest: IMAGE.digest, names: [IMAGE.name], user: '1000', run: () => ({ runs: RUNS }) }],
  });
}

describe('tally cp', () => {
  it('takes a folder into a container and out again, as it was', async () => {
    const folder = await folderWith({
      'site/index.html': 'hello',
      'site/sub/l': '->../index.html',
      'site/sub/x': 'x',
    });
    expect(await type('cp', join(folder, 'site'), 'web:/data')).toMatchObject({ code: 0 });
    expect(await type('cp', 'web:/data/site', join(folder, 'back'))).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'back', 'sub', 'l'), 'utf8')).toBe('hello');
    expect((await readdir(join(folder, 'back'), { recursive: true })).sort()).toEqual(
      (await readdir(join(folder, 'site'), { recursive: true })).sort(),
    );
    expect(await type('cp', 'web:/data/site', folder)).toMatchObject({ code: 4 });
  });

  it('names what it leaves out, and exits with 1', async () => {
    const folder = await folderWith({ 'd/fine': 'x', 'd/out': '->/etc/passwd' });
    const put = await type('cp', join(folder, 'd'), 'web:/tmp');
    expect(put.code).toBe(1);
    expect(put.said).toMatch(/left out: .*d\/out \(a link leads out of it/);
    expect(await type('cp', 'web:/tmp/d', join(folder, 'back'))).toMatchObject({ code: 0 });
    expect(await readdir(join(folder, 'back'))).toEqual(['fine']);
  });

  it('reads a tar and writes one', async () => {
    const tar = tarOf([
      { name: './', kind: '5' },
      { name: './b', body: 'two' },
      { name: './a/', kind: '5', mode: 0o755 },
      { name: './a/set', body: 'x', mode: 0o4755 },
      { name: './dev', kind: '3' },
    ]);
    const putting = begin('cp', '-', 'web:/tmp');
    putting.stdin.end(tar);
    const put = await ended(putting);
    expect(put).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('left out: ./dev (it is a device'),
    });
    const { stdout, code } = await ended(begin('cp', 'web:/tmp', '-'));
    expect(code).toBe(0);
    const folder = await folderWith();
    await writeFile(join(folder, 'all.tar'), stdout);
    const untar = spawn('tar', ['-xf', 'all.tar'], { cwd: folder });
    expect((await once(untar, 'exit'))[0]).toBe(0);
    expect(await readFile(join(folder, 'tmp', 'b'), 'utf8')).toBe('two');
    expect(await readFile(join(folder, 'tmp', 'a', 'set'), 'utf8')).toBe('x');
  });

  it('has codes for what cannot be', async () => {
    const folder = await folderWith({ file: 'x' });
    const file = join(folder, 'file');
    const copies: [from: string, to: string, code: number, says: string][] = [
      ['web:/none', folder, 4, 'FILE_UNKNOWN'],
      [file, 'web:/none/x', 4, 'FILE_UNKNOWN'],
      [file, 'web:/proc/x', 4, 'FILE_REFUSED'],
      [join(folder, 'none'), 'web:/tmp', 4, 'FILE_REFUSED'],
      ['web:/tmp', join(folder, 'none', 'x'), 4, 'FILE_TARGET_FAILED'],
      ['web:/tmp', file, 4, 'FILE_TARGET_TAKEN'],
      [file, folder, 2, 'one of the two places is in a container'],
      ['web:/a', 'web:/b', 2, 'one of the two places is in a container'],
    ];
    for (const [from, to, code, says] of copies) {
      const got = await type('cp', from, to);
      expect({ from, to, ...got }).toMatchObject({ code, said: expect.stringContaining(says) });
    }
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('the call for a session', () => {
  const call = (body: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${tenant.peer.apiUrl}/v1/deployments/${'a'.repeat(26)}/exec`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.token}`, 'content-type': FRAMES_TYPE, ...headers },
      body: new Uint8Array(body),
    }).then(async (answer) => ({ status: answer.status, ...((await answer.json()) as object) }));
  const start = (value: unknown) => encodeFrame(FRAME.start, Buffer.from(JSON.stringify(value)));

  it('asks for a token, a content type, and a first frame that fits its schema', async () => {
    const good = start({ command: ['id'] });
    expect(await call(good, { authorization: 'Bearer no' })).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
    });
    expect(await call(good, { origin: 'http://evil.example' })).toMatchObject({ code: 'HOST_REFUSED' });
    expect(await call(good, { 'content-type': 'application/json' })).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
    expect(await call(good)).toMatchObject({ status: 404, code: 'DEPLOYMENT_UNKNOWN' });
    for (const [value, field] of [
      [{ command: [] }, 'body.command'],
      [{ command: ['a\0b'] }, 'body.command.0'],
      [{ command: ['a'], user: '-u' }, 'body.user'],
      [{ command: ['a'], terminal: { rows: 0, columns: 1 } }, 'body.terminal.rows'],
      [{ command: ['a'], privileged: true }, 'body.privileged'],
      [{ command: ['a'], env: { 'A=B': 'x' } }, 'body.env.A=B'],
    ] as const)
      expect(await call(start(value))).toMatchObject({ code: 'BAD_REQUEST', details: { field } });
    for (const bytes of [
      encodeFrame(FRAME.stdin),
      encodeFrame(FRAME.start, Buffer.from('{')),
      Buffer.alloc(0),
    ])
      expect(await call(bytes)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await call(Buffer.alloc(5, 0xff))).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('is made by the typed client, and its errors are those of every call', async () => {
    const options = { url: tenant.peer.apiUrl, token: tenant.token };
    const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
    const { id } = items[0]!;
    const session = await openExec(options, id, { command: ['both'] });
    const kinds: number[] = [];
    for (let frame = await session.next(); frame !== undefined; frame = await session.next())
      kinds.push(frame.kind);
    expect(kinds).toEqual([FRAME.stdout, FRAME.stderr, FRAME.exit]);
    await expect(openExec(options, 'b'.repeat(26), { command: ['x'] })).rejects.toThrow(ApiError);
    await expect(
      openExec({ ...options, url: 'http://127.0.0.1:1' }, id, { command: ['x'] }),
    ).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
  });
});
