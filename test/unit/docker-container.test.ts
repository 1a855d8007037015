// Containers in Docker's words: what is asked for, what is read back, and how they stand.
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { DockerClient } from '../../src/runtime/docker/client.ts';
import { addressOf, stateOf, toContainer } from '../../src/runtime/docker/container.ts';
import { readEvents, watchChanges } from '../../src/runtime/docker/events.ts';
import { EngineHosts } from '../../src/runtime/docker/host.ts';
import { bringsInit } from '../../src/runtime/docker/image-init.ts';
import type { NetworkPool } from '../../src/runtime/docker/network-pool.ts';
import { createOptions } from '../../src/runtime/docker/spec.ts';
import { verifyContainer } from '../../src/runtime/docker/verify.ts';
import { volumePaths, volumesOf } from '../../src/runtime/docker/volumes.ts';
import type { ContainerSpec } from '../../src/runtime/engine.ts';
import { rightsFor } from '../../src/runtime/image-user.ts';
import { ROOT_CAPABILITIES } from '../../src/runtime/parameters.ts';

const NEVER = '0001-01-01T00:00:00Z';
const SPEC: ContainerSpec = {
  ...{ peer: 'peer', lease: 'lease', incarnation: 3, ports: [80, 81] },
  imageDigest: `sha256:${'1'.repeat(64)}`,
  limits: { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB },
};
const RIGHTS = { user: '1000:1001', capabilities: [] };
const SETTING = { rights: RIGHTS, volumes: [], hasQuota: false, isOwnInit: false };
const LABELS = { 'tallymesh.peer': 'peer', 'tallymesh.lease': 'lease' };
const CONFINED = { seccomp: true, swapLimit: true };

