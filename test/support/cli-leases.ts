// A lease as the API shows it to verbs and to the log of the owner.
import type { Schemas } from '../../src/api/client.ts';
import { CREDIT, HOUR_MS, MIB } from '../../src/lib/units.ts';
import { TENANT, VOLUNTEER } from './market-fake.ts';

const ID = `abcdefghijkl${'a'.repeat(40)}`;

/** That of a container that has been up for twelve minutes. */
export const LEASE: Schemas['Lease'] = {
  ...{ id: ID, bid: ID, side: 'volunteer', volunteer: VOLUNTEER, tenant: TENANT, image: 'hello:1' },
  ...{ state: 'running', cause: '', issuedAtMs: 0, endsAtMs: HOUR_MS, epochs: 0, upMs: 720_000 },
  resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 0, gpus: 0 },
  ...{ priceMicrocreditsPerHour: CREDIT / 2, atRiskMicrocredits: 1 },
  ...{ chargedMicrocredits: 90_000, unsignedMicrocredits: 10_000 },
  usage: { cpuMilliseconds: 0, memoryMibSeconds: 0, tunnelKib: 0 },
};
