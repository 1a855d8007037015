// What a container finds at its first start, on a real engine: volumes that its tenant filled, secrets and files in memory; seen from
// inside it, and looked for where nothing of it may be.
import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { KIB, MIB } from '../../src/lib/units.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import type { ContainerSpec, Engine, MemoryFile, NamedVolume } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { folderWith, packed } from '../support/folders.ts';
import { buildFrom, dockerAt, importBusybox } from '../support/image.ts';
import { piecesOf, tarOf } from '../support/images.ts';
import { inside } from '../support/inside.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { eventually } from './engine.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const COUNT_ALL = { bytes: 2 ** 50, files: 2 ** 30 };
const IDLE = 'trap "exit 0" TERM; sleep 1000 & wait';

/** What the container of a lease has printed. */
async function linesOf(engine: Engine, lease: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of engine.logs(lease, {}, unbounded)) lines.push(text);
  return lines;
}

describe('what a tenant sends', () => {
  const peer = `peer-${randomUUID()}`;
  const base = `tallymesh-test-${randomUUID()}:base`;
  const names = ['user', 'root', 'volume'].map((each) => base.replace('base', each));
  let engine: Engine;
  let digests: { user: string; root: string; volume: string };

  beforeAll(async () => {
    await importBusybox(docker, base, [], async (root) => {
      await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nweb:x:1000:1001::/:/bin/sh\n');
      await writeFile(join(root, 'etc/group'), 'root:x:0:\nweb:x:1001:\nother:x:1002:\n');
      await mkdir(join(root, 'srv/site'), { recursive: true });
      await writeFile(join(root, 'srv/site/index.html'), 'of the image');
      await writeFile(join(root, 'etc/app.conf'), 'of the image');
      await mkdir(join(root, 'srv/own'));
      await writeFile(join(root, 'srv/own/file'), 'of the image');
      if (isRoot) await run('chown', ['-R', '1000:1001', join(root, 'srv/own')]);
    });
    const [user = '', root = '', volume = ''] = names;
    digests = {
      user: await buildFrom(docker, base, user, ['USER web']),
      root: await buildFrom(docker, base, root, ['USER 0']),
      volume: await buildFrom(docker, base, volume, ['USER web', 'VOLUME /srv/site', 'VOLUME /run/secrets']),
    };
    engine = await openDockerEngine({ host, allowRoot: true, log: silentLog });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.sweep(peer, unbounded);
    await engine.close();
    for (const image of [...names, base]) await docker.getImage(image).remove();
  });

  interface Sent {
    readonly volumes?: readonly NamedVolume[];
    readonly files?: readonly MemoryFile[];
    readonly imageDigest?: string;
    readonly script?: string;
    readonly lease?: string;
  }

  function specOf({ script = IDLE, imageDigest = digests.user, ...rest }: Sent): ContainerSpec {
    return {
      ...{ peer, lease: `lease-${randomUUID()}`, incarnation: 1, imageDigest, ports: [] },
      limits: { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 32 * MIB },
      ...{ command: ['/bin/sh', '-c', script], ...rest },
    };
  }

  async function launched(sent: Sent): Promise<string> {
    const spec = specOf(sent);
    await engine.launch(spec, unbounded);
    return spec.lease;
  }

  const secret = (name: string, value: string | Uint8Array): MemoryFile => ({
    ...{ path: `/run/secrets/${name}`, bytes: Buffer.from(value as string) },
  });

  /** Everything of a lease that the engine has: containers, volumes, and mounts on this machine. */
  async function leftOf(lease: string): Promise<string[]> {
    const containers = await docker.listContainers({ all: true });
    const { Volumes } = await docker.listVolumes();
    const mounts = await readFile('/proc/mounts', 'utf8');
    return [
      ...containers.flatMap(({ Names }) => Names),
      ...(Volumes ?? []).map(({ Name }) => Name),
      ...mounts.split('\n'),
    ].filter((each) => each.includes(lease));
  }

  it('is in a volume before the first instruction, and belongs to the user of the container', async () => {
    const site = await folderWith({
      ...{ 'index.html': 'of the tenant', 'deep/er/page': 'x', link: '->deep/er' },
      [`${'long'.repeat(50)}/${'näme'.repeat(40)}`]: 'y',
    });
    await chmod(join(site, 'deep/er/page'), 0o750);
    const content = await packed(site);
    const lease = await launched({
      volumes: [{ path: '/srv/site', content: () => piecesOf(content) }],
      script: `cat /srv/site/index.html; cat /srv/site/link/page; cat /srv/site/l*/n*; touch /srv/site/new && ls -ln /srv/site /srv/site/deep/er; ${IDLE}`,
    });
    const said = await eventually(async () => {
      const lines = await linesOf(engine, lease);
      expect(lines.join('\n')).toContain('page');
      return lines.join('\n');
    });
    expect(said).toContain('of the tenantxy');
    expect(said).toMatch(/-rw-r--r--\s+1 1000\s+1001\s.*index\.html/);
    expect(said).toMatch(/-rwxr-x---\s+1 1000\s+1001\s.*page/);
    // Nothing of the image beside it
    expect(said).not.toContain('of the image');
    expect((await engine.diskUse(lease, COUNT_ALL, unbounded)).files).toBeGreaterThan(6);
    await engine.remove(lease, unbounded);
    expect(await leftOf(lease)).toEqual([]);
  });

  it('takes the place of a volume that the image declares', async () => {
    const content = await packed(await folderWith({ a: 'mine' }));
    const lease = await launched({
      imageDigest: digests.volume,
      volumes: [{ path: '/srv/site', content: () => piecesOf(content) }],
    });
    expect(await inside(docker, lease, 'ls /srv/site')).toMatch(/a\r?\n/);
    expect(await inside(docker, lease, 'ls /srv/site')).not.toContain('index.html');
  });

  it.each([
    ['that the image lacks', '/data/fresh', '1000'],
    ['that the image has, of root', '/srv/site', '1000'],
    ['that the image has, of its user', '/srv/own', '1000'],
  ])(
    'may be nothing: a volume at a folder %s begins as the image has it and can be written to',
    async (_, path, owner) => {
      const lease = await launched({ volumes: [{ path }] });
      const said = await inside(
        docker,
        lease,
        `ls -ldn ${path}; cat ${path}/*; touch ${path}/new && echo written`,
      );
      expect(said).toMatch(new RegExp(`drwx\\S+\\s+\\d+ ${owner} `));
      expect(said).toContain('written');
      expect(said.includes('of the image')).toBe(path.startsWith('/srv'));
    },
  );

  it.skipIf(!isRoot)('leaves a volume of an image that begins as root as the image has it', async () => {
    const lease = await launched({ imageDigest: digests.root, volumes: [{ path: '/srv/own' }] });
    expect(await inside(docker, lease, 'ls -ldn /srv/own')).toMatch(/drwx\S+\s+\d+ 1000 /);
  });

  it('keeps a volume over a restart of the container', async () => {
    const content = await packed(await folderWith({ count: '1' }));
    const lease = await launched({ volumes: [{ path: '/data', content: () => piecesOf(content) }] });
    await inside(docker, lease, 'echo 2 >/data/count');
    await docker.getContainer(`tallymesh-${lease}`).restart({ t: 0 });
    expect(await inside(docker, lease, 'cat /data/count')).toContain('2');
  });

  it('is in memory, whole, before the first instruction: a secret for the user alone, a file at any path', async () => {
    const long = randomBytes(400 * KIB);
    const lease = await launched({
      files: [
        ...[secret('pw', 'hunter2'), secret('key.bin', long)],
        ...[
          { path: '/etc/app.conf', bytes: Buffer.from('mode=fast') },
          { path: '/opt/new/place', bytes: Buffer.from('here') },
        ],
      ],
      script: `cat /run/secrets/pw /etc/app.conf /opt/new/place; busybox sha256sum /run/secrets/key.bin; ls -ln /run/secrets; ${IDLE}`,
    });
    const said = await eventually(async () => {
      const lines = await linesOf(engine, lease);
      expect(lines.join('\n')).toMatch(/pw$/m);
      return lines.join('\n');
    });
    expect(said).toContain('hunter2mode=fasthere');
    expect(said).toContain(createHash('sha256').update(long).digest('hex'));
    expect(said).toMatch(/-r--------\s+1 1000\s+1001\s.*pw$/m);
    const tried = await inside(
      docker,
      lease,
      'for f in pw new; do echo x >/run/secrets/$f; done; echo x >/etc/app.conf; grep /run/secrets /proc/mounts',
      '0',
    );
    expect(tried.match(/read-only/gi)).toHaveLength(3);
    expect(tried).toMatch(/ramfs \S+ ramfs ro,/);
    const other = await inside(docker, lease, 'cat /run/secrets/pw; cat /etc/app.conf', '1005');
    expect(other).toMatch(/denied/i);
    expect(other).toContain('mode=fast');
    expect(await leftOf(lease)).not.toContainEqual(expect.stringContaining('holder'));
    await engine.remove(lease, unbounded);
    expect(await leftOf(lease)).toEqual([]);
  });

  it('is in memory again, the same, when the container is restarted, and without it nothing is restarted', async () => {
    const files = [secret('pw', 'hunter2'), { path: '/etc/app.conf', bytes: Buffer.from('mode=fast') }];
    const lease = await launched({ files, volumes: [{ path: '/data' }] });
    await inside(docker, lease, 'echo kept >/data/x');
    const runOf = async () => (await docker.getContainer(`tallymesh-${lease}`).inspect()).State.StartedAt;
    const first = await runOf();
    expect(await engine.restart(lease, first, unbounded).catch(codeOf)).toBe('PAYLOAD_NEEDED');
    expect(await runOf()).toBe(first);
    // Whatever it did, it does nothing more while nobody pays for it
    expect(await engine.inspect(lease, unbounded, first)).toMatchObject({ state: 'exited' });
    const { run: second = '' } = await engine.restart(lease, first, unbounded, files);
    expect(second).not.toBe(first);
    expect(await inside(docker, lease, 'cat /run/secrets/pw /etc/app.conf /data/x')).toContain(
      'hunter2mode=fastkept',
    );
    await docker.getContainer(`tallymesh-${lease}`).kill();
    await engine.restart(lease, second, unbounded, files);
    expect(await inside(docker, lease, 'cat /run/secrets/pw')).toContain('hunter2');
    expect(await leftOf(lease)).not.toContainEqual(expect.stringContaining('holder'));
    await engine.remove(lease, unbounded);
    expect(await leftOf(lease)).toEqual([]);
  });

  it('can be read by the user that an image which begins as root becomes', async () => {
    const lease = await launched({ imageDigest: digests.root, files: [secret('pw', 'hunter2')] });
    expect(await inside(docker, lease, 'cat /run/secrets/pw', '1000')).toContain('hunter2');
  });

  it('is not counted as disk, and an image cannot hide a volume by declaring one at its place', async () => {
    const spec = specOf({ imageDigest: digests.volume });
    await engine.launch(spec, unbounded);
    await inside(docker, spec.lease, 'dd if=/dev/zero of=/run/secrets/x bs=1024k count=3', '0');
    expect((await engine.diskUse(spec.lease, COUNT_ALL, unbounded)).bytes).toBeGreaterThan(2 * MIB);
    const lease = await launched({ files: [secret('big', randomBytes(800 * KIB))] });
    expect((await engine.diskUse(lease, COUNT_ALL, unbounded)).bytes).toBeLessThan(400 * KIB);
    const both = specOf({ imageDigest: digests.volume, files: [secret('pw', 'x')] });
    expect(await engine.launch(both, unbounded).catch(codeOf)).toBe('INSTANCE_START_FAILED');
    expect(await leftOf(both.lease)).toEqual([]);
  });

  it('is nowhere but in memory: not in what the engine says, nor on its disk', async () => {
    const planted = `planted-${randomUUID()}`;
    const lease = await launched({
      files: [secret('pw', planted), { path: '/etc/x', bytes: Buffer.from(planted) }],
    });
    expect(await inside(docker, lease, 'cat /etc/x')).toContain(planted);
    const container = docker.getContainer(`tallymesh-${lease}`);
    const volume = docker.getVolume(`tallymesh-${lease}-memory`);
    const said = JSON.stringify([
      await container.inspect(),
      await volume.inspect(),
      await docker.listContainers({ all: true }),
    ]);
    expect(said).toContain('/run/secrets');
    expect(said).not.toContain(planted);
    if (!isRoot) return;
    const { DockerRootDir } = (await docker.info()) as { DockerRootDir: string };
    // The disk alone: `-xdev` leaves out what is mounted, memory and the roots of running containers
    const found = await run('sh', [
      '-c',
      `find ${DockerRootDir} -xdev -type f -size -4096k -newermt '-10 minutes' -exec grep -l ${planted} {} +`,
    ]).catch(({ code, stdout }) => ({ code, stdout }));
    expect(found.stdout).toBe('');
    await inside(docker, lease, `echo ${planted} >/tmp/told`);
    const { stdout: control } = await run('sh', [
      '-c',
      `find ${DockerRootDir} -xdev -type f -size -4096k -newermt '-10 minutes' -exec grep -l ${planted} {} +`,
    ]).catch(({ stdout }) => ({ stdout }));
    expect(control).toContain('told');
  });

  it('that cannot be put in place is a failed start, which leaves nothing', async () => {
    const attempts: Sent[] = [
      { files: [{ path: '/etc', bytes: Buffer.from('a file where a folder is') }] },
      { files: [{ path: '/etc/passwd/x', bytes: Buffer.from('below a file') }] },
      { volumes: Array.from({ length: 33 }, (_, i) => ({ path: `/v${i}` })) },
    ];
    for (const sent of attempts) {
      const spec = specOf(sent);
      expect(await engine.launch(spec, unbounded).catch(codeOf)).toBe('INSTANCE_START_FAILED');
      expect(await leftOf(spec.lease)).toEqual([]);
    }
  });

  it.each([
    ['that leads out of its volume', { name: '../evil', body: 'x' }],
    ['that is a device', { name: 'null', kind: '3', device: [1, 3] as const }],
    ['that is a hard link', { name: 'link', kind: '1', target: '/etc/passwd' }],
    ['that is a link out', { name: 'link', kind: '2', target: '../../etc' }],
    ['that is set-uid', { name: 'su', body: 'x', mode: 0o4755 }],
  ])('with an entry %s is refused once more before the engine, and leaves nothing', async (_, entry) => {
    const spec = specOf({ volumes: [{ path: '/data', content: () => piecesOf(tarOf([entry])) }] });
    expect(await engine.launch(spec, unbounded).catch(codeOf)).toBe('VOLUME_CONTENT_INVALID');
    expect(await leftOf(spec.lease)).toEqual([]);
  });

  it('leaves nothing when its launch is given up in the middle', async () => {
    const spec = specOf({ files: [secret('pw', 'hunter2')] });
    const giving = new AbortController();
    const launching = engine.launch(spec, giving.signal);
    await eventually(async () => {
      const found = await docker.listContainers({ all: true });
      expect(found.flatMap(({ Names }) => Names)).toContainEqual(`/tallymesh-${spec.lease}-holder`);
    });
    giving.abort(new Error('given up'));
    await expect(launching).rejects.toThrow('given up');
    await eventually(async () => expect(await leftOf(spec.lease)).toEqual([]));
  });

  it('is swept with what a dead process left between its making and its start', async () => {
    const lease = `lease-${randomUUID()}`;
    const labels = { 'tallymesh.holder.peer': peer, 'tallymesh.holder.lease': lease };
    await docker.createContainer({
      ...{ name: `tallymesh-${lease}-holder`, Image: digests.user, Labels: labels, Cmd: ['/none'] },
      HostConfig: {
        Mounts: [
          {
            Type: 'volume',
            Source: `tallymesh-${lease}-memory`,
            Target: '/run/secrets',
            VolumeOptions: {
              NoCopy: true,
              Labels: { 'tallymesh.peer': peer, 'tallymesh.lease': lease },
              DriverConfig: { Name: 'local', Options: {} },
            },
          },
        ],
      },
    });
    expect(await leftOf(lease)).not.toEqual([]);
    await engine.sweep(peer, unbounded);
    expect(await leftOf(lease)).toEqual([]);
  });
});

