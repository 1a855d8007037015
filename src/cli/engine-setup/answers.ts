// Whether a Docker engine answers at an address.
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { SECOND_MS } from '../../lib/units.ts';

/** An engine that does not answer a ping by then is as good as absent. */
const PING_TIMEOUT_MS = 5 * SECOND_MS;

/** Where an engine may listen: DOCKER_HOST alone when it is set, else the usual sockets. */
export function usualHosts(env: NodeJS.ProcessEnv): string[] {
  if (env.DOCKER_HOST !== undefined) return [env.DOCKER_HOST];
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')];
  if (env.XDG_RUNTIME_DIR !== undefined) sockets.push(join(env.XDG_RUNTIME_DIR, 'docker.sock'));
  return sockets.map((path) => `unix://${path}`);
}

/** The first of these addresses at which an engine answers. */
export async function firstAnswering(hosts: readonly string[]): Promise<string | undefined> {
  for (const host of hosts) {
    if (await answers(host)) return host;
  }
  return undefined;
}

/** Whether an engine answers a ping at `unix:///…` or `tcp://…`. */
export async function answers(host: string): Promise<boolean> {
  return connect(host)
    .ping()
    .then(
      () => true,
      () => false,
    );
}

/** dockerode on an address; what the environment says does not count. */
export function connect(host: string): Docker {
  if (host.startsWith('unix://')) {
    const unset = {
      host: undefined,
      port: undefined,
      protocol: undefined,
    } as unknown as Docker.DockerOptions;
    return new Docker({ ...unset, socketPath: host.slice('unix://'.length), timeout: PING_TIMEOUT_MS });
  }
  const url = new URL(host.includes('://') ? host : `tcp://${host}`);
  return new Docker({
    host: url.hostname,
    port: url.port || '2375',
    protocol: 'http',
    timeout: PING_TIMEOUT_MS,
  });
}