describe('the options of a container', () => {
  it('limit what it may use, and harden it', () => {
    const options = createOptions(SPEC, SETTING);
    expect(options).toMatchObject({
      ...{ name: 'tallymesh-lease', Image: SPEC.imageDigest, User: '1000:1001', Env: [] },
      Labels: {
        'tallymesh.lease': 'lease',
        'tallymesh.incarnation': '3',
        'tallymesh.ports': '80,81',
        'tallymesh.limits': '250,67108864,8388608',
      },
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        ...{ NanoCpus: 250_000_000, Memory: 64 * MIB, MemorySwap: 64 * MIB, PidsLimit: 256 },
        ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: false, Privileged: false },
        ...{ IpcMode: 'private', Init: true, RestartPolicy: { Name: 'no' } },
        ...{ NetworkMode: 'tallymesh-lease', DnsSearch: ['.'] },
      },
    });
    expect(options).not.toHaveProperty('Cmd');
    expect(options.HostConfig).not.toHaveProperty('Runtime');
  });

  it('leave the first process to an image that brings its own init', () => {
    expect(createOptions(SPEC, { ...SETTING, isOwnInit: true }).HostConfig?.Init).toBe(false);
  });

  it.each([
    [['/init'], ['/app'], true],
    [['/usr/bin/tini', '--'], ['/app'], true],
    [[], ['/sbin/init'], true],
    [['/docker-entrypoint.sh'], ['/sbin/init'], false],
    [[], ['/bin/initdb'], false],
    [[], [], false],
  ])('know that what starts %j with %j brings an init: %s', (entrypoint, command, isInit) => {
    expect(bringsInit(entrypoint, command)).toBe(isInit);
  });

  it('carry the command, the environment and the class that were asked for', () => {
    const options = createOptions(
      { ...SPEC, command: ['a', 'b'], env: { A: '1', B: 'x=y' }, runtimeClass: 'runsc' },
      SETTING,
    );
    expect(options).toMatchObject({
      Cmd: ['a', 'b'],
      Env: ['A=1', 'B=x=y'],
      HostConfig: { Runtime: 'runsc' },
    });
  });

  it('have the check of the tenant, or the image’s own within bounds, or none', () => {
    const times = { intervalMs: 5_000, timeoutMs: 1_000, retries: 2, startPeriodMs: 0 };
    const own = { Test: ['CMD-SHELL', 'true'], Interval: 1_000_000_000, Timeout: 7_200_000_000_000 };
    const of = (check: ContainerSpec['check'], health?: Docker.HealthConfig) =>
      createOptions({ ...SPEC, ...(check === undefined ? {} : { check }) }, { ...SETTING, health })
        .Healthcheck;
    expect(of({ command: ['a', 'b'], ...times }, own)).toEqual({
      ...{ Test: ['CMD', 'a', 'b'], Interval: 5e9, Timeout: 1e9, Retries: 2 },
      // Docker takes none to mean that of the image
      StartPeriod: 1e6,
    });
    expect(of('image', own)).toEqual({
      ...{ Test: ['CMD-SHELL', 'true'], Interval: 10e9, Timeout: 10e9, Retries: 3, StartPeriod: 15e9 },
    });
    for (const Test of [['NONE'], [], ['CMD'], ['SOMETHING', 'else']])
      expect(of('image', { Test })).toEqual({ Test: ['NONE'] });
    for (const none of [of('image'), of(undefined, own)]) expect(none).toEqual({ Test: ['NONE'] });
  });

  it('let no check, the image’s or the tenant’s, run for more than half of the time, nor for long without counting', () => {
    const hour = 3_600_000;
    const health = { Test: ['CMD', 'a'], Interval: 1e9, Timeout: hour * 1e6, StartPeriod: hour * 1e6 };
    const times = { intervalMs: 5_000, timeoutMs: 60_000, retries: 3, startPeriodMs: hour };
    for (const check of ['image', { command: ['a'], ...times }] as const)
      expect(createOptions({ ...SPEC, check }, { ...SETTING, health }).Healthcheck).toEqual({
        ...{ Test: ['CMD', 'a'], Interval: 10e9, Timeout: 10e9, Retries: 3, StartPeriod: 300e9 },
      });
    const usual = { command: ['a'], ...times, timeoutMs: 6_000, intervalMs: 7_000, startPeriodMs: 300_000 };
    expect(createOptions({ ...SPEC, check: usual }, SETTING).Healthcheck).toEqual({
      ...{ Test: ['CMD', 'a'], Interval: 7e9, Timeout: 6e9, Retries: 3, StartPeriod: 300e9 },
    });
  });

  it('add the capabilities that are granted, and no word of capabilities where none are', () => {
    const rights = { user: '', capabilities: ['CAP_CHOWN', 'CAP_SETUID'] };
    const { HostConfig } = createOptions(SPEC, { ...SETTING, rights });
    expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: ['CAP_CHOWN', 'CAP_SETUID'] });
    expect(createOptions(SPEC, SETTING).HostConfig).not.toHaveProperty('CapAdd');
  });

  it('make volumes of the lease of what the image declares, each of the whole budget where a quota keeps it', () => {
    const volumes = volumesOf(['/data', '/a'], []);
    const { HostConfig = {} } = createOptions(SPEC, { ...SETTING, volumes });
    expect(HostConfig).not.toHaveProperty('StorageOpt');
    expect(HostConfig.Mounts).toMatchObject([
      { Type: 'volume', Source: 'tallymesh-lease-0', Target: '/a', VolumeOptions: { NoCopy: false } },
      { Type: 'volume', Source: 'tallymesh-lease-1', Target: '/data' },
    ]);
    const size = String(8 * MIB);
    const limited = createOptions(SPEC, { ...SETTING, volumes, hasQuota: true }).HostConfig;
    expect(limited).toMatchObject({
      StorageOpt: { size },
      Mounts: [
        { VolumeOptions: { DriverConfig: { Name: 'local', Options: { size } }, Labels: LABELS } },
        { VolumeOptions: { DriverConfig: { Options: { size } } } },
      ],
    });
    // A size of nothing would be none
    const least = { ...SPEC, limits: { ...SPEC.limits, diskBytes: 0 } };
    expect(createOptions(least, { ...SETTING, hasQuota: true }).HostConfig?.StorageOpt).toEqual({
      size: String(MIB),
    });
  });
});

