// A ledger of many pairs, and what proofs of them cost. Every pair has a key of its own and a receipt that both signed;
// only the lease is one for all. The proofs are made by the product from disk and checked as a stranger would, each of
// another pair, so no key was met before.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chain } from '../../src/ledger/chain.ts';
import { openDatabase } from '../../src/ledger/database.ts';
import { HEAD_FILE, LEDGER_FOLDER, type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { indexWrites, leafOf } from '../../src/ledger/pair-index.ts';
import { COMMIT_MAX_RECORDS } from '../../src/ledger/parameters.ts';
import { draftReceipt } from '../../src/ledger/receipt-rules.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { createIdentity, type Identity, peerOf } from '../../src/records/identity.ts';
import { openPairStatement } from '../../src/records/pair-statement.ts';
import type { BenchOptions } from '../bench.ts';
import { BENCH_NETWORK, totalsAfter } from './co-signers.ts';
import { median } from './figures.ts';
import type { Row } from './report.ts';
import { round } from './report.ts';

const SIZES = [
  ['10', 10],
  ['10k', 10_000],
  ['1m', 1_000_000],
] as const;
/** The largest of a quick run: the next takes ten minutes to build. */
const QUICK_MOST = 10_000;
const PROOFS = 200;
const OPENS = 5;

/** Rows of the cases `pairs-N`. */
export async function pairRows({ isQuick, say }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, pairs] of SIZES) {
    if (isQuick && pairs > QUICK_MOST) {
      say(`pairs-${name} is left out of a quick run`);
      continue;
    }
    say(`pairs-${name}`);
    rows.push(...(await rowsOf(`pairs-${name}`, pairs)));
  }
  return rows;
}

async function rowsOf(name: string, pairs: number): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
  const identity = createIdentity();
  try {
    const asked = await fill(home, identity, pairs);
    const openMs: number[] = [];
    for (let i = 0; i < OPENS; i += 1) openMs.push(await timeOpen(home, identity));
    const ledger = await open(home, identity);
    try {
      return [
        ...(await proofRows(name, ledger, identity.peer, asked)),
        { case: name, metric: 'openMs', value: round(median(openMs)), unit: 'ms', n: OPENS },
        {
          ...{ case: name, metric: 'bytesPerPair', unit: 'B', n: 1 },
          value: round((await bytesIn(join(home, LEDGER_FOLDER))) / pairs),
        },
      ];
    } finally {
      await ledger.close();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Commits a receipt of each pair, as many under a header as co-signing puts there; answers with pairs spread over all. */
async function fill(home: string, identity: Identity, pairs: number): Promise<string[]> {
  const database = await openDatabase(join(home, LEDGER_FOLDER));
  const chain = new Chain({
    ...{ database, headFile: join(home, HEAD_FILE), identity, network: BENCH_NETWORK, clock: systemClock },
  });
  await chain.open();
  const lease = randomBytes(32);
  const every = Math.max(1, Math.floor(pairs / PROOFS));
  const asked: string[] = [];
  for (let from = 0; from < pairs; from += COMMIT_MAX_RECORDS) {
    const batch = Array.from({ length: Math.min(COMMIT_MAX_RECORDS, pairs - from) }, () =>
      receiptOf(identity, lease),
    );
    const writes = batch.flatMap((receipt) => indexWrites(receipt, identity.peer));
    await chain.commit(
      batch,
      writes,
      batch.map((receipt) => leafOf(receipt, identity.peer)),
    );
    for (const [index, { body }] of batch.entries())
      if ((from + index) % every === 0) asked.push(peerOf(body.tenant));
  }
  await chain.close();
  await database.close();
  return asked.slice(0, PROOFS);
}

function receiptOf(volunteer: Identity, lease: Uint8Array): SignedRecord<'receipt'> {
  const tenant = createIdentity();
  const context = { network: BENCH_NETWORK, salt: randomBytes(16), nowMs: Date.now() };
  const names = { volunteer: volunteer.publicKey, tenant: tenant.publicKey };
  const body = draftReceipt(undefined, [totalsAfter(lease, 1)], () => undefined, { ...context, ...names });
  return signRecord('receipt', body, volunteer, tenant);
}

function open(home: string, identity: Identity): Promise<Ledger> {
  return openLedger({ home, network: BENCH_NETWORK }, { identity, clock: systemClock, log: silentLog });
}

/** From nothing in memory to a ledger that can commit. */
async function timeOpen(home: string, identity: Identity): Promise<number> {
  const startMs = performance.now();
  const ledger = await open(home, identity);
  const ms = performance.now() - startMs;
  await ledger.close();
  return ms;
}

async function proofRows(
  name: string,
  ledger: Ledger,
  peer: string,
  asked: readonly string[],
): Promise<Row[]> {
  const sizes: number[] = [];
  const proveUs: number[] = [];
  const verifyUs: number[] = [];
  for (const counterparty of asked) {
    const startMs = performance.now();
    const proof = (await ledger.proofs.statement('volunteer', counterparty)) ?? new Uint8Array();
    const provenMs = performance.now();
    const { receipt } = openPairStatement(proof, { peer, side: 'volunteer', counterparty }, BENCH_NETWORK);
    const verifiedMs = performance.now();
    if (receipt === undefined) throw new Error('a pair of the ledger was proven absent');
    sizes.push(proof.length);
    proveUs.push((provenMs - startMs) * 1_000);
    verifyUs.push((verifiedMs - provenMs) * 1_000);
  }
  const n = asked.length;
  return [
    { case: name, metric: 'proofBytes', value: median(sizes), unit: 'B', n },
    { case: name, metric: 'proofBytesWorst', value: Math.max(...sizes), unit: 'B', n },
    { case: name, metric: 'proveUs', value: round(median(proveUs)), unit: 'us', n },
    { case: name, metric: 'verifyUs', value: round(median(verifyUs)), unit: 'us', n },
  ];
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
