// Programs and copies in containers as a volunteer serves them: what comes and goes in frames, what is counted, what the owner hears.
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { encodeFrame, encodeFrames, FRAME } from '../../src/lib/program-io.ts';
import {
  COPIES_A_LEASE,
  COPY_CALL_MS,
  SESSION_IDLE_MS,
  SESSION_LINGER_MS,
  SESSION_NEWS_MS,
  SESSION_STALL_MS,
  SESSIONS_A_LEASE,
} from '../../src/market/terms/parameters.ts';
import { entriesIn } from '../support/folders.ts';
import { piecesOf, tarOf } from '../support/images.ts';
import { endOfInput, heard, input, resized, sessionsWorld } from '../support/sessions.ts';

const WAIT = { timeout: 20_000, interval: 10 };

describe('a program in a container', () => {
  it('has its two outputs apart, and its exit code', async () => {
    const world = await sessionsWorld();
    const said = await heard(await world.exec(await world.lease(), ['both']));
    expect({ ...said, stdout: said.stdout.toString() }).toEqual({
      ...{ stdout: 'out\n', stderr: 'err\n', left: [], code: 7 },
    });
  });

  it('reads what comes, until that ends, and its bytes are counted both ways', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['cat']);
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
    for (const frame of encodeFrames(FRAME.stdin, sent)) stream.write(frame);
    stream.write(endOfInput);
    const said = await heard(stream);
    expect(said.stdout.equals(sent)).toBe(true);
    expect(world.counted()).toBe(2 * sent.byteLength);
  });

  it('takes the end of the stream for the end of what it reads', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['cat']);
    stream.end(input('all'));
    expect((await heard(stream)).stdout.toString()).toBe('all');
  });

  it('has a terminal whose size follows', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['size'], { rows: 24, columns: 80 });
    stream.write(Buffer.concat([input('\n')]));
    await expect.poll(() => world.counted(), WAIT).toBe(1 + '24 80\n'.length);
    stream.write(Buffer.concat([resized(30, 100), input('\n'), endOfInput]));
    expect((await heard(stream)).stdout.toString()).toBe('24 80\n30 100\n');
  });

  it('ends when its stream closes, and gives its place back', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const open = await Promise.all(
      Array.from({ length: SESSIONS_A_LEASE }, () => world.exec(lease, ['wait'])),
    );
    expect(await world.exec(lease, ['both']).then(() => 'opened', codeOf)).toBe('EXEC_TOO_MANY');
    open[0]?.destroy();
    await expect
      .poll(async () => world.exec(lease, ['both']).then((stream) => heard(stream), codeOf), WAIT)
      .toMatchObject({ code: 7 });
    for (const stream of open) stream.destroy();
    const leaseId = [...world.engine.running()][0]!;
    await expect.poll(() => world.engine.executions(leaseId), WAIT).toBe(0);
  });

  it('keeps no place for a tenant that does not close its half after the end', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['both']);
    await heard(stream);
    expect(stream.destroyed).toBe(false);
    const isGone = async () => {
      await world.clock.move(SESSION_LINGER_MS);
      return stream.destroyed;
    };
    await expect.poll(isGone, WAIT).toBe(true);
  });

  it('keeps no place when nothing has moved for long, and as long as something moves it does', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['cat']);
    for (let i = 1; i <= 3; i += 1) {
      await world.clock.move(SESSION_IDLE_MS - 1);
      stream.write(input('x'));
      await expect.poll(() => world.counted(), WAIT).toBe(2 * i);
    }
    expect(stream.destroyed).toBe(false);
    await world.clock.move(SESSION_IDLE_MS);
    await expect.poll(() => stream.destroyed, WAIT).toBe(true);
  });

  it('keeps no place for a tenant that takes nothing of what waits', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['flood']);
    await expect.poll(() => world.counted(), WAIT).toBeGreaterThan(4_000);
    await world.clock.move(SESSION_STALL_MS);
    await expect.poll(() => stream.destroyed, WAIT).toBe(true);
  });

  it('ends with its lease, as one that was killed, and waits for no tenant', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const [quiet, deaf] = [await world.exec(lease, ['wait']), await world.exec(lease, ['flood'])];
    const id = world.engine.running()[0]!;
    world.open.end(id);
    await expect.poll(() => world.engine.executions(id), WAIT).toBe(0);
    expect(await heard(quiet)).toMatchObject({ code: 137 });
    await world.clock.move(SESSION_LINGER_MS);
    await expect.poll(() => deaf.destroyed, WAIT).toBe(true);
  });

  it('says with a code that the engine went away', async () => {
    const world = await sessionsWorld();
    const stream = await world.exec(await world.lease(), ['wait']);
    world.engine.goDown();
    expect(await heard(stream)).toMatchObject({ failed: 'ENGINE_UNREACHABLE' });
  });

  it('gets what the request says, and no more', async () => {
    const world = await sessionsWorld();
    const env = [{ name: 'A', value: '1' }];
    const stream = await world.exec(await world.lease(), ['env'], {
      user: '1000',
      folder: '/x',
      env,
      input: 0,
    });
    expect(JSON.parse((await heard(stream)).stdout.toString())).toEqual({
      ...{ command: ['env'], hasInput: false, user: '1000', folder: '/x', env: { A: '1' } },
    });
  });

  it('is told to the owner, without what it is, once a minute at most', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    for (let i = 0; i < 3; i += 1) await heard(await world.exec(lease, ['both']));
    expect(world.told).toEqual([{ kind: 'lease.entered', lease: expect.any(String), peer: 'tenant' }]);
    await world.clock.move(SESSION_NEWS_MS);
    await heard(await world.exec(lease, ['both']));
    expect(world.told).toHaveLength(2);
  });

  it('is for the tenant of the lease alone', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    expect(await world.exec(lease, ['both'], {}, 'another').catch(codeOf)).toBe('LEASE_UNKNOWN');
    expect(await world.copy(lease, {}, 'another').catch(codeOf)).toBe('LEASE_UNKNOWN');
    expect(world.told).toEqual([]);
  });
});