describe('the volumes of an image', () => {
  it('are its paths as the engine writes them, each once', () => {
    expect(volumePaths(['/data/', '/a//b', '/data', '/x/../y'])).toEqual(['/a/b', '/data', '/y']);
    expect(volumePaths([])).toEqual([]);
  });

  it.each([['data'], ['/'], ['/..'], ['c:/data'], ['']])('are refused where one is at %j', (path) => {
    expect(() => volumePaths([path])).toThrowError(
      expect.objectContaining({ code: 'INSTANCE_START_FAILED' }),
    );
  });

  it('are refused where there are too many', () => {
    const many = Array.from({ length: 33 }, (_, i) => `/v${i}`);
    expect(volumePaths(many.slice(1))).toHaveLength(32);
    expect(() => volumePaths(many)).toThrowError(expect.objectContaining({ code: 'INSTANCE_START_FAILED' }));
  });
});

describe('the rights of a container', () => {
  const rights = (...args: Parameters<typeof rightsFor>) => {
    try {
      const { user, capabilities } = rightsFor(...args);
      return `${user}+${capabilities.length === 0 ? 'none' : capabilities.length}`;
    } catch (error) {
      return codeOf(error);
    }
  };

  it('are those that the image asks for, as far as root is granted', () => {
    const few = ROOT_CAPABILITIES.length;
    for (const asked of [undefined, 'root'] as const) {
      expect(rights('', asked, true)).toBe(`+${few}`);
      expect(rights('root', asked, true)).toBe(`root+${few}`);
      expect(rights('0:0', asked, true)).toBe(`0:0+${few}`);
      expect(rights('1000', asked, true)).toBe('1000+none');
    }
    expect(rights('', undefined, false)).toBe('65534:65534+none');
    expect(rights('1000', undefined, false)).toBe('1000+none');
    expect(rights('root', undefined, false)).toBe('IMAGE_NEEDS_ROOT');
  });

  it('are never root where the bid says user, nor where root is not granted', () => {
    for (const granted of [true, false]) {
      expect(rights('', 'user', granted)).toBe('65534:65534+none');
      expect(rights('1000', 'user', granted)).toBe('1000+none');
      for (const user of ['root', '0', '00', ':1'])
        expect(rights(user, 'user', granted)).toBe('IMAGE_NEEDS_ROOT');
    }
    for (const user of ['', 'root', '1000']) expect(rights(user, 'root', false)).toBe('IMAGE_NEEDS_ROOT');
  });
});

