// The names of our containers and networks, and what their labels say about them.
import { TallyError } from '../../lib/errors.ts';
import type { ContainerLimits, ContainerSpec } from '../engine.ts';

const PEER = 'tallymesh.peer';
const LEASE = 'tallymesh.lease';
const INCARNATION = 'tallymesh.incarnation';
const PORTS = 'tallymesh.ports';
const LIMITS = 'tallymesh.limits';

/** A holder is no container of its lease: it is found by labels of its own. */
const HOLDER_PEER = 'tallymesh.holder.peer';
const HOLDER_LEASE = 'tallymesh.holder.lease';

const SAFE_LEASE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** What a container of ours says of itself. */
export interface Identity {
  peer: string;
  lease: string;
  incarnation: number;
  ports: readonly number[];
}

/** The name of a lease's container and of its network. BAD_REQUEST when the lease could not be part of a path. */
export function nameOf(lease: string): string {
  if (!SAFE_LEASE.test(lease)) throw new TallyError('BAD_REQUEST', { lease });
  return `tallymesh-${lease}`;
}

/** The name of a volume of a lease, by the place of its path among those of the image. */
export function volumeName(lease: string, index: number): string {
  return `${nameOf(lease)}-${index}`;
}

/** The name of the volume in memory of a lease. */
export function memoryName(lease: string): string {
  return `${nameOf(lease)}-memory`;
}

/** Whose container a holder serves. */
export type HolderOf = Pick<ContainerSpec, 'peer' | 'lease'>;

/** What the containers are for that hold the volume in memory of a lease while it is filled. */
export const HOLDER_ROLES = ['fills', 'counts'] as const;
export type HolderRole = (typeof HOLDER_ROLES)[number];

export function holderName(lease: string, role: HolderRole): string {
  return `${nameOf(lease)}-holder${role === 'fills' ? '' : `-${role}`}`;
}

export function holderLabels({ peer, lease }: HolderOf): Record<string, string> {
  return { [HOLDER_PEER]: peer, [HOLDER_LEASE]: lease };
}

/** The filter that finds the holders of a peer. */
export function holdersOf(peer: string): { label: string[] } {
  return { label: [`${HOLDER_PEER}=${peer}`] };
}

/** The lease that a holder's labels name. */
export function heldLease(labels: Readonly<Record<string, string>>): string {
  return labels[HOLDER_LEASE] ?? '';
}

/** The labels of the container, the network and the volumes of an instance. */
export function labelsOf(spec: ContainerSpec): Record<string, string> {
  return {
    [PEER]: spec.peer,
    [LEASE]: spec.lease,
    [INCARNATION]: String(spec.incarnation),
    [PORTS]: spec.ports.join(','),
    [LIMITS]: `${spec.limits.cpuMillis},${spec.limits.memoryBytes},${spec.limits.diskBytes}`,
  };
}

/** What labels say of an instance. */
export function readLabels(labels: Readonly<Record<string, string>>): Identity {
  const ports = labels[PORTS] ?? '';
  return {
    peer: labels[PEER] ?? '',
    lease: labels[LEASE] ?? '',
    incarnation: Number(labels[INCARNATION] ?? 0),
    ports: ports === '' ? [] : ports.split(',').map(Number),
  };
}

/** What the container was to have at its launch; undefined where its labels do not say. Before 0.3 they said no disk. */
export function readLimits(labels: Readonly<Record<string, string>>): ContainerLimits | undefined {
  const [cpuMillis, memoryBytes, diskBytes = 0] = (labels[LIMITS] ?? '').split(',').map(Number);
  return cpuMillis === undefined || memoryBytes === undefined
    ? undefined
    : { cpuMillis, memoryBytes, diskBytes };
}

/** The filter that finds what belongs to a lease. */
export function leaseFilter(lease: string): { label: string[] } {
  return { label: [`${LEASE}=${lease}`] };
}

/** The lease that labels or an event's attributes name. */
export function leaseOf(labels: Readonly<Record<string, string>>): string {
  return labels[LEASE] ?? '';
}

/** The filter that finds what belongs to any peer. */
export function anyPeer(): { label: string[] } {
  return { label: [PEER] };
}

/** The filter that finds what belongs to a peer. */
export function ownedBy(peer: string): { label: string[] } {
  return { label: [`${PEER}=${peer}`] };
}
