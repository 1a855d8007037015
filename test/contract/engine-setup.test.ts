// Setting up a private engine: shared by processes, gone after the last, whole again after a crash. It runs beside
// the engine of the other tests, in a project folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answers } from '../../src/cli/engine-setup/answers.ts';
import { ensureEngine } from '../../src/cli/engine-setup/ensure-engine.ts';
import { placesOf } from '../../src/cli/engine-setup/private-engine.ts';
import { processesInCgroups, processesWith } from '../../src/cli/engine-setup/processes.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { eventually, expectCode } from './engine.ts';

const USER_PROGRAM = fileURLToPath(new URL('../support/engine-user.ts', import.meta.url));
/** An address where nobody listens, so that no other engine is taken. */
const env = { ...process.env, DOCKER_HOST: 'unix:///no/such.sock' };

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'A private engine',
  { timeout: 60_000 },
  () => {
    let projectDir: string;
    beforeEach(async () => {
      projectDir = await realpath(await mkdtemp(join(tmpdir(), 'tallymesh-project-')));
    });
    afterEach(async () => {
      await rm(projectDir, { recursive: true, force: true });
    });
    const ensure = () => ensureEngine({ projectDir, line: () => {}, env });

    it('is started once for all who ask at the same time, and ends with the last of them', async () => {
      const users = await Promise.all([startUser(projectDir), startUser(projectDir), startUser(projectDir)]);
      const { host } = await placesOf(projectDir);
      expect(users.map((user) => user.host)).toEqual([host, host, host]);
      expect(users.filter((user) => user.startedHere)).toHaveLength(1);
      const [first, ...others] = users.toSorted((a, b) => Number(b.startedHere) - Number(a.startedHere));
      await first?.leave();
      expect(await answers(host)).toBe(true);
      await Promise.all(others.map((user) => user.leave()));
      expect(await remainders(projectDir)).toEqual([]);
    });

    it('outlives a user that is killed, and is not kept by it', async () => {
      const dying = await startUser(projectDir);
      const engine = await ensure();
      expect(engine.startedHere).toBe(false);
      dying.process.kill('SIGKILL');
      await once(dying.process, 'exit');
      expect(await answers(engine.host)).toBe(true);
      await engine.stop();
      await engine.stop();
      expect(await remainders(projectDir)).toEqual([]);
    });

    it('starts again after its daemon was killed with a container running, and then leaves nothing', async () => {
      const before = await ensure();
      const docker = dockerAt(before.host);
      await importBusybox(docker, 'survivor:latest');
      const container = await docker.createContainer({
        Image: 'survivor:latest',
        Cmd: ['/bin/sleep', '1000'],
      });
      await container.start();
      await killDaemon(projectDir);
      const after = await ensure();
      expect(after.startedHere).toBe(true);
      expect(await dockerAt(after.host).listContainers({ all: true })).toHaveLength(1);
      await after.stop();
      await before.stop();
      expect(await remainders(projectDir)).toEqual([]);
    });

    it('takes the containers of a killed daemon along when it ends', async () => {
      const engine = await ensure();
      const docker = dockerAt(engine.host);
      await importBusybox(docker, 'survivor:latest');
      const container = await docker.createContainer({
        Image: 'survivor:latest',
        Cmd: ['/bin/sleep', '1000'],
      });
      await container.start();
      await killDaemon(projectDir);
      expect(await processesInCgroups([container.id])).toHaveLength(1);
      await engine.stop();
      expect(await processesInCgroups([container.id])).toEqual([]);
      expect(await remainders(projectDir)).toEqual([]);
    });

    it('is not started where that is forbidden', async () => {
      const forbidden = { ...env, TALLY_ENGINE_SETUP: 'never' };
      await expectCode(ensureEngine({ projectDir, line: () => {}, env: forbidden }), 'ENGINE_UNREACHABLE');
      expect(await readdir(projectDir)).toEqual([]);
    });
  },
);

interface EngineUser {
  process: ChildProcess;
  host: string;
  startedHere: boolean;
  leave(): Promise<void>;
}

/** A process that uses the project's engine until it is told to leave. */
async function startUser(projectDir: string): Promise<EngineUser> {
  const user = spawn(process.execPath, [USER_PROGRAM, projectDir], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(user.stdout), 'line');
  const leave = async () => {
    user.stdin.end();
    await once(user, 'exit');
  };
  return { process: user, leave, ...JSON.parse(line) };
}

async function killDaemon(projectDir: string): Promise<void> {
  const { host, run } = await placesOf(projectDir);
  for (const pid of await processesWith(`--pidfile=${run}/docker.pid`)) process.kill(pid, 'SIGKILL');
  await eventually(async () => expect(await answers(host)).toBe(false));
}

/** What a private engine has left on the machine, its data aside. */
async function remainders(projectDir: string): Promise<string[]> {
  const { run, bridge } = await placesOf(projectDir);
  const pids = await processesWith(run);
  const links = (await readdir('/sys/class/net')).filter((link) => link === bridge);
  const sockets = (await readdir('/run')).filter((name) => run === `/run/${name}`);
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return [...pids.map(String), ...links, ...sockets, ...mounts.filter((row) => row.includes(projectDir))];
}
