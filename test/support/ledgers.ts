// Ledgers for tests: two homes of two peers with a lease between them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { SignedRecord } from '../../src/records/envelope.ts';
import type { Identity } from '../../src/records/identity.ts';
import type { LeaseTotal } from '../../src/records/receipt.ts';
import { example, NETWORK, tenant, volunteer } from './records.ts';

/** A folder that is removed after the test. */
export async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'tallymesh-test-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** A ledger in a home, closed after the test if it was not before. */
export async function openTestLedger(
  home: string,
  identity: Identity,
  clock: Clock = systemClock,
): Promise<Ledger> {
  const ledger = await openLedger({ home, network: NETWORK }, { identity, clock, log: silentLog });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A volunteer and a tenant, both of whose ledgers hold one bid and its lease. */
export interface PairOfLedgers {
  readonly homes: { readonly volunteer: string; readonly tenant: string };
  volunteer: Ledger;
  tenant: Ledger;
  readonly lease: SignedRecord<'lease'>;
}

export async function openPair(clock: Clock = systemClock): Promise<PairOfLedgers> {
  const homes = { volunteer: await temporaryHome(), tenant: await temporaryHome() };
  const bid = example('bid');
  const lease = example('lease', { bid: bid.id });
  const ledgers = {
    volunteer: await openTestLedger(homes.volunteer, volunteer, clock),
    tenant: await openTestLedger(homes.tenant, tenant, clock),
  };
  await Promise.all([ledgers.volunteer.commit([bid, lease]), ledgers.tenant.commit([bid, lease])]);
  return { homes, ...ledgers, lease };
}

/** Totals of a lease after so many epochs of so many microcredits. */
export function totals(lease: Uint8Array, epochs: number, chargedMicrocredits: number): LeaseTotal {
  const counters = {
    chargedMicrocredits,
    cpuMilliseconds: epochs,
    memoryMibSeconds: 0,
    diskMibSeconds: 0,
    tunnelKib: 0,
  };
  return { lease, epochs, counters };
}

/** One whole co-signing over perfect wires; the receipt that both then hold. */
export async function coSign(pair: PairOfLedgers, ...leases: LeaseTotal[]): Promise<SignedRecord<'receipt'>> {
  const draft = await pair.tenant.coSigning.draft(volunteer.peer, leases);
  if (draft === undefined) throw new Error('there was nothing to draft');
  const { bodyBytes, tenantSignature } = draft;
  const receipt = await pair.volunteer.coSigning.countersign(tenant.peer, bodyBytes, tenantSignature);
  const [signature = new Uint8Array()] = receipt.signatures;
  await pair.tenant.coSigning.complete(volunteer.peer, draft, signature);
  return receipt;
}
