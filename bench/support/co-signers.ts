// What both processes of the bench `ledger` agree on: their network, and leases that nothing runs under.
import { randomBytes } from 'node:crypto';
import { type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import type { Identity } from '../../src/records/identity.ts';
import type { LeaseTotal } from '../../src/records/receipt.ts';

export const BENCH_NETWORK = 'bench';

/** A lease between two keys for resources that nobody uses. */
export function signLease(
  volunteer: Identity,
  tenant: Uint8Array,
  network = BENCH_NETWORK,
): SignedRecord<'lease'> {
  const nowMs = Date.now();
  return signRecord(
    'lease',
    {
      ...{ volunteer: volunteer.publicKey, tenant, network, salt: randomBytes(16) },
      ...{ bid: randomBytes(32), offer: randomBytes(32), replica: 0, incarnation: 1 },
      resources: { cpuMillis: 1_000, memoryBytes: 2 ** 31, diskBytes: 0, gpus: 0 },
      ...{ priceMicrocreditsPerHour: 1_000_000, issuedAtMs: nowMs, endsAtMs: nowMs + 86_400_000 },
      ...{ durationMs: 86_400_000, noticeMs: 0 },
      ...{ firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 60_000, atRiskMicrocredits: 100_000 },
    },
    volunteer,
  );
}

/** What a lease counted after so many epochs. */
export function totalsAfter(lease: Uint8Array, epochs: number): LeaseTotal {
  return {
    lease,
    epochs,
    counters: {
      chargedMicrocredits: epochs * 2_778,
      cpuMilliseconds: epochs * 9_000,
      memoryMibSeconds: epochs * 20_000,
      diskMibSeconds: 0,
      tunnelKib: epochs * 12,
    },
  };
}
