// Translates Docker's words for a container into ours.
import type Docker from 'dockerode';
import type { Container, ContainerState } from '../engine.ts';
import { failureOf, healthOf } from './health.ts';
import { readLabels } from './labels.ts';
import { isReduced } from './reduced.ts';

/** An inspected container as an instance. One that runs in another run than `run`, or where that is empty its first, is over. */
export function toContainer(container: Docker.ContainerInspectInfo, run = ''): Container {
  const { Status, ExitCode, OOMKilled, FinishedAt, StartedAt } = container.State;
  const finishedAtMs = Date.parse(FinishedAt);
  const isOther = run === '' ? finishedAtMs > 0 : StartedAt !== run;
  const identity = { ...readLabels(container.Config.Labels), state: stateOf(Status) };
  if (identity.state === 'created') return identity;
  const instance = { ...identity, run: StartedAt };
  if (instance.state === 'exited' || isOther)
    return { ...instance, state: 'exited', exitCode: ExitCode, outOfMemory: OOMKilled, finishedAtMs };
  const health = healthOf(container.State);
  const healthFailure = failureOf(container.State);
  return {
    ...instance,
    ...(health === undefined ? {} : { health }),
    ...(healthFailure === undefined ? {} : { healthFailure }),
    ...(isReduced(container) ? { isReduced: true } : {}),
  };
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
