// Containers in Docker's words: what is asked for, what is read back, and how they stand.
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { KIB, MIB } from '../../src/lib/units.ts';
import { DockerClient } from '../../src/runtime/docker-client.ts';
import { addressOf, stateOf, toContainer } from '../../src/runtime/docker-container.ts';
import { readEvents, watchChanges } from '../../src/runtime/docker-events.ts';
import { EngineHosts } from '../../src/runtime/docker-host.ts';
import { createOptions } from '../../src/runtime/docker-spec.ts';
import { verifyContainer } from '../../src/runtime/docker-verify.ts';
import type { ContainerSpec } from '../../src/runtime/engine.ts';
import type { NetworkPool } from '../../src/runtime/network-pool.ts';

const NEVER = '0001-01-01T00:00:00Z';
const SPEC: ContainerSpec = {
  ...{ peer: 'peer', lease: 'lease', incarnation: 3, ports: [80, 81] },
  imageDigest: `sha256:${'1'.repeat(64)}`,
  limits: { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB },
};
const IMAGE = { user: '1000:1001', volumes: ['/data'] };
const CONFINED = { seccomp: true, swapLimit: true };

describe('the options of a container', () => {
  it('limit what it may use, and harden it', () => {
    const options = createOptions(SPEC, IMAGE);
    expect(options).toMatchObject({
      ...{ name: 'tallymesh-lease', Image: SPEC.imageDigest, User: '1000:1001', Env: [] },
      Labels: {
        'tallymesh.lease': 'lease',
        'tallymesh.incarnation': '3',
        'tallymesh.ports': '80,81',
        'tallymesh.limits': '250,67108864',
      },
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        ...{ NanoCpus: 250_000_000, Memory: 64 * MIB, MemorySwap: 64 * MIB, PidsLimit: 256 },
        ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, Privileged: false },
        ...{ IpcMode: 'private', Init: true, RestartPolicy: { Name: 'no' } },
        ...{ NetworkMode: 'tallymesh-lease', DnsSearch: ['.'] },
      },
    });
    expect(options).not.toHaveProperty('Cmd');
    expect(options.HostConfig).not.toHaveProperty('Runtime');
  });

  it('carry the command, the environment and the class that were asked for', () => {
    const options = createOptions(
      { ...SPEC, command: ['a', 'b'], env: { A: '1', B: 'x=y' }, runtimeClass: 'runsc' },
      IMAGE,
    );
    expect(options).toMatchObject({
      Cmd: ['a', 'b'],
      Env: ['A=1', 'B=x=y'],
      HostConfig: { Runtime: 'runsc' },
    });
  });

  it('make scratch space of the size leased, shared out to /tmp and what the image declares as volumes', () => {
    const scratch = (diskBytes: number, user = IMAGE.user) =>
      createOptions({ ...SPEC, limits: { ...SPEC.limits, diskBytes } }, { ...IMAGE, user }).HostConfig?.Tmpfs;
    const all = (options: string) => ({ '/tmp': options, '/data': options });
    const always = 'rw,noexec,nosuid,nodev,mode=1777';
    expect(scratch(8 * MIB)).toEqual(all(`${always},size=${4 * MIB},uid=1000,gid=1001`));
    expect(scratch(0)).toEqual(all(`${always},size=${4 * KIB},uid=1000,gid=1001`));
    expect(scratch(MIB, '7')).toEqual(all(`${always},size=${MIB / 2},uid=7,gid=7`));
    for (const named of ['web', 'web:7', '7:web', ''])
      expect(scratch(MIB, named)).toEqual(all(`${always},size=${MIB / 2}`));
    const many = { ...IMAGE, volumes: ['/a', '/b', '/tmp', '/a'] };
    const three = createOptions({ ...SPEC, limits: { ...SPEC.limits, diskBytes: MIB } }, many).HostConfig
      ?.Tmpfs;
    const sizes = Object.values(three ?? {}).map((options) => Number(/size=(\d+)/.exec(options)?.[1]));
    expect(sizes).toHaveLength(3);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MIB);
  });
});

describe('the check of what an engine made of the options', () => {
  const asked = createOptions(SPEC, IMAGE);

  /** What an honest engine reads back, with what differs. */
  function got(host: object = {}, rest: object = {}): Docker.ContainerInspectInfo {
    const HostConfig = { ...asked.HostConfig, Binds: null, Devices: [], CapAdd: null, PidMode: '', ...host };
    const Mounts = [{ Type: 'tmpfs', Destination: '/tmp' }];
    return { Config: { User: IMAGE.user }, HostConfig, Mounts, ...rest } as never;
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
    ['ReadonlyRootfs', { ReadonlyRootfs: false }],
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
    const Mounts = [
      { Type: 'tmpfs', Destination: '/tmp' },
      { Type: 'volume', Destination: '/data' },
    ];
    expect(optionDropped(got({}, { Mounts }))).toBe('Mounts');
    const { User: _, ...whoever } = asked;
    expect(optionDropped(got({}, { Config: { User: '0' } }), CONFINED, whoever)).toBeUndefined();
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
