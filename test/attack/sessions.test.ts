// Tenants that misuse what is done inside containers, and containers whose files are traps: a stranger's lease, frames that are none,
// readers that never read, floods, tars that lead out. And a volunteer that sends such a tar to its tenant.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { encodeFrame, encodeFrames, FRAME } from '../../src/lib/program-io.ts';
import { SESSIONS_A_LEASE, SESSIONS_MOST } from '../../src/market/terms/parameters.ts';
import { createOverlay } from '../../src/overlay/create-overlay.ts';
import { copyProtocol } from '../../src/overlay/protocols/copy.ts';
import { execProtocol } from '../../src/overlay/protocols/exec.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { readFolder } from '../../src/runtime/folders/read-folder.ts';
import { writeNamed } from '../../src/runtime/folders/write-folder.ts';
import { entriesIn, folderWith } from '../support/folders.ts';
import { piecesOf, type TarEntry, tarOf } from '../support/images.ts';
import { helloEngine, startPeer } from '../support/mesh.ts';
import { endOfInput, heard, input, sessionsWorld } from '../support/sessions.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const signal = new AbortController().signal;

let world: Awaited<ReturnType<typeof sessionsWorld>>;
let lease: Uint8Array;
const programs = () => world.engine.executions(world.engine.running()[0]!);

beforeEach(async () => {
  world = await sessionsWorld();
  lease = await world.lease();
});

describe('a stranger', () => {
  it('runs nothing and reads nothing, over the real way, whatever lease it names', async () => {
    const victim = await startPeer({ engine: helloEngine() });
    const options = { network: 'test', listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: victim.peer.addresses() };
    const overlay = createOverlay(options, {
      identity: createIdentity(),
      clock: systemClock,
      log: silentLog,
    });
    await overlay.start();
    onTestFinished(() => overlay.stop());
    const [address = ''] = victim.peer.addresses();
    const peer = address.slice(address.lastIndexOf('/') + 1);
    const exec = { lease, command: ['id'], user: '', folder: '', env: [], rows: 0, columns: 0, input: 0 };
    const copy = { lease, path: '/etc', direction: 'out', top: 1 };
    expect(await overlay.pipe(execProtocol, peer, exec, signal).catch(codeOf)).toBe('LEASE_UNKNOWN');
    expect(await overlay.pipe(copyProtocol, peer, copy, signal).catch(codeOf)).toBe('LEASE_UNKNOWN');
    const [many, none] = [Array(257).fill('x'), { ...exec, command: [] }];
    for (const wrong of [
      { ...exec, command: many },
      { ...exec, user: '-u' },
      { ...exec, folder: 'relative' },
    ])
      expect(await overlay.pipe(execProtocol, peer, wrong, signal).catch(codeOf)).toBe('RECORD_MALFORMED');
    expect(await overlay.pipe(execProtocol, peer, none, signal).catch(codeOf)).toBe('LEASE_UNKNOWN');
  });
});

