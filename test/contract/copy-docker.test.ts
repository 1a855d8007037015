// Copies of files out of Docker's containers and into them: an engine says nothing else of a container while it reads or writes its
// files, so that it never waits for a tenant.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { encodeFrames, FRAME } from '../../src/lib/program-io.ts';
import { MIB } from '../../src/lib/units.ts';
import type { GivenLease } from '../../src/market/volunteer/given-lease.ts';
import { OpenSessions } from '../../src/market/volunteer/sessions/open-sessions.ts';
import { Sessions } from '../../src/market/volunteer/sessions/sessions.ts';
import { showId } from '../../src/records/id.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import type { Engine } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { entriesIn } from '../support/folders.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { piecesOf, tarOf } from '../support/images.ts';
import { endOfInput, heard, scratch } from '../support/sessions.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const WAIT = { timeout: 60_000, interval: 50 };

describe('A copy of files of a Docker instance', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:copy`;
  const open = new OpenSessions({ clock: systemClock });
  let engine: Engine;
  let sessions: Sessions;
  let imageDigest: string;
  let id: Uint8Array;

  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName);
    engine = await openDockerEngine({ host, log: silentLog });
    const desk = {
      running: (tenant: string, lease: Uint8Array) => {
        const resources = { diskBytes: 128 * MIB };
        return { id: showId(lease), tenant, lease: { body: { resources } } } as unknown as GivenLease;
      },
    };
    sessions = new Sessions({
      ...{ clock: systemClock, engine, desk, open, store: { scratch } },
      ...{ event: () => {}, count: () => {} },
    });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.close();
    await docker.getImage(imageName).remove();
  });

  /** A container with a file that no buffer on the way holds. */
  const launch = async () => {
    id = new Uint8Array(randomBytes(32));
    const limits = { cpuMillis: 1_000, memoryBytes: 64 * MIB, diskBytes: 128 * MIB };
    const script =
      'head -c 16m /dev/zero > /tmp/large; echo yes > /tmp/ready; ln /tmp/ready /tmp/same; trap "exit 0" TERM; sleep 1000 & wait';
    const spec = { peer, lease: showId(id), incarnation: 1, imageDigest, limits, ports: [] };
    await engine.launch(
      { ...spec, command: ['/bin/sh', '-c', script], volumes: [{ path: '/tmp' }] },
      unbounded,
    );
    await expect.poll(() => engine.lookAt(showId(id), '/tmp/same', unbounded), WAIT).toBeDefined();
  };
  const answers = () => engine.inspect(showId(id), AbortSignal.timeout(4_000)).then((found) => found?.state);

  it('holds nothing while its tenant reads nothing, and is whole when it does', async () => {
    await launch();
    const stream = await sessions.copy(
      'tenant',
      { lease: id, path: '/tmp', direction: 'out', top: 1 },
      unbounded,
    );
    await once(stream, 'readable');
    expect(await answers()).toBe('running');
    const entries = await entriesIn(piecesOf((await heard(stream)).stdout));
    const content = new Map(entries.map((entry) => [entry.path.join('/'), entry.content]));
    expect([...content.keys()]).toEqual(['tmp', 'tmp/large', 'tmp/ready', 'tmp/same']);
    expect(content.get('tmp/large')?.length).toBe(16 * MIB);
    expect(content.get('tmp/same')).toBe('yes\n');
    stream.destroy();
  });

  it('holds nothing while its tenant sends nothing more', async () => {
    await launch();
    const stream = await sessions.copy(
      'tenant',
      { lease: id, path: '/tmp', direction: 'in', top: 1 },
      unbounded,
    );
    const tar = tarOf([{ name: 'x', body: Buffer.alloc(5 * MIB, 'x') }]);
    const frames = [...encodeFrames(FRAME.stdin, tar)];
    for (const frame of frames.slice(0, -1)) stream.write(frame);
    expect(await answers()).toBe('running');
    for (const frame of frames.slice(-1)) stream.write(frame);
    stream.write(endOfInput);
    expect(await heard(stream)).toMatchObject({ code: 0 });
    expect(await engine.lookAt(showId(id), '/tmp/x', unbounded)).toMatchObject({ kind: 'file' });
    stream.destroy();
  });

  it('keeps no container from being removed', async () => {
    await launch();
    const stream = await sessions.copy(
      'tenant',
      { lease: id, path: '/tmp', direction: 'out', top: 1 },
      unbounded,
    );
    open.end(showId(id));
    await engine.remove(showId(id), AbortSignal.timeout(20_000));
    expect(await answers()).toBeUndefined();
    stream.destroy();
  });
});
