// Deployments in memory, for the rules that only look at them.
import { randomBytes } from 'node:crypto';
import type { Deployment, DeploymentRow, Instance, InstanceRow } from '../../src/market/tenant/deployment.ts';
import { showId } from '../../src/records/id.ts';
import { NOW_MS } from './records.ts';

const DIGEST = `sha256:${'12'.repeat(32)}`;

/** A deployment that is wanted for an hour from NOW_MS on, with what differs. */
export function wanted(change: Partial<DeploymentRow> = {}): Deployment {
  return {
    id: 'deployment',
    instances: [],
    row: {
      ...{
        name: '',
        imageName: 'hello:1',
        imageDigest: DIGEST,
        ports: [8080],
        payload: new Uint8Array(),
        volumes: [],
      },
      ...{ imageWay: 'held', imageBytes: 0, privileges: '' },
      resources: { cpuMillis: 100, memoryBytes: 2 ** 26, diskBytes: 0, gpus: 0 },
      ...{ maxPriceMicrocreditsPerHour: 1_000_000, awayMs: 60_000 },
      ...{ architecture: '', region: '', runtimeClass: '', labels: [] },
      ...{ replicas: 1, graceMs: 15_000, waitOut: 0 },
      ...{ createdAtMs: NOW_MS, endsAtMs: NOW_MS + 3_600_000, wanted: 'running', runningSinceMs: 0 },
      ...{ end: '', cause: '', exitCode: -1, endedAtMs: 0, forgottenMicrocredits: 0, refusals: [] },
      ...change,
    },
  };
}

/** Adds a copy that runs since NOW_MS, with what differs. */
export function copyOf(deployment: Deployment, change: Partial<InstanceRow> = {}): Instance {
  const lease = new Uint8Array(randomBytes(32));
  const instance: Instance = {
    id: showId(lease),
    deployment,
    row: {
      ...{ health: '', healthFailure: '', restarts: 0 },
      ...{ deployment: deployment.id, replica: 0, incarnation: 1, state: 'running', cause: '', exitCode: -1 },
      ...{
        bid: new Uint8Array(32),
        lease,
        volunteer: `volunteer-${deployment.instances.length}`,
        tenant: 'me',
      },
      ...{ priceMicrocreditsPerHour: 3_600_000, atRiskMicrocredits: 1_000, issuedAtMs: NOW_MS },
      ...{ endsAtMs: NOW_MS + 3_600_000, maxEpochMs: 300_000, awayMs: 60_000 },
      ...{
        epochs: 1,
        chargedMicrocredits: 1_000,
        usage: { cpuMilliseconds: 0, memoryMibSeconds: 0, tunnelKib: 0 },
        createdAtMs: NOW_MS,
        runningSinceMs: NOW_MS,
      },
      ...{ endedAtMs: 0, heardAtMs: NOW_MS, unknownSinceMs: NOW_MS, downMs: 0, givenUp: '', judged: 0 },
      ...change,
    },
  };
  deployment.instances.push(instance);
  return instance;
}
