// A Docker engine for this machine: the one that answers, else Debian's, else a private daemon of the project.
import { systemClock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { answers, firstAnswering, usualHosts } from './answers.ts';
import { withLock } from './lock.ts';
import { installEngine, isDebian } from './packages.ts';
import { type EnginePlaces, placesOf, startDaemon, stopDaemon } from './private-engine.ts';
import { addUser, removeUser } from './users.ts';

export interface EngineSetupOptions {
  /** A private engine keeps its data in `<projectDir>/.tallymesh/engine`. */
  projectDir: string;
  /** Told, in one sentence each, what takes long or changes the machine. */
  line: (text: string) => void;
  /** DOCKER_HOST, and TALLY_ENGINE_SETUP=never, which forbids installing and starting one. */
  env: NodeJS.ProcessEnv;
}

/** An engine to use until `stop()`. */
export interface EnsuredEngine {
  /** `unix:///…` or `tcp://…` */
  host: string;
  /** Whether a private engine was started by this call. */
  startedHere: boolean;
  setupMs: number;
  /** Ends this use; the last user of a private engine ends it. Idempotent. */
  stop(): Promise<void>;
}

type Found = Omit<EnsuredEngine, 'setupMs'>;

/**
 * Finds an engine, or sets one up. ENGINE_UNREACHABLE when none answers and setting one up is forbidden,
 * ENGINE_SETUP_FAILED with `advice` in its details when it cannot be done.
 */
export async function ensureEngine(options: EngineSetupOptions): Promise<EnsuredEngine> {
  const startMs = systemClock.monotonicMs();
  const found = (await usualEngine(options.env)) ?? (await privateEngine(options));
  return { ...found, setupMs: Math.round(systemClock.monotonicMs() - startMs) };
}

/** Somebody else's engine: we do not stop it. */
async function usualEngine(env: NodeJS.ProcessEnv): Promise<Found | undefined> {
  const host = await firstAnswering(usualHosts(env));
  return host === undefined ? undefined : { host, startedHere: false, stop: async () => {} };
}

async function privateEngine(options: EngineSetupOptions): Promise<Found> {
  if (process.platform !== 'linux') throw cannotSetUp(options.env, 'install Docker Desktop and start it');
  const places = await placesOf(options.projectDir);
  return withLock(places.lock, async () => {
    if (await answers(places.host)) return use(places, false);
    forbidWhenAsked(options.env);
    await requireDebianRoot(options.env);
    await installEngine(options.line, options.env);
    const installedOne = await usualEngine(options.env);
    if (installedOne !== undefined) return installedOne;
    options.line('Starting a private Docker engine, with its data in .tallymesh/engine.');
    await startDaemon(places, options.env);
    return use(places, true);
  });
}

async function use(places: EnginePlaces, startedHere: boolean): Promise<Found> {
  const user = await addUser(places.users);
  const stop = () =>
    withLock(places.lock, async () => {
      if ((await removeUser(places.users, user)) === 0) await stopDaemon(places);
    });
  return { host: places.host, startedHere, stop };
}

async function requireDebianRoot(env: NodeJS.ProcessEnv): Promise<void> {
  if (!(await isDebian()))
    throw cannotSetUp(env, 'install and start Docker as the manual of your distribution says');
  if (process.getuid?.() !== 0)
    throw cannotSetUp(env, 'run "sudo apt-get install docker.io", or run this command as root');
}

function cannotSetUp(env: NodeJS.ProcessEnv, advice: string): TallyError {
  forbidWhenAsked(env);
  return new TallyError('ENGINE_SETUP_FAILED', { advice: `${advice}, or set DOCKER_HOST` });
}

function forbidWhenAsked(env: NodeJS.ProcessEnv): void {
  if (env.TALLY_ENGINE_SETUP !== 'never') return;
  throw new TallyError('ENGINE_UNREACHABLE', { hosts: usualHosts(env) });
}
