// Finding the containers of a lease by their label: a name is the owner's to change, a label is not.
import type Docker from 'dockerode';
import type { DockerClient } from './docker-client.ts';
import { leaseFilter } from './docker-labels.ts';

/** The containers of a lease, whatever they are called now; one, unless somebody meddled. */
export async function containersOf(
  client: DockerClient,
  lease: string,
  signal: AbortSignal,
): Promise<Docker.Container[]> {
  const options = { all: true, filters: leaseFilter(lease) };
  const found = await client.call(signal, (call) => client.docker.listContainers({ ...options, ...call }));
  return found.map(({ Id }) => client.docker.getContainer(Id));
}