describe('the check of what an engine made of the options', () => {
  const asked = createOptions(SPEC, { ...SETTING, volumes: volumesOf(['/data'], []) });
  const volume = {
    ...{ Type: 'volume', Driver: 'local', Name: 'tallymesh-lease-0' },
    ...{ Source: '/var/lib/docker/volumes/tallymesh-lease-0/_data', Destination: '/data' },
  };

  /** What an honest engine reads back, with what differs. */
  function got(host: object = {}, rest: object = {}): Docker.ContainerInspectInfo {
    const HostConfig = { ...asked.HostConfig, Binds: null, Devices: [], CapAdd: null, PidMode: '', ...host };
    return { Config: { User: RIGHTS.user }, HostConfig, Mounts: [volume], ...rest } as never;
  }

  function optionDropped(...[made, engine = CONFINED, of = asked]: Parameters<typeof check>): unknown {
    try {
      check(made, engine, of);
    } catch (error) {
      expect(codeOf(error)).toBe('ENGINE_OPTION_DROPPED');
      return error instanceof TallyError ? error.details?.option : undefined;
    }
    return undefined;
  }
  const check = (made: Docker.ContainerInspectInfo, engine = CONFINED, of = asked) =>
    verifyContainer(of, made, engine);

  it('passes what was asked for, with what engines add by themselves', () => {
    expect(optionDropped(got())).toBeUndefined();
    const added = { RestartPolicy: { Name: 'no', MaximumRetryCount: 0 }, CgroupnsMode: 'host' };
    expect(optionDropped(got(added))).toBeUndefined();
    expect(optionDropped(got({ PidMode: 'private', UTSMode: undefined }))).toBeUndefined();
  });

  it.each([
    ['Memory', { Memory: 0 }],
    ['MemorySwap', { MemorySwap: -1 }],
    ['SecurityOpt', { SecurityOpt: null }],
    ['CapDrop', { CapDrop: ['ALL', 'NET_RAW'] }],
    ['ReadonlyRootfs', { ReadonlyRootfs: true }],
    ['LogConfig', { LogConfig: null }],
    ['LogConfig', { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } }],
    ['Binds', { Binds: ['/:/host'] }],
    ['Devices', { Devices: [{ PathOnHost: '/dev/kvm' }] }],
    ['DeviceRequests', { DeviceRequests: [{ Count: -1 }] }],
    ['CapAdd', { CapAdd: ['SYS_ADMIN'] }],
    ['PidMode', { PidMode: 'host' }],
    ['UTSMode', { UTSMode: 'host' }],
    ['UsernsMode', { UsernsMode: 'host:1' }],
  ])('fails where %s is %o', (option, host) => {
    expect(optionDropped(got(host))).toBe(option);
  });

  it('fails where another user runs it, or a path of the host is in it', () => {
    expect(optionDropped(got({}, { Config: { User: '' } }))).toBe('User');
    for (const Mounts of [
      [],
      [volume, { Type: 'bind', Source: '/', Destination: '/host' }],
      [volume, { ...volume, Name: '5f1c', Destination: '/other' }],
      [{ ...volume, Driver: 'nfs' }],
      [{ ...volume, Destination: '/elsewhere' }],
      [volume, { Type: 'tmpfs', Destination: '/tmp' }],
    ])
      expect(optionDropped(got({}, { Mounts }))).toBe('Mounts');
    const { User: _, ...whoever } = asked;
    expect(optionDropped(got({}, { Config: { User: '0' } }), CONFINED, whoever)).toBeUndefined();
  });

  it('passes just the capabilities that were asked for, in whatever spelling', () => {
    const rights = { user: '', capabilities: ['CAP_CHOWN', 'CAP_SETUID'] };
    const of = createOptions(SPEC, { ...SETTING, rights });
    const read = (CapAdd: unknown) =>
      optionDropped(got({ ...of.HostConfig, CapAdd }, { Config: { User: '' }, Mounts: [] }), CONFINED, of);
    expect(read(['SETUID', 'cap_chown'])).toBeUndefined();
    for (const other of [null, ['CAP_CHOWN'], ['CAP_CHOWN', 'CAP_SETUID', 'CAP_SYS_ADMIN'], ['ALL']])
      expect(read(other)).toBe('CapAdd');
  });

  it('goes by what the engine can do at all', () => {
    const noSwap = { ...CONFINED, swapLimit: false };
    expect(optionDropped(got({ MemorySwap: -1 }), noSwap)).toBeUndefined();
    expect(optionDropped(got({ Memory: 0 }), noSwap)).toBe('Memory');
    expect(optionDropped(got(), { ...CONFINED, seccomp: false })).toBe('seccomp');
  });
});

