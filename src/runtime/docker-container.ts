// Translates Docker's words for a container into ours.
import type Docker from 'dockerode';
import { readLabels } from './docker-labels.ts';
import { isReduced } from './docker-reduced.ts';
import type { Container, ContainerState } from './engine.ts';

/** An inspected container as an instance. One that has an end behind it and runs again is over as well. */
export function toContainer(container: Docker.ContainerInspectInfo): Container {
  const { Status, ExitCode, OOMKilled, FinishedAt } = container.State;
  const finishedAtMs = Date.parse(FinishedAt);
  const runsAgain = finishedAtMs > 0;
  const instance = { ...readLabels(container.Config.Labels), state: stateOf(Status) };
  if (instance.state === 'created') return instance;
  if (instance.state !== 'exited' && !runsAgain)
    return isReduced(container) ? { ...instance, isReduced: true } : instance;
  return { ...instance, state: 'exited', exitCode: ExitCode, outOfMemory: OOMKilled, finishedAtMs };
}

/** Docker's status of a container; one on its way out (`removing`, `dead`) has exited. */
export function stateOf(status: string): ContainerState {
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
