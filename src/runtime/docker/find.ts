// Finds containers by their labels: the owner can change a name, but not a label.
import type Docker from 'dockerode';
import type { DockerClient } from './client.ts';
import { leaseFilter } from './labels.ts';

/** The containers with these labels, running or not. */
export async function listContainers(
  client: DockerClient,
  filters: { label: string[] },
  signal: AbortSignal,
): Promise<Docker.ContainerInfo[]> {
  return client.call(signal, (call) => client.docker.listContainers({ all: true, filters, ...call }));
}

/** The containers of a lease, whatever they are called now; one, unless somebody meddled. */
export async function containersOf(
  client: DockerClient,
  lease: string,
  signal: AbortSignal,
): Promise<Docker.Container[]> {
  const found = await listContainers(client, leaseFilter(lease), signal);
  return found.map(({ Id }) => client.docker.getContainer(Id));
}
