// How much a lease may have on the disk of its volunteer.
import type { DiskAllowance } from '../../runtime/engine.ts';
import { BYTES_A_FILE, FILES_ALWAYS, LEAST_DISK_BYTES } from '../../runtime/parameters.ts';

/** What a lease of so much disk may have there. One without disk may leave a pid file. */
export function allowanceOf({ diskBytes }: { readonly diskBytes: number }): DiskAllowance {
  const bytes = Math.max(diskBytes, LEAST_DISK_BYTES);
  return { bytes, files: FILES_ALWAYS + Math.floor(bytes / BYTES_A_FILE) };
}
