// Memory of other processes, as Linux tells it.
import { readFile } from 'node:fs/promises';

/** What a process has in memory now (`VmRSS`), or the most that it ever had (`VmHWM`), in MiB. */
export async function memoryMib(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kib) / 1_024;
}