describe('a tenant', () => {
  it.each([
    ['a frame that is too long', Buffer.from([0xff, 0xff, 0xff, 0xff, FRAME.stdin])],
    ['a frame just above the limit', Buffer.from([0, 1, 0, 2, FRAME.stdin])],
    ['a frame without a kind', Buffer.alloc(4)],
    ['a frame of a kind that there is not', encodeFrame(9)],
    ["a frame of the other side's", encodeFrame(FRAME.exit, Buffer.from([0]))],
    ['a terminal of no size', encodeFrame(FRAME.resize, Buffer.alloc(4))],
    ['half a size', encodeFrame(FRAME.resize, Buffer.alloc(2))],
  ])('that sends %s loses its program, and nothing else', async (_, bytes) => {
    const other = await world.exec(lease, ['wait']);
    const stream = await world.exec(lease, ['wait'], { rows: 24, columns: 80 });
    stream.write(bytes);
    await expect.poll(() => stream.destroyed, WAIT).toBe(true);
    await expect.poll(programs, WAIT).toBe(1);
    expect(other.destroyed).toBe(false);
    other.destroy();
  });

  it('that never reads stops its program, and takes no memory', async () => {
    const stream = await world.exec(lease, ['flood']);
    await expect.poll(() => world.counted(), WAIT).toBeGreaterThan(4_000);
    let before = -1;
    await expect
      .poll(() => {
        const [now, isStill] = [world.counted(), world.counted() === before];
        before = now;
        return isStill;
      }, WAIT)
      .toBe(true);
    expect(world.counted()).toBeLessThan(1_000_000);
    stream.destroy();
    await expect.poll(programs, WAIT).toBe(0);
  });

  it('whose program reads nothing sends no more than what waits', async () => {
    const stream = await world.exec(lease, ['deaf']);
    let sent = 0;
    const piece = input(Buffer.alloc(65_536));
    while (stream.write(piece) && sent < 1_000) sent += 1;
    expect(sent).toBeLessThan(100);
    stream.destroy();
    await expect.poll(programs, WAIT).toBe(0);
  });

  it('that opens programs without end is stopped at its lease, and others are not', async () => {
    const mine = await Promise.all(
      Array.from({ length: 3 * SESSIONS_A_LEASE }, () => world.exec(lease, ['wait']).catch(codeOf)),
    );
    expect(mine.filter((each) => each === 'EXEC_TOO_MANY')).toHaveLength(2 * SESSIONS_A_LEASE);
    const another = await world.lease();
    expect(await heard(await world.exec(another, ['both']))).toMatchObject({ code: 7 });
  });

  it('with many leases opens no more than the volunteer has room for', async () => {
    const leases = await Promise.all(
      Array.from({ length: SESSIONS_MOST / SESSIONS_A_LEASE + 1 }, () => world.lease()),
    );
    const opened = await Promise.all(
      leases.flatMap((each) =>
        Array.from({ length: SESSIONS_A_LEASE }, () => world.exec(each, ['wait']).catch(codeOf)),
      ),
    );
    expect(opened.filter((each) => typeof each !== 'string')).toHaveLength(SESSIONS_MOST);
  });

  it.each<[string, TarEntry[]]>([
    ['goes up', [{ name: '../x', body: 'x' }]],
    ['is absolute', [{ name: '/etc/x', body: 'x' }]],
    ['is a device', [{ name: 'x', kind: '3', device: [1, 5] }]],
    ['is a hard link', [{ name: 'x', kind: '1', target: '/etc/shadow' }]],
    ['leads out', [{ name: 'x', kind: '2', target: '/etc' }]],
    ['is set-uid', [{ name: 'x', body: 'x', mode: 0o4755 }]],
    [
      'is two',
      [
        { name: 'x', body: 'x' },
        { name: 'y', body: 'x' },
      ],
    ],
  ])('puts no entry into a container that %s', async (_, entries) => {
    const stream = await world.copy(lease, { path: '/tmp', direction: 'in' });
    for (const frame of encodeFrames(FRAME.stdin, tarOf(entries))) stream.write(frame);
    stream.write(endOfInput);
    expect((await heard(stream)) as { failed?: string }).toMatchObject({
      failed: expect.stringMatching(/FILE_REFUSED|PROTOCOL_VIOLATION/),
    });
  });
});

