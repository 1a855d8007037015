// How many receipts a second two processes co-sign, how many epochs one pair closes, and what proofs cost as pairs grow
// in number. `inflight-N`: N tenant keys, each with a ledger of its own in one database and one receipt under way at a
// time, in one process; the volunteer's ledger in the other. Both run the product's co-signing over LevelDB with every
// write synced. Left out: the overlay (a socket of the machine takes its place), metering, and everything that makes an
// epoch end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '../src/ledger/database.ts';
import { type Ledger, ledgerIn } from '../src/ledger/ledger.ts';
import { openDatabase } from '../src/ledger/level-database.ts';
import { systemClock } from '../src/lib/clock.ts';
import { silentLog } from '../src/lib/log.ts';
import { openRecord } from '../src/records/envelope.ts';
import { createIdentity, type Identity, peerOf } from '../src/records/identity.ts';
import { RECEIPT_MAX_LEASES } from '../src/records/receipt.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { ceilingOf, measureRates, type Side } from './support/ceiling.ts';
import { BENCH_NETWORK, totalsAfter } from './support/co-signers.ts';
import { pairRows } from './support/pairs.ts';
import { compared, type Row, round } from './support/report.ts';
import { partOf } from './support/shared-database.ts';
import { Wire } from './support/wire.ts';

const VOLUNTEER = fileURLToPath(new URL('./support/ledger-volunteer.ts', import.meta.url));
const IN_FLIGHT = [1, 16, 256] as const;

/** A case is measured for so long, after a warm-up of a fifth. */
const CASE_MS = { full: 15_000, quick: 3_000 };
/** Before and after it the machine's rates are measured for so much of that time. */
const RATES_SHARE = 1 / 5;

/** The volunteer's process and the wire to it. */
interface Volunteer {
  readonly peer: string;
  readonly wire: Wire;
  stop(): Promise<void>;
}

/** A tenant key with a ledger, and how far its leases are. */
interface Tenant {
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly leases: readonly Uint8Array[];
  epochs: number;
}

/** The bench `ledger`. */
export const ledgerBench: Bench = {
  summary: 'receipts co-signed between two processes, and proofs of pairs',
  async run(options) {
    const rows: Row[] = [];
    for (const inFlight of IN_FLIGHT) rows.push(await inFlightRow(inFlight, options));
    rows.push(await epochsRow(options));
    rows.push(...(await pairRows(options)));
    return rows;
  },
};

async function inFlightRow(inFlight: number, options: BenchOptions): Promise<Row> {
  options.say(`inflight-${inFlight}`);
  return staged(inFlight, 1, async (volunteer, tenants) => {
    const caseMs = CASE_MS[options.isQuick ? 'quick' : 'full'];
    const before = await measureRates(caseMs * RATES_SHARE);
    const n = await receiptsIn(volunteer, tenants, options);
    const after = await measureRates(caseMs * RATES_SHARE);
    const ceiling = ceilingOf(sidesOf(inFlight), [before, after]);
    return compared(
      {
        case: `inflight-${inFlight}`,
        metric: 'receiptsPerSecond',
        value: round(n / (caseMs / 1_000)),
        unit: '1/s',
        n,
      },
      `computed ceiling of the ${ceiling.side}`,
      ceiling.perSecond,
    );
  });
}

/** What one receipt costs each side at best: the volunteer's headers are shared by all that is in flight. */
function sidesOf(inFlight: number): readonly Side[] {
  return [
    { name: 'volunteer', signatures: 1 + 1 / inFlight, verifications: 1, syncedBytes: 900 },
    { name: 'tenant', signatures: 2, verifications: 1, syncedBytes: 2_000 },
  ];
}

/** One pair and as many leases as a receipt takes: each closes an epoch of all. */
async function epochsRow(options: BenchOptions): Promise<Row> {
  options.say('one pair, many leases');
  return staged(1, RECEIPT_MAX_LEASES, async (volunteer, tenants) => {
    const n = (await receiptsIn(volunteer, tenants, options)) * RECEIPT_MAX_LEASES;
    const value = round(n / (CASE_MS[options.isQuick ? 'quick' : 'full'] / 1_000));
    return { case: `leases-${RECEIPT_MAX_LEASES}`, metric: 'epochsClosedPerSecond', value, unit: '1/s', n };
  });
}

async function staged<T>(
  keys: number,
  leasesEach: number,
  use: (volunteer: Volunteer, tenants: readonly Tenant[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
  const tenants: Tenant[] = [];
  try {
    const volunteer = await startVolunteer(folder);
    const database = await openDatabase(join(folder, 'tenants'));
    try {
      for (let i = 0; i < keys; i += 1)
        tenants.push(await openTenant(database, join(folder, `t${i}`), volunteer, leasesEach));
      return await use(volunteer, tenants);
    } finally {
      await Promise.all(tenants.map(({ ledger }) => ledger.close()));
      await database.close();
      await volunteer.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startVolunteer(folder: string): Promise<Volunteer> {
  const path = join(folder, 'wire');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const child = spawn(process.execPath, [VOLUNTEER, join(folder, 'v'), path], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const wire = new Wire(socket);
  const { key } = await wire.ask({ what: 'hello' });
  return {
    peer: peerOf(key as Uint8Array),
    wire,
    async stop() {
      await wire.ask({ what: 'close' });
      wire.close();
      server.close();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function openTenant(
  shared: Database,
  home: string,
  { wire }: Volunteer,
  count: number,
): Promise<Tenant> {
  const identity = createIdentity();
  await mkdir(home);
  const ledger = await ledgerIn(
    partOf(shared, `${identity.peer}/`),
    { home, network: BENCH_NETWORK },
    { identity, clock: systemClock, log: silentLog },
  );
  const { leases } = await wire.ask({ what: 'lease', tenant: identity.publicKey, count });
  const records = (leases as readonly Uint8Array[]).map((bytes) => openRecord('lease', bytes, BENCH_NETWORK));
  await ledger.commit(records);
  return { identity, ledger, leases: records.map(({ id }) => id), epochs: 0 };
}

/** Receipts that came home within the time of a case, after the warm-up. */
async function receiptsIn(
  volunteer: Volunteer,
  tenants: readonly Tenant[],
  { isQuick }: BenchOptions,
): Promise<number> {
  const caseMs = CASE_MS[isQuick ? 'quick' : 'full'];
  const fromMs = performance.now() + caseMs / 5;
  const untilMs = fromMs + caseMs;
  let receipts = 0;
  const go = async (tenant: Tenant) => {
    while (performance.now() < untilMs) {
      await coSign(volunteer, tenant);
      const nowMs = performance.now();
      if (nowMs >= fromMs && nowMs < untilMs) receipts += 1;
    }
  };
  await Promise.all(tenants.map(go));
  return receipts;
}

/** One receipt by the public path: drafted, sent, countersigned, completed. */
async function coSign({ peer, wire }: Volunteer, tenant: Tenant): Promise<void> {
  const { identity, ledger, leases } = tenant;
  tenant.epochs += 1;
  const draft = await ledger.coSigning.draft(
    peer,
    leases.map((lease) => totalsAfter(lease, tenant.epochs)),
  );
  if (draft === undefined) throw new Error('there was nothing to sign');
  const question = {
    what: 'sign',
    tenant: identity.publicKey,
    body: draft.bodyBytes,
    signature: draft.tenantSignature,
  };
  const { signature } = await wire.ask(question);
  await ledger.coSigning.complete(peer, draft, signature as Uint8Array);
}