/** Puts a tar into a container. */
async function put(
  world: Awaited<ReturnType<typeof sessionsWorld>>,
  lease: Uint8Array,
  path: string,
  tar: Buffer,
  top = 1,
) {
  const stream = await world.copy(lease, { path, direction: 'in', top });
  for (const frame of encodeFrames(FRAME.stdin, tar)) stream.write(frame);
  stream.write(endOfInput);
  return heard(stream);
}

describe('a copy', () => {
  const TAR = tarOf([
    { name: 'site/', kind: '5', mode: 0o755 },
    { name: 'site/a', body: 'one' },
    { name: 'site/link', kind: '2', target: 'a' },
  ]);

  it('goes in under its own name where a folder is, and comes out the same', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    expect(await put(world, lease, '/tmp', TAR)).toMatchObject({ code: 0 });
    const said = await heard(await world.copy(lease, { path: '/tmp/site' }));
    const entries = await entriesIn(piecesOf(said.stdout));
    expect(
      entries.map(({ kind, path, content, target }) => [kind, path.join('/'), content + target]),
    ).toEqual([
      ['folder', 'site', ''],
      ['file', 'site/a', 'one'],
      ['symlink', 'site/link', 'a'],
    ]);
    expect(world.counted()).toBe(TAR.byteLength + said.stdout.byteLength - 1_024);
  });

  it('goes in under another name where nothing is', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    expect(await put(world, lease, '/data/other', TAR)).toMatchObject({ code: 0 });
    expect((await heard(await world.copy(lease, { path: '/data/other/link' }))).stdout.toString()).toContain(
      'one',
    );
    expect(await put(world, lease, '/none/other', TAR).catch(codeOf)).toBe('FILE_UNKNOWN');
    expect(await put(world, lease, '/data/new/', TAR).catch(codeOf)).toBe('FILE_UNKNOWN');
  });

  it('takes the place of a file, unless it is a folder', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const file = (body: string) => tarOf([{ name: 'x', body }]);
    expect(await put(world, lease, '/tmp/x', file('old'))).toMatchObject({ code: 0 });
    expect(await put(world, lease, '/tmp/x', file('new'))).toMatchObject({ code: 0 });
    expect(await put(world, lease, '/tmp/x', TAR)).toMatchObject({ failed: 'FILE_NOT_WRITTEN' });
    const said = await heard(await world.copy(lease, { path: '/tmp/x' }));
    expect((await entriesIn(piecesOf(said.stdout)))[0]?.content).toBe('new');
  });

  it('has a code for what is not there, and for folders of the kernel', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    for (const path of ['/none', '/tmp/none/', '/tmp/../none'])
      expect(await world.copy(lease, { path }).catch(codeOf)).toBe('FILE_UNKNOWN');
    for (const path of ['/proc', '/proc/1/environ', '/tmp/../sys', '/dev/shm/x'])
      for (const direction of ['in', 'out'])
        expect(await world.copy(lease, { path, direction }).catch(codeOf)).toBe('FILE_REFUSED');
  });

  it('out is read at the pace of the engine, whatever its tenant reads, and no further than the lease may have', async () => {
    let given = 0;
    const content = Buffer.alloc(900_000, 'x');
    const tar = tarOf([
      { name: 'tmp/', kind: '5' },
      { name: 'tmp/x', body: content },
    ]);
    const archive = async function* () {
      for await (const piece of piecesOf(tar)) {
        given += piece.byteLength;
        yield piece;
      }
    };
    const world = await sessionsWorld({ archive });
    const stream = await world.copy(await world.lease(), { path: '/tmp' });
    await expect.poll(() => given, WAIT).toBe(tar.byteLength);
    await expect.poll(() => world.open.isCopying(world.engine.running()[0]!), WAIT).toBe(false);
    const [, file] = await entriesIn(piecesOf((await heard(stream)).stdout));
    expect(file?.content).toBe(content.toString());
    const small = await sessionsWorld({
      archive: () => piecesOf(tarOf([{ name: 'x', body: Buffer.alloc(1_100_000) }])),
    });
    const refused = await small.copy(await small.lease(1_048_576), { path: '/tmp' });
    expect(await heard(refused)).toMatchObject({ failed: 'FILES_TOO_LARGE' });
  });

  it('in is handed to the engine once all of it is there', async () => {
    const world = await sessionsWorld();
    const upload = vi.spyOn(world.engine, 'upload');
    const stream = await world.copy(await world.lease(), { path: '/tmp', direction: 'in' });
    for (const frame of encodeFrames(FRAME.stdin, TAR)) stream.write(frame);
    await expect.poll(() => world.counted(), WAIT).toBe(TAR.byteLength);
    expect(upload).not.toHaveBeenCalled();
    stream.write(endOfInput);
    expect(await heard(stream)).toMatchObject({ code: 0 });
    expect(upload).toHaveBeenCalledOnce();
  });

  it('is given up where the engine takes too long, with a code', async () => {
    const never = async function* () {
      yield* piecesOf(TAR.subarray(0, 700));
      await new Promise(() => {});
    };
    const world = await sessionsWorld({ archive: never });
    const lease = await world.lease();
    const id = world.engine.running()[0]!;
    const stream = await world.copy(lease, { path: '/tmp' });
    await expect.poll(() => world.open.isCopying(id), WAIT).toBe(true);
    await expect
      .poll(async () => {
        await world.clock.move(COPY_CALL_MS);
        return world.open.isCopying(id);
      }, WAIT)
      .toBe(false);
    expect(await heard(stream)).toMatchObject({ failed: 'COPY_TOO_LONG' });
  });

  it('is one of two in a container, and keeps no place for a tenant that does not go on', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const begin = () => world.copy(lease, { path: '/tmp', direction: 'in' });
    const open = await Promise.all(Array.from({ length: COPIES_A_LEASE }, begin));
    expect(await begin().catch(codeOf)).toBe('EXEC_TOO_MANY');
    expect(await heard(await world.exec(lease, ['both']))).toMatchObject({ code: 7 });
    const isOver = async () => {
      await world.clock.move(SESSION_STALL_MS);
      return open.every(({ destroyed }) => destroyed);
    };
    await expect.poll(isOver, WAIT).toBe(true);
    // The place is free once what had come is gone from the disk
    const next = () => put(world, lease, '/tmp', TAR).catch(codeOf);
    await expect.poll(next, WAIT).toMatchObject({ code: 0 });
  });

  it('takes no place where programs have all of them', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const programs = await Promise.all(
      Array.from({ length: SESSIONS_A_LEASE }, () => world.exec(lease, ['wait'])),
    );
    for (let i = 0; i <= COPIES_A_LEASE; i += 1)
      expect(await world.copy(lease, { path: '/tmp', direction: 'in' }).catch(codeOf)).toBe('EXEC_TOO_MANY');
    for (const each of programs) each.destroy();
    const next = () => put(world, lease, '/tmp', TAR).catch(codeOf);
    await expect.poll(next, WAIT).toMatchObject({ code: 0 });
  });

  it('ends with its lease, whatever its tenant does', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const [coming, going] = [
      await world.copy(lease, { path: '/tmp', direction: 'in' }),
      await world.copy(lease, { path: '/tmp' }),
    ];
    await heard(going);
    world.open.end(world.engine.running()[0]!);
    expect(await heard(coming)).toMatchObject({ failed: 'DEPLOYMENT_NOT_RUNNING' });
    await world.clock.move(SESSION_LINGER_MS);
    for (const each of [coming, going]) await expect.poll(() => each.destroyed, WAIT).toBe(true);
  });

  it('gives the bytes of hard links from what it has, and asks the engine once', async () => {
    const tar = tarOf([
      { name: 'tmp/', kind: '5' },
      { name: 'tmp/a', body: 'one' },
      { name: 'tmp/b', kind: '1', target: 'tmp/a' },
      { name: 'tmp/c', kind: '1', target: 'tmp/none' },
    ]);
    const world = await sessionsWorld({ archive: () => piecesOf(tar) });
    const download = vi.spyOn(world.engine, 'download');
    const said = await heard(await world.copy(await world.lease(), { path: '/tmp' }));
    const entries = await entriesIn(piecesOf(said.stdout));
    expect(entries.map(({ path, content }) => [path.join('/'), content])).toEqual([
      ['tmp', ''],
      ['tmp/a', 'one'],
      ['tmp/b', 'one'],
    ]);
    expect(said.left).toEqual([{ name: 'tmp/c', reason: expect.stringContaining('hard link') }]);
    expect(download).toHaveBeenCalledOnce();
  });

  it('of more than the disk of the lease is refused', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease(1_048_576);
    const large = tarOf([{ name: 'x', body: Buffer.alloc(1_100_000) }]);
    expect(await put(world, lease, '/tmp', large)).toMatchObject({ failed: 'FILES_TOO_LARGE' });
    expect(await put(world, lease, '/tmp', tarOf([{ name: 'x', body: 'x' }]))).toMatchObject({ code: 0 });
  });

  it('into a container is counted against what is left of its disk, not against the whole', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease(4 * 1_048_576);
    const id = world.engine.running()[0]!;
    const half = tarOf([{ name: 'x', body: Buffer.alloc(2 * 1_048_576) }]);
    expect(await put(world, lease, '/tmp', half)).toMatchObject({ code: 0 });
    world.engine.write(id, { bytes: 3 * 1_048_576, files: 1 });
    expect(await put(world, lease, '/tmp', half)).toMatchObject({ failed: 'FILES_TOO_LARGE' });
    // What was written while it came counts too
    world.engine.write(id, { bytes: 0, files: 0 });
    const stream = await world.copy(lease, { path: '/tmp', direction: 'in' });
    const before = world.counted();
    for (const frame of encodeFrames(FRAME.stdin, half)) stream.write(frame);
    await expect.poll(() => world.counted(), WAIT).toBe(before + half.byteLength);
    world.engine.write(id, { bytes: 3 * 1_048_576, files: 1 });
    stream.write(endOfInput);
    expect(await heard(stream)).toMatchObject({ failed: 'FILES_TOO_LARGE' });
  });

  it('that breaks off is no copy', async () => {
    const world = await sessionsWorld();
    const lease = await world.lease();
    const stream = await world.copy(lease, { path: '/tmp', direction: 'in' });
    stream.write(encodeFrame(FRAME.stdin, TAR.subarray(0, 700)));
    stream.end();
    expect(await heard(stream)).toMatchObject({ failed: 'PROTOCOL_VIOLATION' });
    const other = await world.copy(lease, { path: '/tmp', direction: 'in' });
    other.destroy();
    await once(other, 'close');
    await expect.poll(() => put(world, lease, '/tmp', TAR), WAIT).toMatchObject({ code: 0 });
  });
});
