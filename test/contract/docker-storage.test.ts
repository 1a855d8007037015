// Where Docker's instances write: volumes of the lease, what is measured of them, and whether a quota is there at all.
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { DockerClient } from '../../src/runtime/docker/client.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import { QuotaProbe, sweepProbes } from '../../src/runtime/docker/quota.ts';
import type { ContainerSpec, Engine } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { HandClock } from '../support/hand-clock.ts';
import { buildFrom, dockerAt, importBusybox } from '../support/image.ts';
import { inside } from '../support/inside.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { eventually, expectCode } from './engine.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const isRoot = process.getuid?.() === 0;
const IDLE = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
const AMPLE = { bytes: 64 * MIB, files: 10_000 };

describe('The storage of a Docker instance', () => {
  const peer = `peer-${randomUUID()}`;
  const plainName = `tallymesh-test-${randomUUID()}:plain`;
  const named = (tag: string) => plainName.replace('plain', tag);
  const images: Record<string, string> = {};
  let engine: Engine;

  beforeAll(async () => {
    images.plain = await importBusybox(docker, plainName, [], async (root) => {
      await mkdir(join(root, 'kept'));
      await writeFile(join(root, 'kept', 'seed'), 'from the image');
      await chmod(join(root, 'kept'), 0o751);
      if (isRoot) await chown(join(root, 'kept'), 1_000, 1_001);
    });
    images.volumes = await buildFrom(docker, plainName, named('volumes'), ['VOLUME /kept /new/one/ /tmp']);
    images.odd = await buildFrom(docker, plainName, named('odd'), ['VOLUME relative']);
    engine = await openDockerEngine({ host, allowRoot: true, log: silentLog });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.close();
    for (const tag of ['odd', 'volumes', 'plain']) await docker.getImage(named(tag)).remove({ force: true });
  });

  const specFor = (more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    ...{ peer, lease: `lease-${randomUUID()}`, incarnation: 1, imageDigest: images.volumes ?? '', ports: [] },
    ...{ limits: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 8 * MIB }, command: IDLE },
    ...more,
  });
  const launch = async (more: Partial<ContainerSpec> = {}) => {
    const spec = specFor(more);
    await engine.launch(spec, unbounded);
    return spec.lease;
  };
  const volumesOf = async (label: string) => {
    const { Volumes } = await docker.listVolumes({ filters: { label: [label] } });
    return (Volumes ?? []).map(({ Name }) => Name).sort();
  };
  const ofPeer = () => volumesOf(`tallymesh.peer=${peer}`);

  it('has a volume of the lease for each path that the image declares, and no other mount', async () => {
    const lease = await launch();
    const { Mounts } = await docker.getContainer(`tallymesh-${lease}`).inspect();
    const mounts = Mounts.map(({ Type, Driver, Name, Destination }) => [Type, Driver, Name, Destination]);
    expect(mounts.sort()).toEqual([
      ['volume', 'local', `tallymesh-${lease}-0`, '/kept'],
      ['volume', 'local', `tallymesh-${lease}-1`, '/new/one'],
      ['volume', 'local', `tallymesh-${lease}-2`, '/tmp'],
    ]);
    expect(await volumesOf(`tallymesh.lease=${lease}`)).toHaveLength(3);
  });

  it('has in its volumes what the image has there, of the owner and the mode that the image gives', async () => {
    const lease = await launch();
    expect(await inside(docker, lease, 'cat /kept/seed; /bin/busybox stat -c " %a %u:%g" /kept /tmp')).toBe(
      isRoot ? 'from the image 751 1000:1001\n 1777 0:0\n' : expect.stringContaining('from the image 751'),
    );
  });

  it('goes with its lease, volumes too, also where another client removes it', async () => {
    const lease = await launch();
    expect(await ofPeer()).toHaveLength(3);
    const other = await openDockerEngine({ host, log: silentLog });
    await other.remove(lease, unbounded);
    await other.close();
    expect(await ofPeer()).toEqual([]);
  });

  it('leaves no volume when it cannot be started', async () => {
    await expectCode(engine.launch(specFor({ runtimeClass: 'none' }), unbounded), 'INSTANCE_START_FAILED');
    expect(await ofPeer()).toEqual([]);
  });

  it('is swept where its container is gone, and kept where that lives', async () => {
    const [gone, lives] = [await launch(), await launch()];
    await docker.getContainer(`tallymesh-${gone}`).remove({ force: true });
    expect(await ofPeer()).toHaveLength(6);
    await engine.sweep(peer, unbounded);
    expect(await volumesOf(`tallymesh.lease=${gone}`)).toEqual([]);
    expect(await volumesOf(`tallymesh.lease=${lives}`)).toHaveLength(3);
  });

  it('is refused, as the image’s doing, where that declares what is no path', async () => {
    const spec = specFor({ imageDigest: images.odd ?? '' });
    await expectCode(engine.launch(spec, unbounded), 'INSTANCE_START_FAILED');
    expect(await ofPeer()).toEqual([]);
  });

  it('is refused where a volume of its name is a folder of the host', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-host-'));
    const spec = specFor();
    const Name = `tallymesh-${spec.lease}-0`;
    await docker.createVolume({ Name, DriverOpts: { type: 'none', o: 'bind', device: folder } });
    await expectCode(engine.launch(spec, unbounded), 'ENGINE_OPTION_DROPPED');
    await docker.getVolume(Name).remove();
    await rm(folder, { recursive: true });
  });

  const written = async (lease: string) => (await engine.diskUse(lease, AMPLE, unbounded)).bytes;

  it('is measured with all its volumes, without what the image has below it', async () => {
    const lease = await launch();
    const before = await written(lease);
    expect(before).toBeLessThan(MIB / 8);
    await inside(docker, lease, 'for d in /new/one /tmp /; do head -c 1000000 /dev/urandom >$d/x; done');
    await eventually(async () => expect((await written(lease)) - before).toBeGreaterThan(3_000_000));
    expect((await written(lease)) - before).toBeLessThan(3_100_000);
  });

  it('counts a file of several names once, and a hole in a file not at all', async () => {
    const lease = await launch({ imageDigest: images.plain ?? '' });
    const script =
      'head -c 1000000 /dev/urandom >/tmp/a; i=0; while [ $i -lt 50 ]; do ln /tmp/a /tmp/a$i; i=$((i+1)); done';
    await inside(docker, lease, script);
    await inside(docker, lease, '/bin/busybox truncate -s 1G /tmp/sparse');
    expect(await written(lease)).toBeGreaterThan(1_000_000);
    expect(await written(lease)).toBeLessThan(1_100_000);
  });

  it.runIf(isRoot)('counts a file that is deleted and still open, once', async () => {
    const script = 'exec 3>/tmp/x 4>&3; rm /tmp/x; head -c 2000000 /dev/urandom >&3; echo ready; sleep 1000';
    const lease = await launch({
      ...{ imageDigest: images.plain ?? '', command: ['/bin/sh', '-c', script] },
    });
    await eventually(async () => expect(await written(lease)).toBeGreaterThan(2_000_000));
    expect(await written(lease)).toBeLessThan(2_200_000);
    expect(await inside(docker, lease, 'ls /tmp')).toBe('');
  });

  it.runIf(isRoot)('counts what lies deeper than a path can name', async () => {
    const lease = await launch({ imageDigest: images.plain ?? '' });
    const name = 'd'.repeat(250);
    const script = `cd /tmp; i=0; while [ $i -lt 20 ]; do mkdir ${name} && cd ${name}; i=$((i+1)); done; head -c 1000000 /dev/urandom >x`;
    await inside(docker, lease, script);
    expect(await written(lease)).toBeGreaterThan(1_000_000);
  });

  it('is asked of the engine where its folders cannot be read, volumes too', async () => {
    const lease = await launch();
    await inside(docker, lease, 'for d in /new/one /; do head -c 1000000 /dev/urandom >$d/x; done');
    // As an engine elsewhere: over a path that is no socket of this machine its kernel is not taken for ours
    const client = new DockerClient(host);
    Object.defineProperty(client, 'local', { value: false });
    const { DockerEngine } = await import('../../src/runtime/docker/engine.ts');
    const { parsePool } = await import('../../src/runtime/docker/network-pool.ts');
    const far = new DockerEngine({
      ...{ client, pool: parsePool('10.203.0.0/16'), allowRoot: 'auto', diskBytes: undefined },
      ...{ peer: undefined, log: silentLog },
    });
    const { bytes, files } = await far.diskUse(lease, AMPLE, unbounded);
    expect(bytes).toBeGreaterThanOrEqual(2_000_000);
    expect(bytes).toBeLessThan(2_200_000);
    expect(files).toBe(0);
    expect(await far.freeDisk(unbounded)).toBeUndefined();
    expect(await far.facts(unbounded)).not.toHaveProperty('freeDiskBytes');
    await far.close();
  });
});