/** Traps, as a program in a container can lay them, or an engine that is not what it seems. */
const TRAPS: [string, TarEntry[]][] = [
  ['a name that goes up', [{ name: 'd/../../x', body: 'trap' }]],
  ['an absolute name', [{ name: '/x', body: 'trap' }]],
  ['a link to the outside', [{ name: 'd/l', kind: '2', target: '/etc/passwd' }]],
  ['a link that goes up', [{ name: 'd/l', kind: '2', target: '../x' }]],
  [
    'a file below a link',
    [
      { name: 'd/l', kind: '2', target: 'sub' },
      { name: 'd/l/x', body: 'trap' },
    ],
  ],
  [
    'a link in place of a folder',
    [
      { name: 'd/a/', kind: '5' },
      { name: 'd/a', kind: '2', target: 'b' },
      { name: 'd/a/x', body: 'trap' },
    ],
  ],
  [
    'a link in place of a file',
    [
      { name: 'd/f', body: 'x' },
      { name: 'd/f', kind: '2', target: 'g' },
      { name: 'd/f', body: 'trap' },
    ],
  ],
  ['a hard link to the outside', [{ name: 'd/h', kind: '1', target: '/etc/passwd' }]],
  ['a device', [{ name: 'd/dev', kind: '3', device: [1, 5] }]],
  ['a pipe', [{ name: 'd/pipe', kind: '6' }]],
  ['an unknown kind', [{ name: 'd/odd', kind: 'Z', body: 'trap' }]],
  ['a second top', [{ name: 'e/x', body: 'trap' }]],
];

describe('a container', () => {
  it.each(TRAPS)('with %s gives out only what is plain', async (_, entries) => {
    const tar = tarOf([{ name: 'd/', kind: '5' }, ...entries, { name: 'd/zz', body: 'fine' }]);
    world = await sessionsWorld({ archive: () => piecesOf(tar) });
    const said = await heard(await world.copy(await world.lease(), { path: '/tmp' }));
    const names = (await entriesIn(piecesOf(said.stdout))).map(
      ({ path, kind }) => `${kind} ${path.join('/')}`,
    );
    expect(names).toContain('file d/zz');
    expect(names.every((name) => / d(?:\/|$)/.test(name))).toBe(true);
    expect(names.filter((name) => /^symlink/.test(name)).every((name) => /d\/(?:l|a|f)$/.test(name))).toBe(
      true,
    );
    expect(said.left.length + names.length).toBeGreaterThan(2);
    expect(said).toMatchObject({ code: said.left.length === 0 ? 0 : 1 });
  });

  it('whose archive is none, or endless, is told with a code, in bounded memory', async () => {
    for (const [bytes, failed] of [
      [Buffer.alloc(700, 1), 'FILE_REFUSED'],
      [Buffer.from('short'), 'FILE_REFUSED'],
      [tarOf([{ name: 'd', size: '00000001000' }]).subarray(0, 600), 'FILE_REFUSED'],
      // Of what says that it is larger than it may be nothing is read
      [tarOf([{ name: 'd', size: '77777777777' }]), 'FILES_TOO_LARGE'],
    ] as const) {
      world = await sessionsWorld({ archive: () => piecesOf(bytes) });
      expect(await heard(await world.copy(await world.lease(), { path: '/tmp' }))).toMatchObject({ failed });
    }
    const pax = tarOf([{ name: 'pax', kind: 'x', size: '00777777777' }]).subarray(0, 512);
    world = await sessionsWorld({ archive: () => piecesOf(Buffer.concat([pax, Buffer.alloc(300_000)])) });
    expect(await heard(await world.copy(await world.lease(), { path: '/tmp' }))).toMatchObject({
      failed: 'FILE_REFUSED',
    });
  });

  it('that has more traps than are named says that there are some, and no more of them', async () => {
    const entries = Array.from({ length: 500 }, (_, i) => ({ name: `d/\u001b[2J${i}`, kind: '3' }));
    world = await sessionsWorld({ archive: () => piecesOf(tarOf([{ name: 'd/', kind: '5' }, ...entries])) });
    const said = await heard(await world.copy(await world.lease(), { path: '/tmp' }));
    expect(said.left).toHaveLength(100);
    expect(JSON.stringify(said.left)).not.toContain('u001b');
    expect(said).toMatchObject({ code: 1 });
  });
});