describe.skipIf(!isRoot)('an engine that is killed while a container has secrets', () => {
  const peer = `peer-${randomUUID()}`;
  const planted = `planted-${randomUUID()}`;

  async function killedAndBack(liveRestore: boolean) {
    const own = await OwnEngine.prepare();
    onTestFinished(() => own.clear());
    await own.start({ liveRestore });
    const imageDigest = await importBusybox(dockerAt(own.host), 'secrets:1');
    const open = () => openDockerEngine({ host: own.host, log: silentLog });
    const first = await open();
    const spec: ContainerSpec = {
      ...{ peer, lease: `lease-${randomUUID()}`, incarnation: 1, imageDigest, ports: [] },
      limits: { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 32 * MIB },
      command: ['/bin/sh', '-c', 'while :; do cat /run/secrets/pw; sleep 0.2; done'],
      files: [{ path: '/run/secrets/pw', bytes: Buffer.from(`${planted}\n`) }],
    };
    await first.launch(spec, unbounded);
    await own.kill();
    await own.start({ liveRestore });
    await first.close();
    const engine = await open();
    const { DockerRootDir } = (await dockerAt(own.host).info()) as { DockerRootDir: string };
    /** What of the memory of the lease is left: volumes, mounts, and files on the disk, the log of the container left out. */
    const left = async () => {
      const { Volumes } = await dockerAt(own.host).listVolumes();
      const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
      const grep = `grep -rlF ${planted} ${DockerRootDir}/volumes ${DockerRootDir}/overlay2 || true`;
      const { stdout } = await run('sh', ['-c', grep]);
      const names = [...(Volumes ?? []).map(({ Name }) => Name), ...mounts].filter((each) =>
        each.includes(spec.lease),
      );
      return [...names, ...stdout.split('\n').filter(Boolean)];
    };
    return { engine, spec, left, own, open };
  }

  it('and took it along leaves nothing of them, and starts the next one with them', async () => {
    const { engine, spec, left } = await killedAndBack(false);
    expect(await engine.inspect(spec.lease, unbounded)).toMatchObject({ state: 'exited' });
    await engine.remove(spec.lease, unbounded);
    expect(await left()).toEqual([]);
    await engine.launch(spec, unbounded);
    await eventually(async () => {
      const lines = await linesOf(engine, spec.lease);
      expect(lines).toContain(planted);
    });
    await engine.remove(spec.lease, unbounded);
    expect(await left()).toEqual([]);
    await engine.close();
  });

  it('and let it go on loses none of them, restarts it with them, and leaves none on a disk', async () => {
    const { engine, spec, left, own, open } = await killedAndBack(true);
    const { lease, files } = spec;
    const untilItGoesOn = async () => {
      const before = (await linesOf(engine, lease)).length;
      await eventually(async () => {
        const lines = await linesOf(engine, lease);
        expect(lines.length).toBeGreaterThan(before);
        expect(lines.every((each) => each === planted)).toBe(true);
      });
    };
    const runOf = async () => (await dockerAt(own.host).getContainer(`tallymesh-${lease}`).inspect()).State;
    await untilItGoesOn();
    // The engine has lost count of who uses the volume, and is helped to it, however often
    for (let restarts = 0; restarts < 2; restarts += 1) {
      const { StartedAt } = await runOf();
      expect((await engine.restart(lease, StartedAt, unbounded, files)).run).not.toBe(StartedAt);
      await untilItGoesOn();
    }
    await own.kill();
    await own.start({ liveRestore: true });
    await engine.restart(lease, (await runOf()).StartedAt, unbounded, files);
    await untilItGoesOn();
    await engine.remove(lease, unbounded);
    expect((await left()).filter((each) => !each.startsWith(`tallymesh-${lease}`))).toEqual([]);
    await engine.launch(spec, unbounded);
    await untilItGoesOn();
    await engine.remove(lease, unbounded);
    await own.kill();
    await own.start({ liveRestore: true });
    await engine.close();
    const next = await open();
    await next.sweep(peer, unbounded);
    expect(await left()).toEqual([]);
    await next.close();
  });
});
