// What co-signing could reach at best on one core: signatures, verifications and synced bytes at the rates that this
// machine has for them alone, measured right before and right after what they are compared with.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { type Signer, verify } from '../../src/records/ed25519.ts';
import { createIdentity } from '../../src/records/identity.ts';

/** What one receipt costs a side. */
export interface Side {
  readonly name: string;
  readonly signatures: number;
  readonly verifications: number;
  readonly syncedBytes: number;
}

/** The ceiling of the busier side. */
export interface Ceiling {
  readonly side: string;
  readonly perSecond: number;
}

/** Milliseconds for a signature, a verification, and a byte in a synced batch of a hundred values of 400 bytes. */
export interface Rates {
  readonly signMs: number;
  readonly verifyMs: number;
  readonly byteMs: number;
}

/** What is done in a round, one kind after the other, so that all three meet the same machine. */
const ROUND = { signatures: 200, verifications: 100, batches: 10 };
const BATCH_PUTS = 100;
const VALUE_BYTES = 400;

/** The ceiling at the mean of these rates. */
export function ceilingOf(sides: readonly Side[], rates: readonly Rates[]): Ceiling {
  const mean = (name: keyof Rates) => rates.reduce((sum, each) => sum + each[name], 0) / rates.length;
  const costs = sides.map(({ name, signatures, verifications, syncedBytes }) => ({
    side: name,
    ms: signatures * mean('signMs') + verifications * mean('verifyMs') + syncedBytes * mean('byteMs'),
  }));
  const busier = costs.reduce((a, b) => (b.ms > a.ms ? b : a));
  return { side: busier.side, perSecond: 1_000 / busier.ms };
}

/** Measures the rates in rounds until `ms` are over; a round to warm up does not count. */
export async function measureRates(ms: number): Promise<Rates> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
  try {
    await level.open();
    const signer = createIdentity();
    await measureRound(level, signer);
    const rounds: Rates[] = [];
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs) rounds.push(await measureRound(level, signer));
    const mean = (name: keyof Rates) => rounds.reduce((sum, each) => sum + each[name], 0) / rounds.length;
    return { signMs: mean('signMs'), verifyMs: mean('verifyMs'), byteMs: mean('byteMs') };
  } finally {
    await level.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureRound(level: Level<string, Uint8Array>, signer: Signer): Promise<Rates> {
  const message = randomBytes(512);
  const signature = signer.sign(message);
  return {
    signMs: await msEach(ROUND.signatures, () => signer.sign(message)),
    verifyMs: await msEach(ROUND.verifications, () => verify(signer.publicKey, message, signature)),
    byteMs: (await msEach(ROUND.batches, () => putBatch(level))) / (BATCH_PUTS * VALUE_BYTES),
  };
}

async function msEach(times: number, run: () => unknown): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < times; i += 1) {
    const running = run();
    if (running instanceof Promise) await running;
  }
  return (performance.now() - startMs) / times;
}

async function putBatch(level: Level<string, Uint8Array>): Promise<void> {
  const value = randomBytes(VALUE_BYTES);
  const batch = randomBytes(8).toString('hex');
  const puts = Array.from(
    { length: BATCH_PUTS },
    (_, i) => ({ type: 'put', key: `${batch}/${i}`, value }) as const,
  );
  await level.batch(puts, { sync: true });
}
