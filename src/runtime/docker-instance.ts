// Docker's words for a container, in ours.
import type Docker from 'dockerode';
import { readLabels } from './docker-labels.ts';
import type { Instance, InstanceState } from './engine.ts';

/** An inspected container as an instance. */
export function toInstance(container: Docker.ContainerInspectInfo): Instance {
  const { Status, ExitCode, OOMKilled } = container.State;
  const state = stateOf(Status);
  const instance = { ...readLabels(container.Config.Labels), state };
  return state === 'exited' ? { ...instance, exitCode: ExitCode, outOfMemory: OOMKilled } : instance;
}

/** Docker's status of a container; one on its way out (`removing`, `dead`) has exited. */
export function stateOf(status: string): InstanceState {
  if (status === 'created' || status === 'running' || status === 'paused') return status;
  // Podman says what it is about to reach.
  if (status === 'configured' || status === 'initialized') return 'created';
  return status === 'restarting' || status === 'stopping' ? 'running' : 'exited';
}

/** The address of a container on the network of that name; undefined while it is not running. */
export function addressOf(container: Docker.ContainerInspectInfo, network: string): string | undefined {
  const address = container.NetworkSettings.Networks[network]?.IPAddress ?? '';
  return address === '' ? undefined : address;
}
