// The container engine that a file of tests has to itself, or shares with nobody but other programs of the machine.
import { inject } from 'vitest';

/** `unix:///…` or `tcp://…` */
export function dockerHost(): string {
  const hosts = inject('dockerHosts');
  const worker = Number(process.env.VITEST_POOL_ID) - 1;
  return hosts[worker % hosts.length] ?? '';
}