describe('a volunteer', () => {
  it.each(TRAPS)('that sends %s writes nothing here', async (_, entries) => {
    const folder = await folderWith({ 'outside/x': 'mine', 'in/.keep': '' });
    const tar = tarOf([{ name: 'd/', kind: '5' }, ...entries]);
    const place = join(folder, 'in');
    expect(
      codeOf(await writeNamed(readFolder(piecesOf(tar)), place).catch((error: unknown) => error)),
    ).toMatch(/VOLUME_CONTENT_INVALID|FILE_REFUSED/);
    expect(await readdir(place)).toEqual(['.keep']);
    expect((await readdir(folder)).sort()).toEqual(['in', 'outside']);
    expect(await readFile(join(folder, 'outside', 'x'), 'utf8')).toBe('mine');
  });

  it('that breaks off leaves nothing under the name, nor beside it', async () => {
    const folder = await folderWith();
    const tar = tarOf([
      { name: 'd/', kind: '5' },
      { name: 'd/x', body: Buffer.alloc(10_000) },
    ]);
    for (const length of [100, 600, 3_000, tar.length - 600]) {
      const cut = readFolder(piecesOf(tar.subarray(0, length)));
      await expect(writeNamed(cut, folder)).rejects.toMatchObject({ code: 'VOLUME_CONTENT_INVALID' });
    }
    expect(await readdir(folder)).toEqual([]);
    await writeNamed(readFolder(piecesOf(tar)), folder);
    expect(await readdir(folder)).toEqual(['d']);
  });

  it('whose copy was killed here leaves nothing for long: the next one into that folder clears it away', async () => {
    const folder = await folderWith({ mine: 'mine', '.tally-no/mine': 'mine' });
    const write = new URL('../../src/runtime/folders/write-folder.ts', import.meta.url).href;
    const script = `
      import { writeNamed } from ${JSON.stringify(write)};
      const entry = { kind: 'file', path: ['x'], target: '', sizeBytes: 9, mode: 0o644, timeSeconds: 1 };
      const never = { ...entry, async *read() { yield Buffer.from('some'); console.log('begun'); await new Promise((r) => setTimeout(r, 1e9)); } };
      await writeNamed((async function* () { yield never; })(), ${JSON.stringify(folder)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const tar = (name: string) => readFolder(piecesOf(tarOf([{ name, body: 'x' }])));
    await writeNamed(tar('a'), folder);
    // One that goes on is left alone
    expect(await readdir(folder)).toHaveLength(4);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeNamed(tar('b'), folder);
    expect((await readdir(folder)).sort()).toEqual(['.tally-no', 'a', 'b', 'mine']);
  });

  it('writes through no link that lies at the place here', async () => {
    const folder = await folderWith({ 'target/keep': 'mine' });
    await symlink('target/keep', join(folder, 'file'));
    await symlink('target', join(folder, 'dir'));
    const file = tarOf([{ name: 'file', body: 'trap' }]);
    await expect(writeNamed(readFolder(piecesOf(file)), join(folder, 'file'))).rejects.toMatchObject({
      code: 'FILE_TARGET_TAKEN',
    });
    expect(await readlink(join(folder, 'file'))).toBe('target/keep');
    expect(await readFile(join(folder, 'target', 'keep'), 'utf8')).toBe('mine');
  });

  it('mixes nothing with a folder that is there, and replaces a file whole', async () => {
    const folder = await folderWith({ 'd/mine': 'mine' });
    const tar = tarOf([
      { name: 'd/', kind: '5' },
      { name: 'd/x', body: 'x' },
    ]);
    await expect(writeNamed(readFolder(piecesOf(tar)), folder)).rejects.toMatchObject({
      code: 'FILE_TARGET_TAKEN',
    });
    expect(await readdir(join(folder, 'd'))).toEqual(['mine']);
    await writeFile(join(folder, 'f'), 'old');
    await mkdir(join(folder, 'sub'));
    const file = tarOf([{ name: 'other', body: 'new', mode: 0o755 }]);
    await writeNamed(readFolder(piecesOf(file)), join(folder, 'f'));
    expect(await readFile(join(folder, 'f'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'f'))).mode & 0o7777).toBe(0o755 & ~process.umask());
  });
});
