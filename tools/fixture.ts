// `node tools/fixture.ts`: ledgers as this version stores them, exported into test/fixtures under the version's name, so
// that every later version can be shown to read them. Run once a version, before its tag; what is there is never replaced.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dayOf } from '../src/ledger/decay.ts';
import { type Ledger, openLedger } from '../src/ledger/ledger.ts';
import { exportLedger } from '../src/ledger/stopped/export.ts';
import { verifyLedger } from '../src/ledger/stopped/verify.ts';
import { silentLog } from '../src/lib/log.ts';
import { CREDIT, DAY_MS } from '../src/lib/units.ts';
import { type SignedRecord, signRecord } from '../src/records/envelope.ts';
import { createIdentity, type Identity } from '../src/records/identity.ts';
import type { LeaseTotal } from '../src/records/receipt.ts';
import { VERSION } from '../src/version.ts';

const FIXTURES = fileURLToPath(new URL('../test/fixtures/', import.meta.url));
const NETWORK = 'fixture';
const START_MS = Date.UTC(2026, 10, 1);
const ofSeed = (fill: number) => createIdentity(new Uint8Array(32).fill(fill));
const [volunteer, tenant, other] = [ofSeed(1), ofSeed(2), ofSeed(3)];
const salt = (fill: number) => new Uint8Array(16).fill(fill);

let nowMs = START_MS;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };

type Receipt = SignedRecord<'receipt'>;

const open = (folder: string, identity: Identity) =>
  openLedger({ home: join(folder, identity.peer), network: NETWORK }, { identity, clock, log: silentLog });

function leaseOf(giver: Identity, fill: number): SignedRecord<'lease'> {
  return signRecord(
    'lease',
    {
      ...{ volunteer: giver.publicKey, tenant: tenant.publicKey, network: NETWORK, salt: salt(fill) },
      ...{
        bid: new Uint8Array(32).fill(fill),
        offer: new Uint8Array(32).fill(fill),
        replica: 0,
        incarnation: 1,
      },
      resources: { cpuMillis: 500, memoryBytes: 2 ** 29, diskBytes: 0, gpus: 0 },
      ...{ priceMicrocreditsPerHour: CREDIT, issuedAtMs: START_MS, endsAtMs: START_MS + 30 * DAY_MS },
      ...{ durationMs: 30 * DAY_MS, noticeMs: 0 },
      ...{ firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 60_000, atRiskMicrocredits: 100_000 },
    },
    giver,
  );
}

function totals(lease: Uint8Array, epochs: number): LeaseTotal {
  const chargedMicrocredits = epochs * 1_000;
  const counted = {
    cpuMilliseconds: epochs * 7,
    memoryMibSeconds: epochs,
    diskMibSeconds: 0,
    tunnelKib: epochs,
  };
  return { lease, epochs, counters: { chargedMicrocredits, ...counted } };
}

async function coSign(giver: Ledger, peer: string, taker: Ledger, lease: LeaseTotal): Promise<Receipt> {
  const draft = await taker.coSigning.draft(peer, [lease]);
  if (draft === undefined) throw new Error('there was nothing to draft');
  const receipt = await giver.coSigning.countersign(tenant.peer, draft.bodyBytes, draft.tenantSignature);
  await taker.coSigning.complete(peer, draft, receipt.signatures[0] ?? new Uint8Array());
  return receipt;
}

/** Eight days of two leases, a restart, a word and a vouch, a backup put back, old receipts pruned, a draft under way. */
async function live(folder: string): Promise<void> {
  const [first, second, third] = [leaseOf(volunteer, 1), leaseOf(volunteer, 2), leaseOf(other, 3)];
  const ledgers = { volunteer: await open(folder, volunteer), tenant: await open(folder, tenant) };
  const third2 = await open(folder, other);
  await ledgers.volunteer.commit([first, second]);
  await ledgers.tenant.commit([first, second, third]);
  await third2.commit([third]);
  for (let day = 1; day <= 8; day += 1) {
    const lease = day % 2 === 0 ? first : second;
    await coSign(ledgers.volunteer, volunteer.peer, ledgers.tenant, totals(lease.id, day));
    nowMs += DAY_MS;
    if (day !== 4) continue;
    await ledgers.tenant.close();
    ledgers.tenant = await open(folder, tenant);
  }
  await coSign(third2, other.peer, ledgers.tenant, totals(third.id, 1));
  await say(ledgers.tenant, first);
  await ledgers.tenant.close();
  await cp(join(folder, tenant.peer), join(folder, 'backup'), { recursive: true });
  ledgers.tenant = await open(folder, tenant);
  await coSign(third2, other.peer, ledgers.tenant, totals(third.id, 2));
  await ledgers.tenant.close();
  await rm(join(folder, tenant.peer), { recursive: true });
  await cp(join(folder, 'backup'), join(folder, tenant.peer), { recursive: true });
  ledgers.tenant = await open(folder, tenant);
  await ledgers.tenant.catchingUp.learn(other.peer, await third2.catchingUp.known(tenant.peer, []));
  await ledgers.tenant.coSigning.draft(volunteer.peer, [totals(first.id, 9)]);
  await ledgers.volunteer.prune(dayOf(START_MS) + 4);
  for (const ledger of [ledgers.volunteer, ledgers.tenant, third2]) await ledger.close();
}

/** The tenant's word on a lease, and a vouch. */
async function say(ledger: Ledger, lease: SignedRecord<'lease'>): Promise<void> {
  const common = { network: NETWORK, issuedAtMs: nowMs };
  const names = { tenant: tenant.publicKey, volunteer: volunteer.publicKey };
  const leases = [{ lease: lease.id, code: '' }];
  const outcome = { ...common, ...names, salt: salt(4), day: dayOf(nowMs), leases };
  const vouch = {
    ...{ ...common, salt: salt(5), voucher: tenant.publicKey, subject: volunteer.publicKey, seq: 1 },
    ...{ expiresAtMs: nowMs + DAY_MS, trustMicrocredits: CREDIT, creditMicrocredits: 0 },
  };
  await ledger.commit([signRecord('outcome', outcome, tenant), signRecord('vouch', vouch, tenant)]);
}

const folder = await mkdtemp(join(tmpdir(), 'tallymesh-fixture-'));
try {
  await live(folder);
  for (const [side, { peer }] of Object.entries({ volunteer, tenant })) {
    const name = join(FIXTURES, `ledger-${VERSION}-${side}`);
    await exportLedger(join(folder, peer), NETWORK, `${name}.export`);
    const report = await verifyLedger(join(folder, peer), NETWORK);
    await writeFile(`${name}.json`, `${JSON.stringify(report, null, 2)}\n`, { flag: 'wx' });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