describe('how a container stands', () => {
  const inspected = (State: object) =>
    toContainer({
      Config: { Labels: { 'tallymesh.peer': 'peer', 'tallymesh.lease': 'lease', 'tallymesh.ports': '80' } },
      State: { ExitCode: 0, OOMKilled: false, FinishedAt: NEVER, ...State },
    } as unknown as Docker.ContainerInspectInfo);

  it('is said in our words', () => {
    const words = {
      created: ['created', 'configured', 'initialized'],
      running: ['running', 'restarting', 'stopping'],
      paused: ['paused'],
      exited: ['exited', 'dead', 'removing'],
    };
    for (const [state, theirs] of Object.entries(words))
      for (const status of theirs) expect(stateOf(status), status).toBe(state);
  });

  it('is what it is where its labels do not say what it was launched with', () => {
    expect(inspected({ Status: 'running' })).not.toHaveProperty('isReduced');
  });

  it('has an end once it ended, or ended and runs again', () => {
    const [end, finishedAtMs] = ['2027-01-15T08:00:00.5Z', Date.parse('2027-01-15T08:00:00.5Z')];
    const over = { state: 'exited', exitCode: 3, outOfMemory: true, finishedAtMs };
    const facts = { ExitCode: 3, OOMKilled: true, FinishedAt: end };
    for (const Status of ['exited', 'running', 'paused', 'restarting'])
      expect(inspected({ Status, ...facts }), Status).toMatchObject({ lease: 'lease', ports: [80], ...over });
    // For who leased the run that goes on it has not ended
    const leased = toContainer(
      { Config: { Labels: LABELS }, State: { Status: 'running', StartedAt: 'now', ...facts } } as never,
      'now',
    );
    expect(leased).toMatchObject({ state: 'running', run: 'now' });
    expect(leased).not.toHaveProperty('exitCode');
    // An engine of the same name made it anew
    expect(inspected({ Status: 'created', ...facts })).not.toHaveProperty('exitCode');
    for (const Status of ['created', 'running', 'paused'])
      expect(inspected({ Status })).toEqual({
        ...{ peer: 'peer', lease: 'lease', incarnation: 0, ports: [80], state: Status },
      });
  });

  it('has an address on its network while it has one', () => {
    const on = (Networks: object) =>
      addressOf({ NetworkSettings: { Networks } } as unknown as Docker.ContainerInspectInfo, 'net');
    expect(on({ net: { IPAddress: '10.203.0.2' } })).toBe('10.203.0.2');
    expect(on({ net: { IPAddress: '' } })).toBeUndefined();
    expect(on({ other: { IPAddress: '10.203.0.2' } })).toBeUndefined();
  });
});

describe('the events of an engine', () => {
  const line = (Action: string, lease = 'lease') =>
    `${JSON.stringify({ Action, Actor: { Attributes: { 'tallymesh.lease': lease } } })}\n`;

  async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
  }

  it('are read line by line, however their stream is cut', async () => {
    const text = `${line('start')}\n${line('die')}${line('é')}`;
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < 8; cut += 1) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
      const events = await all(readEvents(Readable.from(chunks, { objectMode: false })));
      expect(events.map(({ Action }) => Action)).toEqual(['start', 'die', 'é']);
    }
  });

  it('end with an error where a line has no end', async () => {
    const chunks = ['a'.repeat(65_536), 'a'];
    await expect(all(readEvents(Readable.from(chunks)))).rejects.toThrow('longer than the limit');
    await expect(all(readEvents(Readable.from(chunks.slice(0, 1))))).resolves.toEqual([]);
  });

  function watched(stream: Readable) {
    const filters: string[] = [];
    const open = (_: AbortSignal, run: (options: object) => unknown) => run({});
    const getEvents = async (query: { filters: string }) => {
      filters.push(query.filters);
      return stream;
    };
    const client = { open, docker: { getEvents } } as unknown as DockerClient;
    const stopping = new AbortController();
    return { filters, stopping, changes: watchChanges(client, 'peer', stopping.signal) };
  }

  it('of a peer are the leases of its containers, until the engine closes them', async () => {
    const stream = Readable.from([line('start', 'one'), line('die', 'two'), '{"Action":"prune"}\n']);
    const { filters, changes } = watched(stream);
    expect(await all(changes)).toEqual(['one', 'two', '']);
    expect(JSON.parse(filters[0]!)).toEqual({ type: ['container'], label: ['tallymesh.peer=peer'] });
    expect(stream.destroyed).toBe(true);
  });

  it('of a peer break off with their stream, and end with the signal’s reason where that aborts', async () => {
    const broken = new Readable({ read() {} });
    const { changes } = watched(broken);
    const failing = all(changes);
    broken.destroy(new Error('reset'));
    await expect(failing).rejects.toThrow('reset');

    for (const end of [
      (each: Readable) => each.push(null),
      (each: Readable) => each.destroy(new Error('reset')),
    ]) {
      const stream = new Readable({ read() {} });
      const stopped = watched(stream);
      const ending = all(stopped.changes);
      stopped.stopping.abort(new Error('stopped'));
      end(stream);
      await expect(ending).rejects.toThrow('stopped');
    }
  });
});

