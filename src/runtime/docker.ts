// Opens a Docker engine (or one that speaks its API, as Podman does) as an Engine.
import { asTallyError, TallyError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { DockerClient } from './docker-client.ts';
import { DockerEngine } from './docker-engine.ts';
import { readInfo, sharesKernel } from './docker-facts.ts';
import type { Engine } from './engine.ts';
import { absentFirewall, openFirewall } from './firewall.ts';
import { parsePool } from './network-pool.ts';
import { NETWORK_POOL, PING_TIMEOUT_MS } from './parameters.ts';

export interface DockerEngineOptions {
  /** `unix:///…` or `tcp://…`; else DOCKER_HOST, else Docker's usual socket. */
  host?: string;
  /** Where the subnets of instances come from; default 10.203.0.0/16. */
  networkPool?: string;
  /** Lets images run as root inside their container; default false. */
  allowRoot?: boolean;
  /** The peer whose instances may already run: its firewall rule stands from the start. */
  peer?: string;
  log: Log;
}

/** Connects to the engine. ENGINE_UNREACHABLE when nothing answers, CONFIG_INVALID for a pool that is none. */
export async function openDockerEngine(options: DockerEngineOptions): Promise<Engine> {
  const pool = parsePool(options.networkPool ?? NETWORK_POOL);
  const client = new DockerClient(options.host);
  try {
    const info = await firstWord(client);
    const firewall = sharesKernel(client, info) ? await openFirewall(pool.cidr) : absentFirewall;
    const engine = new DockerEngine({
      client,
      info,
      pool,
      firewall,
      log: options.log,
      allowRoot: options.allowRoot ?? false,
    });
    if (options.peer !== undefined) await engine.guard(options.peer);
    return engine;
  } catch (error) {
    client.close();
    throw error;
  }
}

async function firstWord(client: DockerClient): ReturnType<typeof readInfo> {
  const signal = AbortSignal.timeout(PING_TIMEOUT_MS);
  try {
    return await readInfo(client, signal);
  } catch (error) {
    if (signal.aborted) throw new TallyError('ENGINE_UNREACHABLE', { host: client.host }, { cause: error });
    throw asTallyError(error, 'ENGINE_UNREACHABLE', { host: client.host });
  }
}
