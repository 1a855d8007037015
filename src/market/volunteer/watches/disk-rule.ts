// How much a container may have on the disk, and when it is to be measured: the more of its budget it can have used since the
// last look, the sooner.
import { countOf, showSize } from '../../../lib/amounts.ts';
import type { DiskAllowance, DiskUse, FreeDisk } from '../../../runtime/engine.ts';
import { allowanceOf } from '../../terms/disk-allowance.ts';
import { DISK_BLIND_MS, DISK_REST, DISK_SURE_MS } from '../../terms/parameters.ts';

/** What a measurement has shown; times are of the clock that never goes back. */
export interface DiskLook extends DiskUse {
  readonly atMs: number;
  readonly tookMs: number;
  /** What was free when it began. */
  readonly free: FreeDisk | undefined;
  /** Nobody measured it: it has just been started. */
  readonly isAssumed?: boolean;
}

/** A container that has just been started has next to nothing, and starts of many are not slowed by measuring each. */
export function assumedAtStart(atMs: number, free: FreeDisk | undefined): DiskLook {
  return { bytes: 0, files: 0, atMs, tookMs: 0, free, isAssumed: true };
}

/** Whether the container is to be ended. */
export function isOverDisk({ bytes, files }: DiskUse, allowed: DiskAllowance): boolean {
  return bytes > allowed.bytes || files > allowed.files;
}

/** Whether a container is to be measured now, of `watched` that there are. */
export function isDue(
  last: DiskLook,
  allowed: DiskAllowance,
  now: { readonly atMs: number; readonly free: FreeDisk | undefined; readonly watched: number },
): boolean {
  const sinceMs = now.atMs - (last.atMs + last.tookMs);
  if (sinceMs < last.tookMs * (DISK_REST + now.watched)) return false;
  if (now.free === undefined || last.free === undefined) return sinceMs >= DISK_BLIND_MS;
  const sureMs = last.isAssumed ? DISK_BLIND_MS : DISK_SURE_MS;
  return sinceMs >= sureMs || mayHaveUsedHalf(last, last.free, allowed, now.free);
}

/** Whether what has gone from the disk since would be half of what was left, or more, if all of it were this container's. */
function mayHaveUsedHalf(last: DiskUse, before: FreeDisk, allowed: DiskAllowance, free: FreeDisk): boolean {
  const grownBytes = before.bytes - free.bytes;
  const grownFiles = (before.files ?? 0) - (free.files ?? 0);
  const isHalf = (grown: number, left: number) => grown > 0 && grown >= left / 2;
  return isHalf(grownBytes, allowed.bytes - last.bytes) || isHalf(grownFiles, allowed.files - last.files);
}

/** What is said to the tenant, in the log. */
export function diskSentence(resources: { readonly diskBytes: number }): string {
  const { bytes, files } = allowanceOf(resources);
  return `ended: it had more on the disk than the ${showSize(bytes)} and ${countOf(files, 'file')} that its lease allows`;
}
