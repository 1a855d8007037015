// A ledger of many pairs, and what proofs of them cost. The proofs are made by the product from disk, each of another
// pair, and checked in a process that has met none of the keys. Pairs that are asked for have keys and a receipt that both
// signed; those between them, which nothing reads, have random bytes in the place of keys and signatures, or a million
// would take half an hour to sign. The lease is one for all.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Chain } from '../../src/ledger/chain.ts';
import { HEAD_FILE, LEDGER_FOLDER, type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { openDatabase } from '../../src/ledger/level-database.ts';
import { indexWrites, leafOf } from '../../src/ledger/pair-index.ts';
import { COMMIT_MAX_RECORDS } from '../../src/ledger/parameters.ts';
import { draftReceipt } from '../../src/ledger/receipt-rules.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { encode } from '../../src/records/codec.ts';
import { assemble, type SignedRecord, signRecord, stateBody } from '../../src/records/envelope.ts';
import { createIdentity, type Identity, peerOf } from '../../src/records/identity.ts';
import type { Leaf } from '../../src/records/pair-map.ts';
import type { BenchOptions } from '../bench.ts';
import { BENCH_NETWORK, totalsAfter } from './co-signers.ts';
import { median } from './figures.ts';
import { compared, type Row, round } from './report.ts';

const CHECKER = fileURLToPath(new URL('./proof-checker.ts', import.meta.url));
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

/**
 * Commits a receipt of each pair, as many under a header as co-signing puts there, and the map of all with the last header:
 * its rows are those that single commits leave. Answers with pairs spread over all.
 */
async function fill(home: string, identity: Identity, pairs: number): Promise<string[]> {
  const database = await openDatabase(join(home, LEDGER_FOLDER));
  const chain = new Chain({
    ...{ database, headFile: join(home, HEAD_FILE), identity, network: BENCH_NETWORK, clock: systemClock },
  });
  await chain.open();
  const lease = randomBytes(32);
  const every = Math.max(1, Math.floor(pairs / PROOFS));
  const asked: string[] = [];
  const leaves: Leaf[] = [];
  for (let from = 0; from < pairs; from += COMMIT_MAX_RECORDS) {
    const batch = Array.from({ length: Math.min(COMMIT_MAX_RECORDS, pairs - from) }, (_, index) =>
      receiptOf(identity, lease, (from + index) % every === 0),
    );
    const writes = batch.flatMap((receipt) => indexWrites(receipt, identity.peer));
    await chain.commit(batch, writes);
    leaves.push(...batch.map((receipt) => leafOf(receipt, identity.peer)));
    for (const [index, { body }] of batch.entries())
      if ((from + index) % every === 0) asked.push(peerOf(body.tenant));
  }
  await chain.commit([], [], leaves);
  await chain.close();
  await database.close();
  return asked.slice(0, PROOFS);
}

/** A pair's first receipt; where nobody will ask for it, with a random key and random signatures of the same length. */
function receiptOf(volunteer: Identity, lease: Uint8Array, isAsked: boolean): SignedRecord<'receipt'> {
  const tenant = isAsked ? createIdentity() : { publicKey: new Uint8Array(randomBytes(32)) };
  const context = { network: BENCH_NETWORK, salt: randomBytes(16), nowMs: Date.now() };
  const names = { volunteer: volunteer.publicKey, tenant: tenant.publicKey };
  const body = draftReceipt(undefined, [totalsAfter(lease, 1)], () => undefined, { ...context, ...names });
  if ('sign' in tenant) return signRecord('receipt', body, volunteer, tenant);
  const noise = [0, 1].map(() => new Uint8Array(randomBytes(64)));
  return assemble(stateBody('receipt', body), noise) as SignedRecord<'receipt'>;
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
  const proofs: { counterparty: string; proof: Uint8Array }[] = [];
  const proveUs: number[] = [];
  for (const counterparty of asked) {
    const startMs = performance.now();
    const proof = (await ledger.proofs.statement('volunteer', counterparty)) ?? new Uint8Array();
    proveUs.push((performance.now() - startMs) * 1_000);
    proofs.push({ counterparty, proof });
  }
  const { newUs, knownUs, aloneUs } = await checked(peer, proofs);
  const sizes = proofs.map(({ proof }) => proof.length);
  const n = asked.length;
  const known = { case: name, metric: 'verifyUs', value: round(knownUs), unit: 'us', n };
  return [
    { case: name, metric: 'proofBytes', value: median(sizes), unit: 'B', n },
    { case: name, metric: 'proofBytesWorst', value: Math.max(...sizes), unit: 'B', n },
    { case: name, metric: 'proveUs', value: round(median(proveUs)), unit: 'us', n },
    compared(known, 'its three signatures alone', aloneUs),
    { case: name, metric: 'verifyNewKeyUs', value: round(newUs), unit: 'us', n },
  ];
}

/** Median microseconds for a proof, checked in a process of its own. */
async function checked(
  peer: string,
  proofs: readonly { counterparty: string; proof: Uint8Array }[],
): Promise<{ newUs: number; knownUs: number; aloneUs: number }> {
  const child = spawn(process.execPath, [CHECKER], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(encode({ peer, proofs }));
  return JSON.parse(await text(child.stdout));
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
