// What a stopped peer has left on this machine, and how that goes: containers, networks and firewall rule in the engine, and
// the files of its home.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { engineAddress } from './config.ts';
import { HOME_FILES, openHome } from './home.ts';
import { HEAD_FILE, LEDGER_FOLDER } from './ledger/ledger.ts';
import { requireNotInUse } from './ledger/stopped/in-use.ts';
import { codeOf } from './lib/errors.ts';
import { silentLog } from './lib/log.ts';
import { openDockerEngine } from './runtime/docker/docker.ts';
import type { Engine } from './runtime/engine.ts';

/** How long the engine may take with one container, and with the rest. */
const REMOVE_TIMEOUT_MS = 30_000;

/** Everything that a home is made of. */
const FILES: readonly string[] = [...HOME_FILES, LEDGER_FOLDER, HEAD_FILE];

/** Whether no process has the ledger of this home. */
export async function isStopped(home: string): Promise<boolean> {
  try {
    await requireStopped(home);
    return true;
  } catch (error) {
    if (codeOf(error) === 'LEDGER_IN_USE') return false;
    throw error;
  }
}

/** How many containers of a stopped peer the engine has. Throws HOME_ABSENT, LEDGER_IN_USE, ENGINE_UNREACHABLE. */
export async function countContainers(home: string): Promise<number> {
  return withEngine(home, async (engine, peer) => (await engine.list(peer, bound())).length, 0);
}

/**
 * Removes containers, networks, images that tenants sent, and firewall rule of a stopped peer; how many containers there
 * were, or undefined if its settings give it no engine. Throws HOME_ABSENT,
 * LEDGER_IN_USE, ENGINE_UNREACHABLE, ENGINE_FAILED.
 */
export async function clearEngine(home: string): Promise<number | undefined> {
  const clear = async (engine: Engine, peer: string) => {
    const containers = await engine.list(peer, bound());
    for (const { lease } of containers) await engine.remove(lease, bound());
    for (const { digest } of await engine.loadedImages(peer, bound()))
      await engine.removeImage(peer, digest, bound());
    await engine.sweep(peer, bound());
    return containers.length;
  };
  return withEngine(home, clear, undefined);
}

/** Removes the files of a stopped peer, and the folder if nothing else is in it; what else is in it stays, by name. */
export async function removeHome(home: string): Promise<string[]> {
  await openHome(home);
  await requireStopped(home);
  for (const file of FILES) await rm(join(home, file), { recursive: true, force: true });
  const foreign = await readdir(home);
  if (foreign.length === 0) await rmdir(home);
  return foreign;
}

const bound = () => AbortSignal.timeout(REMOVE_TIMEOUT_MS);

async function withEngine<T, N>(
  path: string,
  use: (engine: Engine, peer: string) => Promise<T>,
  without: N,
): Promise<T | N> {
  const { identity, config } = await openHome(path);
  await requireStopped(path);
  const { use: wanted, host, networkPool } = config.engine;
  if (wanted === 'never') return without;
  const { peer } = identity;
  const where = engineAddress(host);
  const engine = await openDockerEngine({ ...where, networkPool, peer, log: silentLog });
  try {
    return await use(engine, peer);
  } finally {
    await engine.close();
  }
}

const requireStopped = (home: string) => requireNotInUse(join(home, LEDGER_FOLDER));
