// The problems that follow from the signs of a peer. Pure.
import type { ErrorCode } from '../lib/errors.ts';
import type { HealthCode } from '../lib/health.ts';
import {
  ALONE_MS,
  CLOCK_TOLERANCE_MS,
  DISK_FULL_BYTES,
  DISK_LOW_BYTES,
  ENGINE_DISK_FULL_BYTES,
  ENGINE_DISK_LOW_BYTES,
} from './parameters.ts';

/** What was seen of the disks. */
export interface DiskSigns {
  /** Of the file system of the home; undefined where it cannot be asked. */
  readonly freeBytes: number | undefined;
  /** Why the ledger takes no writes, if it does not. */
  readonly ledgerFault: ErrorCode | undefined;
  /** Of the file system of the engine's folder; undefined where it cannot be asked. */
  readonly engineFreeBytes: number | undefined;
  /** Whether the engine has said lately that its disk is full. */
  readonly engineRefused: boolean;
}

/** What is seen of a peer. */
export interface Signs extends DiskSigns {
  readonly engine: 'up' | 'down' | 'none';
  /** Whether there are other peers to find this network by. */
  readonly hasBootstrap: boolean;
  /** Since when nobody of this network has been connected; 0 while somebody is. */
  readonly aloneMs: number;
  /** Peers that were dialled lately, answered, and are of other networks. */
  readonly foreignPeers: number;
  /** How far the clock of each peer that was asked is ahead of this one. */
  readonly clockOffsetsMs: readonly number[];
  /** Whether a peer saw another process with this key. */
  readonly isDoubled: boolean;
  /** Whether the inviter has refused the invitation in the settings for good. */
  readonly isJoinRefused: boolean;
}

/** The problems, in the order of the table of codes. */
export function problemsOf(signs: Signs): HealthCode[] {
  const codes: (HealthCode | undefined)[] = [
    signs.engine === 'down' ? 'ENGINE_DOWN' : undefined,
    engineDiskProblem(signs),
    diskProblem(signs),
    Math.abs(agreedOffsetMs(signs.clockOffsetsMs)) > CLOCK_TOLERANCE_MS ? 'CLOCK_WRONG' : undefined,
    companyProblem(signs),
    signs.isDoubled ? 'KEY_RUNS_TWICE' : undefined,
    signs.isJoinRefused ? 'INVITATION_REFUSED' : undefined,
  ];
  return codes.filter((code) => code !== undefined);
}

/** What is wrong with the disk of the home. */
export function diskProblem({
  freeBytes = Number.POSITIVE_INFINITY,
  ledgerFault,
}: Pick<Signs, 'freeBytes' | 'ledgerFault'>): 'DISK_FULL' | 'DISK_LOW' | 'DISK_FAILING' | undefined {
  if (ledgerFault === 'LEDGER_DISK_FULL' || freeBytes < DISK_FULL_BYTES) return 'DISK_FULL';
  if (ledgerFault !== undefined) return 'DISK_FAILING';
  return freeBytes < DISK_LOW_BYTES ? 'DISK_LOW' : undefined;
}

/** What is wrong with the disk of the engine. */
export function engineDiskProblem({
  engineFreeBytes = Number.POSITIVE_INFINITY,
  engineRefused,
}: Pick<Signs, 'engineFreeBytes' | 'engineRefused'>): 'ENGINE_DISK_FULL' | 'ENGINE_DISK_LOW' | undefined {
  if (engineRefused || engineFreeBytes < ENGINE_DISK_FULL_BYTES) return 'ENGINE_DISK_FULL';
  return engineFreeBytes < ENGINE_DISK_LOW_BYTES ? 'ENGINE_DISK_LOW' : undefined;
}

function companyProblem({ hasBootstrap, aloneMs, foreignPeers }: Signs): HealthCode | undefined {
  if (!hasBootstrap || aloneMs < ALONE_MS) return undefined;
  return foreignPeers > 0 ? 'NETWORK_UNSHARED' : 'NO_PEERS';
}

/**
 * By how much peers agree that this clock is behind (ahead where below 0): their median, of two middle ones the one
 * nearer to this clock. One peer alone, true or not, convinces nobody; half of those asked would have to lie together.
 */
export function agreedOffsetMs(offsetsMs: readonly number[]): number {
  if (offsetsMs.length < 2) return 0;
  const sorted = offsetsMs.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0;
  if (Math.sign(low) !== Math.sign(high)) return 0;
  return low > 0 ? low : high;
}
