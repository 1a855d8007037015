// Docker passes the contract, and confines its containers: proven from inside them.

import { execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { processesWith } from '../../src/cli/engine-setup/processes.ts';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import { imagesBelow } from '../../src/runtime/docker/image-steps.ts';
import { initReason } from '../../src/runtime/docker/start-failure.ts';
import type { ContainerSpec, Engine } from '../../src/runtime/engine.ts';
import { LOAD_STEP_BYTES } from '../../src/runtime/parameters.ts';
import { dockerHost } from '../support/docker-host.ts';
import { forgetfulEngine } from '../support/forgetful-engine.ts';
import { buildFrom, dockerAt, importBusybox, packBusybox } from '../support/image.ts';
import { imageOf, someLayer, tarOf, tarsOf } from '../support/images.ts';
import { engineContract, eventually, expectCode, untilEnded } from './engine.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const sh = (script: string) => ['/bin/sh', '-c', script];
/** The rule of a peer, as `iptables` takes it. */
const RULE = '-s 10.203.0.0/16 -m conntrack --ctstate NEW -m comment --comment tallymesh:PEER -j DROP';
/** The init of the container, its shell, and what that waits for. */
const IDLE_PROCESSES = 3;
const IDLE = sh('trap "exit 0" TERM; sleep 1000 & wait');

engineContract('Docker', async () => {
  const imageName = `tallymesh-test-${randomUUID()}:plain`;
  const rootName = imageName.replace('plain', 'root');
  const imageDigest = await importBusybox(docker, imageName);
  const rootDigest = await importBusybox(docker, rootName, ['USER root']);
  const checkedName = imageName.replace('plain', 'checked');
  const checkedDigest = await buildFrom(docker, imageName, checkedName, [
    'HEALTHCHECK --interval=1s CMD true',
  ]);
  return {
    open: () => openDockerEngine({ host, log: silentLog }),
    dispose: async () => {
      for (const name of [imageName, rootName, checkedName]) await docker.getImage(name).remove();
    },
    imageName,
    base: () => packBusybox(),
    owner: {
      kill: (lease) => containerOf(lease).kill(),
      stop: (lease) => containerOf(lease).stop({ t: 1 }),
      start: (lease) => containerOf(lease).start(),
      erase: (lease) => containerOf(lease).remove({ force: true }),
      pause: (lease) => containerOf(lease).pause(),
      reduce: (lease) => containerOf(lease).update({ NanoCpus: 10_000_000 }),
    },
    checkSays: async () => {},
    commands: {
      cat: ['/bin/cat'],
      both: sh('echo out; echo err >&2; exit 7'),
      wait: sh('echo begun; sleep 1001'),
      flood: ['/bin/yes', 'a line of a program that writes without an end'],
      where: sh('echo "$GIVEN $PWD"'),
      size: sh('while read _; do stty size; done'),
    },
    others: async (lease) => (await containerOf(lease).top()).Processes.length - IDLE_PROCESSES,
    workloads: {
      finishLater: { imageDigest, command: sh('nc -l -p 7000; exit 4') },
      counter: { imageDigest, command: sh('echo run >>/tmp/runs; grep -c run /tmp/runs; exit 5') },
      checked: { imageDigest: checkedDigest, command: IDLE },
      idle: { imageDigest, command: IDLE },
      echo: { imageDigest, command: ['/bin/nc', '-ll', '-p', '7000', '-e', '/bin/cat'] },
      finish: { imageDigest, command: sh('echo first; echo second; echo third >&2; exit 3') },
      longLine: { imageDigest, command: sh('head -c 20000 /dev/zero | tr "\\0" a; echo') },
      manyLines: { imageDigest, command: sh('seq 600') },
      root: { imageDigest: rootDigest, command: IDLE },
      writer: {
        imageDigest,
        command: sh(
          'dd if=/dev/zero of=/tmp/x bs=1024k count=3; for i in $(seq 20); do >/tmp/$i; done; sleep 1000 & wait',
        ),
      },
    },
  };
});

describe('A Docker instance', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:plain`;
  const saidName = imageName.replace('plain', 'said');
  const ghostName = imageName.replace('plain', 'ghost');
  const initName = imageName.replace('plain', 'init');
  let engine: Engine;
  let imageDigest: string;

  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName);
    const words = 'echo $(id -u):$(id -g) in $PWD with $1; trap "exit 7" USR2; echo ready; sleep 1000 & wait';
    await buildFrom(docker, imageName, saidName, [
      ...['USER 1000:1000', 'WORKDIR /data', 'STOPSIGNAL SIGUSR2'],
      `ENTRYPOINT ${JSON.stringify(['/bin/sh', '-c', words, 'sh'])}`,
    ]);
    await importBusybox(docker, ghostName, ['USER ghost']);
    await importBusybox(docker, initName, ['USER 1000:1000', 'ENTRYPOINT ["/sbin/init"]'], async (root) => {
      await mkdir(join(root, 'sbin'));
      await symlink('/bin/busybox', join(root, 'sbin', 'init'));
      const children = ['echo first', 'echo second', 'sleep 1000'];
      await writeFile(join(root, 'etc', 'inittab'), children.map((each) => `::once:/bin/${each}\n`).join(''));
    });
    engine = await openDockerEngine({ host, log: silentLog });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.close();
    for (const name of [imageName, saidName, ghostName, initName]) await docker.getImage(name).remove();
  });

  const specFor = (more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    peer,
    lease: `lease-${randomUUID()}`,
    incarnation: 1,
    imageDigest,
    limits: { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB },
    ports: [7000],
    command: IDLE,
    ...more,
  });
  const launch = async (more: Partial<ContainerSpec> = {}) => {
    const spec = specFor(more);
    await engine.launch(spec, unbounded);
    return spec.lease;
  };

  it('runs without capabilities, without new privileges, under seccomp and not as root', async () => {
    const lease = await launch();
    expect(await inside(lease, 'id -u; id -g')).toBe('65534\n65534\n');
    const status = await inside(lease, 'cat /proc/self/status');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(status).toMatch(new RegExp(`^${set}:\\s+0000000000000000$`, 'm'));
    }
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  it('says why its program did not begin, in words', async () => {
    for (const [command, words] of [
      ['nosuchcmd', 'executable not found in the image: nosuchcmd'],
      ['/etc', 'permission denied: the file is not executable: /etc'],
      ['/bin/busybox/x', 'not a file in the image: /bin/busybox/x'],
    ] as const) {
      const lease = await launch({ command: [command] });
      const { exitCode = 0 } = await untilEnded(engine, lease);
      let last = '';
      for await (const { text: line } of engine.logs(lease, { tail: 1 }, unbounded)) last = line;
      expect(initReason(exitCode, last)).toBe(words);
    }
    const { Id: ghost } = await docker.getImage(ghostName).inspect();
    const rejected = engine.launch(specFor({ imageDigest: ghost }), unbounded);
    await expect(rejected).rejects.toMatchObject({
      details: { reason: 'no such user in the image: ghost' },
    });
  });

  it('can write where its user may, and run what it has written', async () => {
    const lease = await launch();
    expect(await inside(lease, 'for f in / /etc /bin /data /dev; do touch $f/x 2>&1; done')).toContain(
      'denied',
    );
    expect(await inside(lease, 'ls /x /etc/x /bin/x /data/x /dev/x 2>/dev/null')).toBe('');
    const run = 'cat /bin/busybox >/tmp/busybox && chmod 755 /tmp/busybox && /tmp/busybox echo ran 2>&1';
    expect(await inside(lease, run)).toBe('ran\n');
  });

  it('is where and as whom its image says, with its entrypoint and its signal to stop', async () => {
    const { Id } = await docker.getImage(saidName).inspect();
    const lease = await launch({ imageDigest: Id, command: ['given'] });
    await untilReady(lease);
    const lines: string[] = [];
    for await (const { text: line } of engine.logs(lease, {}, unbounded)) lines.push(line);
    expect(lines).toEqual(['1000:1000 in /data with given', 'ready']);
    await containerOf(lease).stop({ t: 20 });
    expect(await untilEnded(engine, lease)).toMatchObject({ exitCode: 7 });
  });

  it('has the init of its image as its first process, which starts what it is to', async () => {
    const { Id } = await docker.getImage(initName).inspect();
    const lease = await launch({ imageDigest: Id, command: [] });
    expect(await inside(lease, 'cat /proc/1/cmdline')).toMatch(/^init\0/);
    await eventually(async () => {
      const lines: string[] = [];
      for await (const { text: line } of engine.logs(lease, {}, unbounded)) lines.push(line.trim());
      expect(lines.toSorted()).toEqual(['first', 'second']);
    });
  });

  it('has the cpu quota, the memory limit and the file limit of its spec', async () => {
    const lease = await launch();
    const cpu = await inside(
      lease,
      'cd /sys/fs/cgroup; cat cpu.max 2>/dev/null || cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us',
    );
    expect(cpu.trim().split(/\s+/)).toEqual(['25000', '100000']);
    const memory = await inside(
      lease,
      'cd /sys/fs/cgroup; cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes',
    );
    expect(Number(memory)).toBe(64 * MIB);
    expect(await inside(lease, 'ulimit -n; ulimit -Hn')).toBe('4096\n4096\n');
  });

  it('is killed when it takes more memory than it has, and says so', async () => {
    const limits = { cpuMillis: 1_000, memoryBytes: 16 * MIB, diskBytes: 64 * MIB };
    const lease = await launch({ limits, command: sh('exec dd if=/dev/zero of=/dev/shm/x bs=1024k') });
    expect(await untilEnded(engine, lease)).toMatchObject({ exitCode: 137, outOfMemory: true });
    expect(await engine.ending(lease, unbounded)).toBe('memory');
  });

  it('cannot start more processes than its limit', async () => {
    const lease = await launch();
    const script = 'i=0; while [ $i -lt 300 ]; do sleep 100 & i=$((i+1)); done';
    expect(await inside(lease, script)).toContain("can't fork");
  });

  it('reaches no address of the host, which reaches it', async () => {
    const lease = await launch({ command: ['/bin/nc', '-ll', '-p', '7000', '-e', '/bin/cat'] });
    const server = createServer((socket) => socket.end('reached')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const address of [await gatewayOf(lease), ...addressesOfHost()]) {
      expect(await text(createConnection({ host: address, port }))).toBe('reached');
      expect(await inside(lease, `nc -w 1 ${address} ${port} </dev/null 2>&1`)).not.toContain('reached');
    }
    (await eventually(() => engine.connect(lease, 7000, unbounded))).destroy();
    server.close();
  });

  it('has one interface, IPv4 alone, and no way out of its network', async () => {
    const lease = await launch();
    expect(await inside(lease, 'ls /sys/class/net')).toMatch(/^eth0\s+lo\s*$/);
    expect(await inside(lease, 'grep eth0 /proc/net/if_inet6 2>/dev/null')).toBe('');
    expect(await inside(lease, 'nc -w 1 192.0.2.1 80 </dev/null || echo unreached')).toContain('unreached');
  });

  it('cannot reach another instance', async () => {
    const server = await launch({ command: ['/bin/nc', '-ll', '-p', '7000', '-e', '/bin/echo', 'reached'] });
    const client = await launch();
    (await eventually(() => engine.connect(server, 7000, unbounded))).destroy();
    const { NetworkSettings } = await docker.getContainer(`tallymesh-${server}`).inspect();
    const address = NetworkSettings.Networks[`tallymesh-${server}`]?.IPAddress;
    expect(await inside(client, `nc -w 1 ${address} 7000 </dev/null 2>&1`)).not.toContain('reached');
  });

  it.runIf(process.getuid?.() === 0)('sends no query for a name through the host', async () => {
    const lease = await launch();
    // Containers of others ask at the same address: the name tells whose query it is
    const name = randomUUID();
    const query = ['-d', '192.0.2.1', '-p', 'udp', '--dport', '53', '-m', 'string', '--algo', 'bm'];
    const rule = [...query, '--string', name, '-m', 'comment', '--comment', peer];
    await iptables('-I', 'OUTPUT', ...rule);
    try {
      expect(await inside(lease, `nslookup -timeout=1 ${name}.example.com 2>&1`)).not.toMatch(/^Name:/m);
      const counters = await iptables('-L', 'OUTPUT', '-v', '-n', '-x');
      expect(
        counters
          .split('\n')
          .find((row) => row.includes(peer))
          ?.trim(),
      ).toMatch(/^0 /);
    } finally {
      await iptables('-D', 'OUTPUT', ...rule);
    }
  });

  it('leaves nothing when it cannot be made or cannot be started', async () => {
    await expectCode(
      engine.launch(specFor({ runtimeClass: 'no-such-runtime' }), unbounded),
      'INSTANCE_START_FAILED',
    );
    const { Id: ghost } = await docker.getImage(ghostName).inspect();
    await expectCode(engine.launch(specFor({ imageDigest: ghost }), unbounded), 'INSTANCE_START_FAILED');
    expect(await remains(peer)).toEqual([]);
  });

  it('has no room where containers of other peers hold it, also of two at once', async () => {
    const { cpuMillis, heldByOthers } = await engine.facts(unbounded);
    const most = cpuMillis - heldByOthers.cpuMillis - 300;
    const sized = (cpu: number) => ({ limits: { cpuMillis: cpu, memoryBytes: 16 * MIB, diskBytes: MIB } });
    await launch(sized(most));
    expect((await engine.facts(unbounded)).heldByOthers.cpuMillis).toBe(heldByOthers.cpuMillis + most);
    const own = await openDockerEngine({ host, peer, log: silentLog });
    expect((await own.facts(unbounded)).heldByOthers).toEqual(heldByOthers);
    await own.close();
    const other = `peer-${randomUUID()}`;
    await expectCode(engine.launch(specFor({ peer: other, ...sized(301) }), unbounded), 'ENGINE_FULL');
    expect(await remains(other)).toEqual([]);
    const both = [specFor({ peer: other, ...sized(200) }), specFor({ ...sized(200) })];
    const launches = await Promise.allSettled(both.map((spec) => engine.launch(spec, unbounded)));
    expect(launches.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(2);
    for (const { lease } of both) await engine.remove(lease, unbounded);
  });

  it('is not started once more where others hold its place by then', async () => {
    const { cpuMillis, heldByOthers } = await engine.facts(unbounded);
    const most = cpuMillis - heldByOthers.cpuMillis - 100;
    const sized = { limits: { cpuMillis: most, memoryBytes: 16 * MIB, diskBytes: MIB } };
    const lease = await launch({ ...sized, command: ['/bin/true'] });
    const { run = '' } = await untilEnded(engine, lease);
    const other = await launch({ ...sized, peer: `peer-${randomUUID()}` });
    onTestFinished(() => engine.remove(other, unbounded));
    await expectCode(engine.restart(lease, run, unbounded), 'ENGINE_FULL');
    expect(await engine.inspect(lease, unbounded, run)).toMatchObject({ state: 'exited', run });
  });

  it('ends with code 127 when its command does not exist', async () => {
    const lease = await launch({ command: ['/no/such/program'] });
    expect(await untilEnded(engine, lease)).toMatchObject({ exitCode: 127 });
  });

  it('has an end that nobody can be blamed for when a signal ended it that the engine did not send', async () => {
    const lease = await launch({ command: sh('kill -9 $$') });
    await untilEnded(engine, lease);
    expect(await engine.ending(lease, unbounded)).toBe('unclear');
  });

  it('has an end by its owner after a signal that ends it, and one of nobody where a signal came shortly before', async () => {
    const through = await launch({ command: sh('sleep 1; exit 0') });
    await containerOf(through).kill({ signal: 'SIGWINCH' });
    await untilEnded(engine, through);
    expect(await engine.ending(through, unbounded)).toBe('unclear');
    const ended = await launch();
    await containerOf(ended).kill({ signal: 'SIGUSR1' });
    await untilEnded(engine, ended);
    expect(await engine.ending(ended, unbounded)).toBe('outside');
    const willing = await launch({ command: sh('trap "exit 0" USR1; echo ready; sleep 1000 & wait') });
    await untilReady(willing);
    await containerOf(willing).kill({ signal: 'SIGUSR1' });
    expect(await untilEnded(engine, willing)).toMatchObject({ exitCode: 0 });
    expect(await engine.ending(willing, unbounded)).toBe('unclear');
  });

  it('has an end of nobody after a command that its owner ran in it', async () => {
    const lease = await launch({ command: sh('trap "exit 0" TERM; echo ready; sleep 1000 & wait') });
    await untilReady(lease);
    await inside(lease, 'kill -TERM 1');
    expect(await untilEnded(engine, lease)).toMatchObject({ exitCode: 0 });
    expect(await engine.ending(lease, unbounded)).toBe('unclear');
  });

  it.runIf(process.getuid?.() === 0)(
    'has an end of nobody when the process that holds it is killed',
    async () => {
      const lease = await launch();
      const { Id } = await containerOf(lease).inspect();
      const shims = await processesWith(`-id ${Id}`);
      expect(shims).toHaveLength(1);
      for (const pid of shims) process.kill(pid, 'SIGKILL');
      await untilEnded(engine, lease);
      expect(await engine.ending(lease, unbounded)).toBe('unclear');
    },
  );

  it('has no excuse for a kill in memory that had run out before', async () => {
    const lease = await launch();
    await inside(lease, 'dd if=/dev/zero of=/dev/null bs=500000000 count=1');
    await containerOf(lease).kill();
    expect(await untilEnded(engine, lease)).toMatchObject({ outOfMemory: true });
    expect(await engine.ending(lease, unbounded)).toBe('outside');
  });

  it('is found and removed whatever its owner calls it, with its network', async () => {
    const lease = await launch();
    await containerOf(lease).rename({ name: `runaway-${lease}` });
    expect(await engine.inspect(lease, unbounded)).toMatchObject({ lease, state: 'running' });
    expect((await engine.usage(lease, unbounded)).memoryBytes).toBeGreaterThan(0);
    const later = await openDockerEngine({ host, log: silentLog });
    expect(await later.inspect(lease, unbounded)).toMatchObject({ state: 'running' });
    await later.remove(lease, unbounded);
    await later.close();
    expect(await remains(peer)).toEqual([]);
  });

  it('has its log read whatever its owner calls it, also after its end and by the next process', async () => {
    const lease = await launch({ command: sh('echo said') });
    await untilEnded(engine, lease);
    await containerOf(lease).rename({ name: `runaway-${lease}` });
    const later = await openDockerEngine({ host, log: silentLog });
    onTestFinished(() => later.close());
    const said = async (by: Engine, follow: boolean) => {
      const lines: string[] = [];
      for await (const { text: line } of by.logs(lease, { follow }, unbounded)) lines.push(line);
      return lines;
    };
    for (const by of [engine, later])
      for (const follow of [false, true]) expect(await said(by, follow)).toEqual(['said']);
    await engine.remove(lease, unbounded);
    await expectCode(said(engine, false), 'INSTANCE_UNKNOWN');
  });

  it.each([
    ['less memory', { Memory: 8 * MIB, MemorySwap: 8 * MIB }],
    ['fewer processes', { PidsLimit: 3 }],
    ['a smaller share', { CpuShares: 2 }],
    ['chosen processors', { CpusetCpus: '0' }],
  ])('is reduced when its owner leaves it %s', async (_, change) => {
    const lease = await launch();
    await containerOf(lease).update(change);
    expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running', isReduced: true });
  });

  it('is reduced without its network, and not by a gift', async () => {
    const lease = await launch();
    await containerOf(lease).update({ NanoCpus: 1_000_000_000 });
    expect(await engine.inspect(lease, unbounded)).not.toHaveProperty('isReduced');
    await docker.getNetwork(`tallymesh-${lease}`).disconnect({ Container: `tallymesh-${lease}` });
    expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running', isReduced: true });
  });

  it('is over when it was restarted past the peer, however well it runs again', async () => {
    const lease = await launch();
    await containerOf(lease).restart({ t: 1 });
    expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'exited' });
    expect(await engine.ending(lease, unbounded)).toBe('outside');
  });

  it('is seen to write a line without an end', async () => {
    const lease = await launch({ command: sh('head -c 200000 /dev/zero; sleep 1000') });
    const output = (sinceMs: number) => engine.output(lease, { sinceMs, lines: 1_000 }, unbounded);
    // Docker hands on a piece of 16 KiB when it is full, as JSON; the rest waits for the end of the line
    const all = await eventually(async () => {
      const seen = await output(0);
      expect(seen).toMatchObject({ lines: 12 });
      return seen;
    });
    expect(all.open).toEqual({ beganAtMs: all.lastAtMs, bytes: 12 * (6 * 16_384 + 2) });
    expect(await output(all.lastAtMs)).toEqual({ ...all, lines: 0, bytes: 0 });
  });

  it('leaves nothing when the launch is aborted on the way', async () => {
    const spec = specFor();
    const patience = new AbortController();
    const launched = engine.launch(spec, patience.signal);
    await eventually(async () => expect(await remains(peer)).not.toEqual([]));
    patience.abort(new Error('enough'));
    await expect(launched).rejects.toThrow('enough');
    await eventually(async () => expect(await remains(peer)).toEqual([]));
  });

  it.each(['SecurityOpt', 'CapDrop', 'MemorySwap', 'NanoCpus', 'PidsLimit', 'Ulimits', 'Dns'])(
    'is never started, and leaves nothing, when the engine drops %s in silence',
    async (option) => {
      const forgetful = await forgetfulEngine(host, (config) => delete config[option]);
      const client = await openDockerEngine({ host: forgetful.host, log: silentLog });
      await expectCode(client.launch(specFor(), unbounded), 'ENGINE_OPTION_DROPPED');
      expect(await remains(peer)).toEqual([]);
      await client.close();
      await forgetful.close();
    },
  );

  it('gets another subnet when its first is taken, until the pool is exhausted', async () => {
    const networkPool = `10.204.${randomInt(256)}.${32 * randomInt(8)}/27`;
    const client = await openDockerEngine({ host, networkPool, log: silentLog });
    await client.launch(specFor(), unbounded);
    await client.launch(specFor(), unbounded);
    await expectCode(client.launch(specFor(), unbounded), 'NETWORK_POOL_EXHAUSTED');
    for (const { lease } of await client.list(peer, unbounded)) await client.remove(lease, unbounded);
    await client.close();
  });
});

describe('The way to a Docker instance', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:plain`;
  /** One subnet alone, so that the next network gets the last one's addresses. */
  const networkPool = `10.205.${randomInt(256)}.${16 * randomInt(16)}/28`;
  let engine: Engine;
  let imageDigest: string;

  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName);
    engine = await openDockerEngine({ host, networkPool, log: silentLog });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.close();
    await docker.getImage(imageName).remove();
  });

  /** An instance that says this to whoever connects. */
  const launch = async (says: string, by: Engine = engine) => {
    const lease = `lease-${randomUUID()}`;
    const command = ['/bin/nc', '-ll', '-p', '7000', '-e', '/bin/echo', says];
    const limits = { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB };
    await by.launch({ peer, lease, incarnation: 1, imageDigest, limits, ports: [7000], command }, unbounded);
    return lease;
  };
  const hear = async (lease: string, from: Engine = engine) =>
    (await text(await from.connect(lease, 7000, unbounded))).trim();
  const container = (lease: string) => docker.getContainer(`tallymesh-${lease}`);

  it('is looked up once', async () => {
    const relay = await forgetfulEngine(host, () => {});
    const client = await openDockerEngine({ host: relay.host, networkPool, log: silentLog });
    const lease = await launch('hello', client);
    expect(await eventually(() => hear(lease, client))).toBe('hello');
    await relay.close();
    expect(await hear(lease, client)).toBe('hello');
    await client.close();
  });

  it('never leads to the next one, which has its address', async () => {
    const first = await launch('first');
    expect(await eventually(() => hear(first))).toBe('first');
    const { NetworkSettings: before } = await container(first).inspect();
    const other = await openDockerEngine({ host, networkPool, log: silentLog });
    await other.remove(first, unbounded);
    const second = await launch('second', other);
    expect(await eventually(() => hear(second, other))).toBe('second');
    const { NetworkSettings: after } = await container(second).inspect();
    expect(after.Networks[`tallymesh-${second}`]?.IPAddress).toBe(
      before.Networks[`tallymesh-${first}`]?.IPAddress,
    );
    await expectCode(hear(first), 'INSTANCE_UNKNOWN');
    await other.close();
  });

  it('leads to it again after a restart, also at another address', async () => {
    const lease = await launch('hello');
    expect(await eventually(() => hear(lease))).toBe('hello');
    await container(lease).restart({ t: 0 });
    expect(await eventually(() => hear(lease))).toBe('hello');
    const network = docker.getNetwork(`tallymesh-${lease}`);
    await network.disconnect({ Container: `tallymesh-${lease}` });
    const IPv4Address = networkPool.replace(/(\d+)\/28$/, (_, last) => String(Number(last) + 9));
    await network.connect({
      Container: `tallymesh-${lease}`,
      EndpointConfig: { IPAMConfig: { IPv4Address } },
    });
    expect(await hear(lease)).toBe('hello');
  });

  it('is closed at once when it has ended', async () => {
    const lease = await launch('hello');
    expect(await eventually(() => hear(lease))).toBe('hello');
    await container(lease).kill();
    await untilEnded(engine, lease);
    await expectCode(hear(lease), 'APPLICATION_NOT_LISTENING');
  });
});

