// A separate network for every instance, on a small subnet from our own pool: Docker's default pools are exhausted at
// about 31 networks.
import { randomInt } from 'node:crypto';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { TallyError } from '../../lib/errors.ts';
import type { ContainerSpec } from '../engine.ts';
import { type DockerClient, reasonOf, statusOf } from './client.ts';
import { labelsOf, nameOf } from './labels.ts';
import { type NetworkPool, subnetAt } from './network-pool.ts';

/** Every subnet of the pool once, from a random one on, without those in which this machine has an address. */
function* freeSubnets(pool: NetworkPool): Generator<string> {
  const taken = ownAddresses();
  const start = randomInt(pool.count);
  for (let step = 0; step < pool.count; step += 1) {
    const subnet = subnetAt(pool, (start + step) % pool.count);
    if (!containsAny(subnet, taken)) yield subnet;
  }
}

/**
 * Makes the internal network of an instance. A subnet that another network of the engine covers is passed over;
 * NETWORK_POOL_EXHAUSTED when none is left.
 */
export async function createNetwork(
  client: DockerClient,
  pool: NetworkPool,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<void> {
  for (const subnet of freeSubnets(pool)) {
    if (await tryCreate(client, subnet, spec, signal)) return;
  }
  throw new TallyError('NETWORK_POOL_EXHAUSTED', { networkPool: pool.cidr });
}

async function tryCreate(
  client: DockerClient,
  subnet: string,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<boolean> {
  const options = {
    Name: nameOf(spec.lease),
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
    Labels: labelsOf(spec),
  };
  try {
    await client.call(signal, (call) => client.docker.createNetwork({ ...options, ...call }));
    return true;
  } catch (error) {
    if (overlaps(error)) return false;
    if (statusOf(error) !== 409) throw error;
  }
  // The name is taken by what a launch left that died before it had a container.
  await removeNetwork(client, spec.lease, signal);
  return tryCreate(client, subnet, spec, signal);
}

/** Removes the network of a lease; one that does not exist is no error. */
export async function removeNetwork(client: DockerClient, lease: string, signal: AbortSignal): Promise<void> {
  await client.find(signal, (call) => client.docker.getNetwork(nameOf(lease)).remove(call));
}

/** Docker says "Pool overlaps …", Podman "subnet … is already used …". */
function overlaps(error: unknown): boolean {
  return /overlap|is already used/i.test(reasonOf(error));
}

function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.filter((each) => each.family === 'IPv4').map((each) => each.address);
}

function containsAny(subnet: string, addresses: readonly string[]): boolean {
  const [address = '', prefix] = subnet.split('/');
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), 'ipv4');
  return addresses.some((each) => block.check(each, 'ipv4'));
}
