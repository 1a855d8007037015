// A Docker daemon that only this project uses: its data is in `.tallymesh/engine`, its sockets are under a short path in
// /run (the path of a socket holds 108 bytes). Called under the lock, so there is one start or end at a time.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { SECOND_MS } from '../../lib/units.ts';
import { answers, connect } from './answers.ts';
import { eraseFootprint, type Footprint, ip, links, noteFootprint } from './footprint.ts';
import { processesInCgroups, processesWith, startOf, terminate } from './processes.ts';
import { systemEnv } from './programs.ts';

/** Where the parts of a private engine are. */
export interface EnginePlaces {
  /** The name of the lock. */
  lock: string;
  host: string;
  /** Kept between runs: `.tallymesh/engine`. */
  home: string;
  users: string;
  /** Gone when the engine ends. */
  run: string;
  /** Its own bridge, where the machine has another `docker0`. */
  bridge: string;
}

const START_TIMEOUT_MS = 60 * SECOND_MS;
const STOP_TIMEOUT_MS = 20 * SECOND_MS;
const POLL_MS = 50;
const LOG_TAIL_LINES = 5;

/** The places of a project's engine; the same for every process of the project. */
export async function placesOf(projectDir: string): Promise<EnginePlaces> {
  const project = await realpath(projectDir);
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 8);
  const home = join(project, '.tallymesh', 'engine');
  const run = `/run/tallymesh-${hash}`;
  return {
    lock: `tallymesh-engine-${hash}`,
    host: `unix://${run}/docker.sock`,
    home,
    users: join(home, 'users'),
    run,
    bridge: `tally-${hash}`,
  };
}

/** Starts the daemon and waits until it answers. ENGINE_SETUP_FAILED with the log's last lines when it ends. */
export async function startDaemon(places: EnginePlaces, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(join(places.home, 'data'), { recursive: true });
  await mkdir(places.run, { recursive: true, mode: 0o700 });
  // One that hangs goes; a containerd that outlived its daemon stays, and the new daemon takes up its containers.
  await endDaemon(places);
  await forgetDead(pidFile(places));
  await forgetDead(`${places.run}/exec/containerd/containerd.pid`);
  const before = await noteFootprint(footprintFile(places));
  const bridge = await bridgeOptions(places, before);
  const ended = await spawnDaemon(places, bridge, env);
  await untilAnswering(places, ended);
}

/** Removes every container and network of the engine, ends it, and takes away what it left on the machine. */
export async function stopDaemon(places: EnginePlaces): Promise<void> {
  await emptyEngine(places.host).catch(() => {});
  await endProcesses(places);
  await eraseFootprint(footprintFile(places), [places.run, places.home], places.bridge);
  await rm(places.run, { recursive: true, force: true });
}

/** The daemon lives on when its starter dies, and in a session of its own, where Ctrl-C does not reach it. */
async function spawnDaemon(
  places: EnginePlaces,
  bridge: string[],
  env: NodeJS.ProcessEnv,
): Promise<AbortSignal> {
  const log = await open(logFile(places), 'w');
  const args = [...daemonOptions(places), ...bridge];
  const daemon = spawn('dockerd', args, {
    env: systemEnv(env),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new AbortController();
  daemon.on('error', (cause) => ended.abort(cause));
  daemon.on('exit', (code, signal) => ended.abort({ code, signal }));
  daemon.unref();
  await log.close();
  return ended.signal;
}

function daemonOptions(places: EnginePlaces): string[] {
  return [
    `--host=${places.host}`,
    `--data-root=${places.home}/data`,
    `--exec-root=${places.run}/exec`,
    `--pidfile=${pidFile(places)}`,
    // Another engine's containerd, should one run, is not to see our containers as its own.
    '--containerd-namespace=tallymesh',
    '--containerd-plugins-namespace=tallymesh-plugins',
  ];
}

/** A second daemon takes `docker0` away from the first; it needs a bridge of its own. */
async function bridgeOptions(places: EnginePlaces, before: Footprint): Promise<string[]> {
  if (!before.links.includes('docker0')) return [];
  if (!(await links()).includes(places.bridge)) await ip('link', 'add', places.bridge, 'type', 'bridge');
  return [`--bridge=${places.bridge}`];
}

async function untilAnswering(places: EnginePlaces, ended: AbortSignal): Promise<void> {
  const until = systemClock.monotonicMs() + START_TIMEOUT_MS;
  while (!(await answers(places.host))) {
    if (ended.aborted || systemClock.monotonicMs() > until) {
      const details = { advice: `read ${logFile(places)}`, log: await logTail(places) };
      await stopDaemon(places);
      throw new TallyError('ENGINE_SETUP_FAILED', details, { cause: ended.reason });
    }
    await delay(POLL_MS);
  }
}

/** What runs in our daemon is nobody else's; without containers it also ends at once. */
async function emptyEngine(host: string): Promise<void> {
  const docker = connect(host);
  const containers = await docker.listContainers({ all: true });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  await docker.pruneNetworks();
}

/** dockerd takes a zombie for a living containerd, and waits for it in vain. */
async function forgetDead(file: string): Promise<void> {
  const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
  if ((await startOf(pid)) === undefined) await rm(file, { force: true });
}

async function endDaemon(places: EnginePlaces): Promise<void> {
  for (const pid of await processesWith(`--pidfile=${pidFile(places)}`))
    await terminate(pid, STOP_TIMEOUT_MS);
}

/** The daemon; then, where one was killed, the containers that it left running, their shims and its containerd. */
async function endProcesses(places: EnginePlaces): Promise<void> {
  await endDaemon(places);
  const containers = await readdir(`${places.home}/data/containers`).catch(() => []);
  for (const pid of await processesInCgroups(containers)) await terminate(pid, 0);
  for (const pid of await processesWith(`${places.run}/exec`)) await terminate(pid, STOP_TIMEOUT_MS);
}

async function logTail(places: EnginePlaces): Promise<string[]> {
  const text = await readFile(logFile(places), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
}

const pidFile = (places: EnginePlaces) => `${places.run}/docker.pid`;
const logFile = (places: EnginePlaces) => `${places.home}/dockerd.log`;
const footprintFile = (places: EnginePlaces) => `${places.home}/footprint.json`;