describe('an engine whose disk is full', () => {
  const { signal } = new AbortController();
  const refusal = (message: string, statusCode = 500) =>
    new DockerClient('unix:///none')
      .call(signal, async () => {
        throw Object.assign(new Error(message), { statusCode });
      })
      .then(() => 'none', codeOf);

  it('is told from one that refuses for another reason', async () => {
    const writing =
      '(HTTP code 500) server error - mkdir /var/lib/docker/overlay2/ab: no space left on device';
    expect(await refusal(writing)).toBe('ENGINE_DISK_FULL');
    expect(await refusal('write /x: disk quota exceeded')).toBe('ENGINE_DISK_FULL');
    expect(await refusal('(HTTP code 500) server error - permission denied')).toBe('ENGINE_FAILED');
  });
});

describe('what an engine says of itself', () => {
  it('is read once, and again after it was away', async () => {
    let reads = 0;
    const info = async () => {
      reads += 1;
      return { NCPU: reads, MemTotal: 1, KernelVersion: 'another', SecurityOptions: ['name=seccomp'] };
    };
    const call = (_: AbortSignal, run: () => unknown) => run();
    const client = { call, local: true, docker: { info } } as unknown as DockerClient;
    const hosts = new EngineHosts(client, {} as NetworkPool);
    const { signal } = new AbortController();
    const first = await hosts.get(signal);
    expect(first).toMatchObject({ info: { NCPU: 1 }, sharesKernel: false, confinement: CONFINED });
    // On another machine no rule of ours would do anything
    expect(first.firewall.available).toBe(false);
    expect(await hosts.get(signal)).toBe(first);
    hosts.forget();
    expect(await hosts.firewall()).toBe(first.firewall);
    expect(await hosts.get(signal)).toMatchObject({ info: { NCPU: 2 } });
    expect(await hosts.read(signal)).toMatchObject({ info: { NCPU: 3 } });
    expect(reads).toBe(3);
  });
});

describe('why a check of the engine’s failed', () => {
  const failed = (...Log: { ExitCode: number; Output: string }[]) => {
    const State = { Status: 'running', Running: true, StartedAt: NEVER, FinishedAt: NEVER };
    const Health = { Status: 'unhealthy', FailingStreak: 1, Log };
    const found = { State: { ...State, Health }, Config: { Labels: LABELS }, HostConfig: {} };
    return toContainer(found as unknown as Docker.ContainerInspectInfo).healthFailure;
  };

  it('is said by the exit code and the end of what the latest one wrote', () => {
    const old = { ExitCode: 9, Output: 'old' };
    expect(failed(old, { ExitCode: 3, Output: 'bad\nthing\n' })).toBe('exit code 3: bad thing');
    expect(failed(old, { ExitCode: 1, Output: '' })).toBe('exit code 1');
    expect(failed(old, { ExitCode: 0, Output: 'fine' })).toBeUndefined();
    expect(failed()).toBeUndefined();
    const long = failed({ ExitCode: 1, Output: `${'x'.repeat(4_000)}last words` });
    expect(long).toMatch(/^exit code 1: …x+last words$/);
    expect(long!.length).toBeLessThan(300);
  });

  it('is said in the engine’s words where it did not end, or could not begin', () => {
    expect(failed({ ExitCode: -1, Output: 'Health check exceeded timeout (1s)' })).toBe(
      'Health check exceeded timeout (1s)',
    );
    const Output =
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "/nosuch": ' +
      'stat /nosuch: no such file or directory: unknown';
    expect(failed({ ExitCode: -1, Output })).toBe('executable not found in the image: /nosuch');
  });
});
