// Whether a running container still has what it was launched with: owners can lower its limits and take its network away.
import type Docker from 'dockerode';
import { PIDS_LIMIT } from '../parameters.ts';
import { nameOf, readLabels, readLimits } from './labels.ts';

/** Docker's weight of a container that nobody has changed. */
const USUAL_SHARES = 1_024;

/** True when it has less than its labels say; one of before they said it has what it has. */
export function isReduced({ HostConfig, Config, NetworkSettings }: Docker.ContainerInspectInfo): boolean {
  const limits = readLimits(Config.Labels);
  if (limits === undefined) return false;
  const { lease } = readLabels(Config.Labels);
  const { NanoCpus = 0, Memory = 0, CpusetCpus = '', CpuShares = 0 } = HostConfig;
  // Where a limit is 0 there is none
  return (
    isBelow(NanoCpus, limits.cpuMillis * 1_000_000) ||
    isBelow(Memory, limits.memoryBytes) ||
    isBelow(HostConfig.PidsLimit ?? 0, PIDS_LIMIT) ||
    isBelow(CpuShares, USUAL_SHARES) ||
    CpusetCpus !== '' ||
    !Object.hasOwn(NetworkSettings.Networks, nameOf(lease))
  );
}

function isBelow(limit: number, launchedWith: number): boolean {
  return limit > 0 && limit < launchedWith;
}
