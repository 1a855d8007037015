// Programs that are run in Docker's containers beside their own have what the containers have, and none is left.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import type { ContainerSpec, Engine, ExecSpec } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { eventually } from './engine.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const sh = (script: string) => ['/bin/sh', '-c', script];

/** Starts children of many kinds: in the background, in a session of their own, without the mark, and one that ignores SIGHUP. */
const FAMILY = sh(
  'sleep 2001 & setsid sleep 2002 & (setsid sleep 2003 &) & env -i sleep 2004 & ' +
    'sh -c "trap \'\' HUP TERM INT; while true; do sleep 1; done" & echo begun; sleep 2005',
);

describe('A program in a Docker instance', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:exec`;
  let engine: Engine;
  let imageDigest: string;

  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName);
    engine = await openDockerEngine({ host, log: silentLog });
  });
  afterEach(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
  });
  afterAll(async () => {
    await engine.close();
    await docker.getImage(imageName).remove();
  });

  const launch = async (more: Partial<ContainerSpec> = {}) => {
    const lease = `lease-${randomUUID()}`;
    const limits = { cpuMillis: 250, memoryBytes: 64 * MIB, diskBytes: 8 * MIB };
    const command = sh('trap "exit 0" TERM; sleep 1000 & wait');
    await engine.launch(
      { peer, lease, incarnation: 1, imageDigest, limits, ports: [], command, ...more },
      unbounded,
    );
    return lease;
  };
  const containerOf = (lease: string) => docker.getContainer(`tallymesh-${lease}`);
  /** The commands that run in an instance. */
  const running = async (lease: string): Promise<string> => {
    const { Titles, Processes } = await containerOf(lease).top();
    const at = Titles.indexOf('CMD');
    return (Processes as string[][]).map((each) => each[at]).join('\n');
  };
  const run = async (by: Engine, lease: string, command: readonly string[], more: Partial<ExecSpec> = {}) => {
    const program = await by.exec(lease, { command, hasInput: false, ...more }, unbounded);
    let said = '';
    for await (const { bytes } of program.output()) said += Buffer.from(bytes).toString();
    const code = await program.exitCode(unbounded);
    await program.end();
    return { said, code };
  };
  /** A program that has begun, with what it started. */
  const begin = async (by: Engine, lease: string) => {
    const program = await by.exec(lease, { command: FAMILY, hasInput: false }, unbounded);
    await program.output()[Symbol.asyncIterator]().next();
    await eventually(async () => {
      for (const number of [2_001, 2_002, 2_003, 2_004, 2_005])
        expect(await running(lease)).toContain(`sleep ${number}`);
    });
    return program;
  };
  const CONTAINERS_OWN = /sleep 1000/;
  const LEFT = /sleep 200|HUP TERM INT/;

  it('has no capability, no new privileges and the seccomp profile of its container, its user and its limits', async () => {
    const lease = await launch();
    const { said } = await run(
      engine,
      lease,
      sh('cat /proc/self/status; id -u; id -g; ulimit -n; cat /proc/self/cgroup'),
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(said).toMatch(new RegExp(`^${set}:\\s+0000000000000000$`, 'm'));
    expect(said).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(said).toMatch(/^Seccomp:\s+2$/m);
    expect(said).toMatch(/^65534\n65534\n4096$/m);
    const { Id } = await containerOf(lease).inspect();
    const groups = said.split('\n').filter((line) => /^\d+:(?:memory|pids|cpu,cpuacct|):/.test(line));
    for (const line of groups.filter((each) => !each.startsWith('0::') || groups.length === 1))
      expect(line).toContain(Id);
    expect((await run(engine, lease, sh('id -u; id -g'), { user: '1234:4321' })).said).toBe('1234\n4321\n');
    // A group that nobody names is the container's, and never root's
    expect((await run(engine, lease, sh('id -u; id -g; id -G'), { user: '1234' })).said).toBe(
      '1234\n65534\n65534\n',
    );
    await expect(run(engine, lease, sh('id'), { user: '1234:root' })).rejects.toMatchObject({
      code: 'EXEC_USER_REFUSED',
    });
  });

  it('cannot have more memory or processes than its container', async () => {
    const lease = await launch();
    expect((await run(engine, lease, sh('head -c 200m /dev/zero | tail'))).code).not.toBe(0);
    const forks = 'i=0; while [ $i -lt 400 ]; do sleep 5 & i=$((i+1)); done 2>&1; echo all';
    expect((await run(engine, lease, sh(forks))).said).not.toMatch(/^all$/m);
    await eventually(async () => expect(await running(lease)).not.toContain('sleep 5'));
    expect(await running(lease)).toMatch(CONTAINERS_OWN);
  });

  it('ends with all that it started, the rest of the container goes on', async () => {
    const lease = await launch();
    const program = await begin(engine, lease);
    await program.end();
    expect(await running(lease)).not.toMatch(LEFT);
    expect(await running(lease)).toMatch(CONTAINERS_OWN);
  });

  it('ends when its peer stops in order', async () => {
    const lease = await launch();
    const stopping = await openDockerEngine({ host, log: silentLog });
    await begin(stopping, lease);
    await stopping.close();
    expect(await running(lease)).not.toMatch(LEFT);
    expect(await running(lease)).toMatch(CONTAINERS_OWN);
  });

  it('that was given up before it had started is not left', async () => {
    const lease = await launch();
    const ends = Array.from({ length: 5 }, async () => {
      const program = await engine.exec(lease, { command: FAMILY, hasInput: true }, unbounded);
      await program.end();
    });
    await Promise.all(ends);
    expect(await running(lease)).not.toMatch(LEFT);
  });

  it('of a peer that was killed is ended by the next sweep, and one that somebody listens to is not', async () => {
    const lease = await launch();
    const dead = await openDockerEngine({ host, log: silentLog });
    await begin(dead, lease);
    const alive = await engine.exec(
      lease,
      { command: sh('echo begun; sleep 3001'), hasInput: false },
      unbounded,
    );
    await alive.output()[Symbol.asyncIterator]().next();
    await engine.sweep(peer, unbounded);
    expect(await running(lease)).not.toMatch(LEFT);
    expect(await running(lease)).toContain('sleep 3001');
    await alive.end();
    expect(await running(lease)).not.toContain('sleep 3001');
    await dead.close();
  });

  it('is ended from inside where its processes cannot be seen from here', async () => {
    const lease = await launch();
    const far = await openDockerEngine({ host: await overTcp(), log: silentLog });
    const program = await far.exec(
      lease,
      { command: sh('sleep 2001 & setsid sleep 2002 & echo begun; sleep 2005'), hasInput: false },
      unbounded,
    );
    await program.output()[Symbol.asyncIterator]().next();
    await program.end();
    expect(await running(lease)).not.toMatch(LEFT);
    expect(await running(lease)).toMatch(CONTAINERS_OWN);
    await far.close();
  });

  it('has every key that is typed, also those by which engines would leave it', async () => {
    const lease = await launch();
    const terminal = { rows: 24, columns: 80 };
    const program = await engine.exec(
      lease,
      {
        command: sh('stty raw -echo; echo ready; head -c 4 | tr "\\020\\021\\003\\004" "pqcd"'),
        terminal,
        hasInput: true,
      },
      unbounded,
    );
    let said = '';
    for await (const { bytes } of program.output()) {
      said += Buffer.from(bytes).toString();
      if (said.includes('ready') && !said.includes('pqcd')) program.input.write(Buffer.from([16, 17, 3, 4]));
    }
    expect(said).toContain('pqcd');
    await program.end();
  });

  it('keeps to its volumes and files as they are: copies reach a volume, and secrets are not written', async () => {
    const files = [{ path: '/run/secrets/key', bytes: Buffer.from('secret') }];
    const lease = await launch({ volumes: [{ path: '/vol' }], files });
    const one = async function* () {
      const bytes = Buffer.from('copied');
      yield {
        ...{
          kind: 'file' as const,
          path: ['x'],
          target: '',
          sizeBytes: bytes.length,
          mode: 0o600,
          timeSeconds: 1,
        },
        async *read() {
          yield bytes;
        },
      };
    };
    await engine.upload(lease, '/vol', one(), unbounded);
    expect((await run(engine, lease, sh('cat /vol/x; echo; ls -ln /vol/x'))).said).toMatch(
      /^copied\n-rw-------\s.*65534/,
    );
    await expect(engine.upload(lease, '/run/secrets', one(), unbounded)).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN',
    });
    expect((await run(engine, lease, sh('cat /run/secrets/key; ls -a /run/secrets'))).said).not.toMatch(
      /\bx\b/,
    );
  });
});

/** The engine, as from another machine. */
async function overTcp(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const onward = dial({ path: host.slice('unix://'.length), allowHalfOpen: true });
    for (const each of [socket, onward]) sockets.add(each.on('error', () => {}));
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