describe('A quota of Docker', () => {
  const probes = async (at = docker) => {
    const filters = { label: ['tallymesh.probe'] };
    const [containers, images, { Volumes }] = await Promise.all([
      at.listContainers({ all: true, filters }),
      at.listImages({ filters: JSON.stringify(filters) }),
      at.listVolumes({ filters }),
    ]);
    return containers.length + images.length + (Volumes ?? []).length;
  };

  it('is not found where the file system has none, and the try leaves nothing', async () => {
    const client = new DockerClient(host);
    expect(await new QuotaProbe(client).holds(unbounded)).toBe(false);
    client.close();
  });

  it('that was tried by a process that died is swept after a while, and not before', async () => {
    const client = new DockerClient(host);
    const Name = `tallymesh-probe-${randomUUID()}`;
    await docker.createVolume({ Name, Labels: { 'tallymesh.probe': Name } });
    const isThere = async () =>
      (await docker.listVolumes({ filters: { name: [Name] } })).Volumes?.length ?? 0;
    const clock = new HandClock(Date.now());
    await sweepProbes(client, clock, unbounded);
    expect(await isThere()).toBe(1);
    await sweepProbes(client, new HandClock(Date.now() + 120_000), unbounded);
    expect(await isThere()).toBe(0);
    client.close();
  });

  /** An engine on a file system of its own; undefined where that cannot be made, which is said. */
  async function engineOn(make: readonly string[], mount: readonly string[]): Promise<OwnEngine | undefined> {
    const own = await OwnEngine.prepare({ make, mount });
    onTestFinished(() => own.clear());
    if (own.hasOwnDisk) return own;
    console.warn(`SKIPPED: ${make[0]} and mount ${mount.join(' ')} are not possible on this machine`);
    return undefined;
  }

  it.runIf(isRoot)('is not taken for one where it counts the image too (btrfs)', async ({ skip }) => {
    const own = await engineOn(['mkfs.btrfs', '-q'], ['-o', 'loop']);
    if (own === undefined) return skip();
    await own.start();
    const client = new DockerClient(own.host);
    // The engine takes the option, and keeps it
    const at = dockerAt(own.host);
    const image = await importBusybox(at, 'q:1');
    const made = (size: number) =>
      at.createContainer({ Image: image, Cmd: IDLE, HostConfig: { StorageOpt: { size: String(size) } } });
    await (await made(64 * MIB)).remove();
    await expect(made(MIB)).rejects.toThrow('quota exceeded');
    expect(await new QuotaProbe(client).holds(unbounded)).toBe(false);
    expect(await probes(at)).toBe(0);
    client.close();
  });

  it.runIf(isRoot)(
    'keeps root and volumes within their size, and programs see a full disk (xfs)',
    async ({ skip }) => {
      const own = await engineOn(['mkfs.xfs', '-q'], ['-o', 'loop,pquota']);
      if (own === undefined) return skip();
      await own.start();
      const at = dockerAt(own.host);
      const imageDigest = await importBusybox(at, 'q:1', ['VOLUME /data']);
      const engine = await openDockerEngine({ host: own.host, allowRoot: true, log: silentLog });
      expect((await engine.facts(unbounded)).diskLimit).toBe('quota');
      expect(await probes(at)).toBe(0);
      const lease = `lease-${randomUUID()}`;
      const limits = { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 4 * MIB };
      await engine.launch(
        { peer: 'p', lease, incarnation: 1, imageDigest, limits, ports: [], command: IDLE },
        unbounded,
      );
      for (const folder of ['/tmp', '/data'])
        expect(await inside(at, lease, `dd if=/dev/zero of=${folder}/x bs=1024k count=8 2>&1`)).toMatch(
          /No space|quota/,
        );
      // Together they are over the budget, which is the watch's to see
      expect((await engine.diskUse(lease, AMPLE, unbounded)).bytes).toBeGreaterThan(4 * MIB);
      await engine.remove(lease, unbounded);
      await engine.close();
    },
  );
});
