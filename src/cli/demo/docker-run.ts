// The baseline: `docker run -d` of the same image, with the host settings that Tallymesh gives a container, and a network
// made within the measured time.
import { output, run } from './programs.ts';

/** What the demo's containers may use, for both sides of the comparison; ten of them fit on two cpus. */
export const DEMO_RESOURCES = { cpuMillis: 200, memoryBytes: 134_217_728, diskBytes: 16_777_216, gpus: 0 };

const HOST_SETTINGS = [
  ...['--cpus', '0.2', '--memory', '128m', '--memory-swap', '128m', '--pids-limit', '256'],
  ...[
    '--ulimit',
    'nofile=4096:4096',
    '--shm-size',
    '64m',
    '--cap-drop',
    'ALL',
    '--security-opt',
    'no-new-privileges',
  ],
  ...['--ipc', 'private', '--init', '--restart', 'no', '--user', '1000:1000', '--no-healthcheck'],
  ...['--dns', '192.0.2.1', '--dns-search', '.', '--log-driver', 'json-file'],
  ...['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'],
];

/** A container that plain `docker run` started. */
export interface DockerRun {
  /** Until the network was made and `docker run -d` had returned. */
  readonly ms: number;
  /** Removes the container and its network. */
  remove(): Promise<void>;
}

/** Starts a container in a network of its own; what a failed start made is removed. */
export async function startDockerRun(
  image: string,
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<DockerRun> {
  const remove = async () => {
    await run('docker', ['rm', '-f', name], { env });
    await run('docker', ['network', 'rm', name], { env });
  };
  const startMs = performance.now();
  try {
    await output('docker', ['network', 'create', '--internal', name], { env });
    await output('docker', ['run', '-d', '--name', name, '--network', name, ...HOST_SETTINGS, image], {
      env,
    });
    return { ms: Math.round(performance.now() - startMs), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** How long it takes until `docker run -d` returns; container and network are removed afterwards, unmeasured. */
export async function timeDockerRun(image: string, name: string, env: NodeJS.ProcessEnv): Promise<number> {
  const { ms, remove } = await startDockerRun(image, name, env);
  await remove();
  return ms;
}
