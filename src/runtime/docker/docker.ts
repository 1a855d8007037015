// Makes a Docker engine (or one that speaks its API, as Podman does) as an Engine.
import { asTallyError, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Engine } from '../engine.ts';
import { NETWORK_POOL, PING_TIMEOUT_MS } from '../parameters.ts';
import { DockerClient } from './client.ts';
import { DockerEngine } from './engine.ts';
import type { AllowRoot } from './facts.ts';
import { parsePool } from './network-pool.ts';

export interface DockerEngineOptions {
  /** `unix:///…` or `tcp://…`; else DOCKER_HOST, else Docker's usual socket. */
  host?: string;
  /** Where the subnets of instances come from; default 10.203.0.0/16. */
  networkPool?: string;
  /** Whether containers may be root inside; by default where the engine makes another user of it outside. */
  allowRoot?: AllowRoot;
  /** What of its disk containers may take in all; by default what is free, where that can be seen from here. */
  diskBytes?: number;
  /** The peer whose instances may already run: its firewall rule stands from the engine's first word on. */
  peer?: string;
  log: Log;
}

/** An engine that need not answer yet. Throws CONFIG_INVALID if the pool is not a range. */
export function createDockerEngine(options: DockerEngineOptions): Engine {
  const { host, networkPool = NETWORK_POOL, allowRoot = 'auto', diskBytes, peer, log } = options;
  const pool = parsePool(networkPool);
  return new DockerEngine({ client: new DockerClient(host), pool, allowRoot, diskBytes, peer, log });
}

/** An engine that answers now. Throws ENGINE_UNREACHABLE if none does, CONFIG_INVALID if the pool is not a range. */
export async function openDockerEngine(options: DockerEngineOptions): Promise<Engine> {
  const engine = createDockerEngine(options);
  const signal = AbortSignal.timeout(PING_TIMEOUT_MS);
  try {
    await engine.facts(signal);
    return engine;
  } catch (error) {
    await engine.close();
    if (signal.aborted) throw new TallyError('ENGINE_UNREACHABLE', { host: options.host }, { cause: error });
    throw asTallyError(error, 'ENGINE_UNREACHABLE', { host: options.host });
  }
}