describe('An image from a stranger', () => {
  const peer = `peer-${randomUUID()}`;
  const marker = join(tmpdir(), `tallymesh-evil-${randomUUID()}`);
  let engine: Engine;

  beforeAll(async () => {
    engine = await openDockerEngine({ host, log: silentLog });
  });
  afterAll(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
    for (const { digest } of await engine.loadedImages(peer, unbounded))
      await engine.removeImage(peer, digest, unbounded);
    await engine.close();
  });

  const load = async (...tars: Buffer[]) => {
    const image = imageOf([await packBusybox(), ...tars]);
    await engine.loadImage({ peer, image, tar: tarsOf(image) }, unbounded);
    return image.digest;
  };

  it('writes nothing outside its container, wherever its layers point', async () => {
    const way = { name: 'way', kind: '2', target: tmpdir() };
    const attempts = [
      [tarOf([{ name: `../../../../../../..${marker}`, body: 'evil' }])],
      [tarOf([{ name: marker, body: 'evil' }])],
      [tarOf([way, { name: `way/${basename(marker)}`, body: 'evil' }])],
      [tarOf([way]), tarOf([{ name: `way/${basename(marker)}`, body: 'evil' }])],
      [tarOf([{ name: 'passwd', kind: '1', target: '../../../../../../../etc/passwd' }])],
    ];
    for (const tars of attempts) {
      // Refused by the engine or kept inside: its choice
      await load(...tars).catch((error) => expect(codeOf(error)).toBe('ENGINE_FAILED'));
      expect(existsSync(marker)).toBe(false);
    }
  });

  it('gains nothing by devices and set-uid programs in its layers, and may have names of any bytes', async () => {
    const odd = tarOf([
      { name: 'dev/', kind: '5', mode: 0o755 },
      // The messages of the kernel, for everybody to read
      { name: 'kmsg', kind: '3', mode: 0o666, device: [1, 11] },
      { name: 'su', body: 'x', mode: 0o4755 },
      { name: 'etc/.wh.nothing' },
      { name: Buffer.from([0x66, 0xff, 0xfe]), body: 'x' },
    ]);
    const lease = `lease-${randomUUID()}`;
    const limits = { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB };
    const imageDigest = await load(odd);
    const run = { peer, lease, incarnation: 1, imageDigest, limits, ports: [], command: IDLE };
    await engine.launch(run, unbounded);
    expect(await inside(lease, 'ls -l /kmsg')).toMatch(/^crw-rw-rw-.* 1, +11 /);
    expect(await inside(lease, 'head -c 1 /kmsg 2>&1')).toContain('not permitted');
    expect(await inside(lease, 'cat /proc/self/status')).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it('is sent whole to an engine that has let its lower layers go since it was asked', async () => {
    const base = someLayer('base');
    const [first, next] = [imageOf([base, someLayer()]), imageOf([base, someLayer()])];
    await engine.loadImage({ peer, image: first, tar: tarsOf(first) }, unbounded);
    let loads = 0;
    const beforeLoad = async (path: string) => {
      if (!path.startsWith('/images/load')) return;
      loads += 1;
      await engine.removeImage(peer, first.digest, unbounded);
    };
    const between = await forgetfulEngine(host, () => {}, beforeLoad);
    const through = await openDockerEngine({ host: between.host, log: silentLog });
    const asked: string[] = [];
    await through.loadImage({ peer, image: next, tar: tarsOf(next, asked) }, unbounded);
    const [low, high] = next.layers.map(({ diffId }) => diffId);
    expect(asked).toEqual([high, low, high]);
    expect(loads).toBe(2);
    await through.close();
    await between.close();
  });

  it('is unpacked as far as it is here while the rest is on its way; then nothing but it is left', async () => {
    const image = imageOf([
      someLayer('low', LOAD_STEP_BYTES),
      someLayer('middle', LOAD_STEP_BYTES),
      someLayer('high'),
    ]);
    const [low = image] = imagesBelow(image, 0);
    const loaded = async () => (await engine.loadedImages(peer, unbounded)).map(({ digest }) => digest);
    const before = await loaded();
    const middle = image.layers[1]?.diffId;
    const oncePart = async function* (diffId: string) {
      if (diffId === middle)
        await vi.waitFor(async () => expect(await loaded()).toContain(low.digest), 20_000);
      yield* tarsOf(image)(diffId);
    };
    await engine.loadImage({ peer, image, tar: oncePart }, unbounded);
    expect((await loaded()).toSorted()).toEqual([...before, image.digest].toSorted());
    expect((await engine.image(image.digest, unbounded))?.layers).toEqual(
      image.layers.map(({ diffId }) => diffId),
    );
  });

  it('leaves nothing behind of a try before that ended in the midst of it', async () => {
    const image = imageOf([someLayer('low', LOAD_STEP_BYTES), someLayer('high')]);
    const [low = image] = imagesBelow(image, 0);
    await engine.loadImage({ peer, image: low, tar: tarsOf(image) }, unbounded);
    await engine.loadImage({ peer, image, tar: tarsOf(image) }, unbounded);
    const loaded = (await engine.loadedImages(peer, unbounded)).map(({ digest }) => digest);
    expect(loaded).toContain(image.digest);
    expect(loaded).not.toContain(low.digest);
  });

  it('leaves nothing of it behind where the rest does not come', async () => {
    const image = imageOf([someLayer('low', LOAD_STEP_BYTES), someLayer('high')]);
    const loaded = async () =>
      (await engine.loadedImages(peer, unbounded)).map(({ digest }) => digest).toSorted();
    const before = await loaded();
    const lost = async function* (diffId: string) {
      if (diffId !== image.layers[0]?.diffId) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
      yield* tarsOf(image)(diffId);
    };
    await expectCode(engine.loadImage({ peer, image, tar: lost }, unbounded), 'IMAGE_LAYER_MISSING');
    expect(await loaded()).toEqual(before);
  });

  it('does not show its mark among the names that people gave', async () => {
    const digest = await load();
    expect((await engine.image(digest, unbounded))?.names).toEqual([]);
    const { RepoTags } = await docker.getImage(digest).inspect();
    expect(RepoTags).toEqual([`tallymesh/${digest.slice(7)}:${peer}`]);
  });
});

describe('A Docker engine', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:plain`;
  let imageDigest: string;
  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName);
  });
  afterAll(async () => {
    await docker.getImage(imageName).remove();
  });

  it('sweeps the networks and the containers that dead launches left', async () => {
    const engine = await openDockerEngine({ host, log: silentLog });
    const labels = (lease: string) => ({ 'tallymesh.peer': peer, 'tallymesh.lease': lease });
    const [alone, unstarted] = [randomUUID(), randomUUID()];
    for (const lease of [alone, unstarted]) {
      await docker.createNetwork({ Name: `tallymesh-${lease}`, Internal: true, Labels: labels(lease) });
    }
    await docker.createContainer({
      name: `tallymesh-${unstarted}`,
      Image: imageDigest,
      Cmd: IDLE,
      Labels: labels(unstarted),
      HostConfig: { NetworkMode: `tallymesh-${unstarted}` },
    });
    expect(await remains(peer)).toHaveLength(3);
    await engine.sweep(peer, unbounded);
    expect(await remains(peer)).toEqual([]);
    await engine.close();
  });

  it.runIf(process.getuid?.() === 0)(
    'keeps its firewall rule while an instance is left, whoever closes',
    async () => {
      const spec: ContainerSpec = {
        peer,
        lease: randomUUID(),
        incarnation: 1,
        imageDigest,
        limits: { cpuMillis: 100, memoryBytes: 16 * MIB, diskBytes: MIB },
        ports: [],
        command: IDLE,
      };
      const first = await openDockerEngine({ host, log: silentLog });
      await first.launch(spec, unbounded);
      await first.close();
      expect(await rulesOf(peer)).toHaveLength(1);
      const second = await openDockerEngine({ host, peer, log: silentLog });
      expect(await rulesOf(peer)).toHaveLength(1);
      await second.remove(spec.lease, unbounded);
      await second.close();
      expect(await rulesOf(peer)).toEqual([]);
    },
  );

  describe.runIf(process.getuid?.() === 0)('with a firewall', () => {
    const said: string[] = [];
    const log = {
      ...silentLog,
      warn: (_: object, sentence: string) => said.push(sentence),
    } as unknown as Log;
    const removeRule = (owner: string) =>
      iptables('-D', 'INPUT', ...(RULE.replace('PEER', owner).split(' ') as [string, ...string[]]));
    const specOf = (owner: string): ContainerSpec => ({
      ...{ peer: owner, lease: randomUUID(), incarnation: 1, imageDigest, ports: [], command: IDLE },
      limits: { cpuMillis: 100, memoryBytes: 16 * MIB, diskBytes: MIB },
    });

    it('takes its rule away although its events were followed up to the end', async () => {
      const owner = `peer-${randomUUID()}`;
      const engine = await openDockerEngine({ host, peer: owner, log: silentLog });
      await engine.facts(unbounded);
      const stopping = new AbortController();
      const following = engine.changes(owner, stopping.signal)[Symbol.asyncIterator]().next();
      stopping.abort(new Error('stopped'));
      await expect(following).rejects.toThrow('stopped');
      expect(await rulesOf(owner)).toHaveLength(1);
      await engine.close();
      expect(await rulesOf(owner)).toEqual([]);
    });

    it('sets its rule again at the next look once somebody took it away, and says so once', async () => {
      const owner = `peer-${randomUUID()}`;
      const engine = await openDockerEngine({ host, peer: owner, log });
      await engine.facts(unbounded);
      await removeRule(owner);
      await engine.facts(unbounded);
      await engine.facts(unbounded);
      expect(await rulesOf(owner)).toHaveLength(1);
      expect(said.filter((sentence) => sentence.includes('was gone'))).toHaveLength(1);
      await engine.close();
      expect(await rulesOf(owner)).toEqual([]);
    });

    it('starts nothing before its rule stands, whoever took that away', async () => {
      const owner = `peer-${randomUUID()}`;
      const engine = await openDockerEngine({ host, peer: owner, log: silentLog });
      await engine.facts(unbounded);
      await removeRule(owner);
      const spec = specOf(owner);
      await engine.launch(spec, unbounded);
      expect(await rulesOf(owner)).toHaveLength(1);
      await engine.remove(spec.lease, unbounded);
      await engine.close();
    });

    it('starts nothing without its rule while what dead launches left is swept', async () => {
      const owner = `peer-${randomUUID()}`;
      let sweeps = 0;
      const sweep = async (path: string) => {
        if (!path.startsWith('/networks/create')) return;
        sweeps += 1;
        await engine.sweep(owner, unbounded);
      };
      const relay = await forgetfulEngine(host, () => {}, sweep);
      const engine = await openDockerEngine({ host: relay.host, log: silentLog });
      const spec = specOf(owner);
      await engine.launch(spec, unbounded);
      const rules = await rulesOf(owner);
      await engine.remove(spec.lease, unbounded);
      await engine.close();
      await relay.close();
      expect(sweeps).toBeGreaterThan(0);
      expect(rules).toHaveLength(1);
    });

    it('starts nothing any more once it is closing, and leaves nothing', async () => {
      const owner = `peer-${randomUUID()}`;
      let closing: Promise<void> | undefined;
      const relay = await forgetfulEngine(host, () => {
        closing = engine.close();
      });
      const engine = await openDockerEngine({ host: relay.host, peer: owner, log: silentLog });
      await engine.facts(unbounded);
      await expectCode(engine.launch(specOf(owner), unbounded), 'STOPPING');
      await closing;
      expect(await remains(owner)).toEqual([]);
      expect(await rulesOf(owner)).toEqual([]);
      await relay.close();
    });
  });

  it('is unreachable where nobody listens', async () => {
    await expectCode(
      openDockerEngine({ host: 'unix:///no/such.sock', log: silentLog }),
      'ENGINE_UNREACHABLE',
    );
  });

  it('refuses a pool that is no range of addresses', async () => {
    for (const networkPool of ['10.0.0.0', '10.0.0.0/33', 'ten/16', '10.0.0.0/30']) {
      await expectCode(openDockerEngine({ host, networkPool, log: silentLog }), 'CONFIG_INVALID');
    }
  });
});

const containerOf = (lease: string) => docker.getContainer(`tallymesh-${lease}`);

/** What a shell prints inside an instance. */
/** Until its program has said that it heeds signals. */
async function untilReady(lease: string): Promise<void> {
  await eventually(async () => {
    const logs = await containerOf(lease).logs({ stdout: true });
    expect(String(logs)).toContain('ready');
  });
}

async function inside(lease: string, script: string): Promise<string> {
  const container = docker.getContainer(`tallymesh-${lease}`);
  const exec = await container.exec({ Cmd: sh(script), AttachStdout: true, AttachStderr: true });
  const [stream, output] = [await exec.start({}), new PassThrough()];
  docker.modem.demuxStream(stream, output, output);
  stream.on('end', () => output.end());
  return text(output);
}

/** The addresses by which other machines know this one; bridges of others' networks come and go. */
function addressesOfHost(): string[] {
  const lasting = Object.entries(networkInterfaces()).filter(([name]) => !/^(br-|veth)/.test(name));
  const addresses = lasting.flatMap(([, each]) => each ?? []);
  const outward = addresses.filter((each) => each.family === 'IPv4' && !each.internal);
  return outward.map((each) => each.address);
}

async function gatewayOf(lease: string): Promise<string> {
  const network = await docker.getNetwork(`tallymesh-${lease}`).inspect();
  return network.IPAM?.Config?.[0]?.Gateway ?? '';
}

/** Names of the containers and networks that carry the label of a peer. */
async function remains(peer: string): Promise<string[]> {
  const filters = { label: [`tallymesh.peer=${peer}`] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  return [...containers.flatMap((each) => each.Names), ...networks.map((each) => each.Name)];
}

async function rulesOf(peer: string): Promise<string[]> {
  return (await iptables('-S', 'INPUT')).split('\n').filter((rule) => rule.includes(peer));
}

async function iptables(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/sbin/iptables', ['-w', '5', ...args]);
  return stdout;
}
