// What co-signing could reach at best on one core: signatures, verifications and synced bytes at the rates that this
// machine has for them alone, measured now.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { verify } from '../../src/records/ed25519.ts';
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

const ROUNDS = 2_000;
const BATCHES = 100;
const BATCH_PUTS = 100;
const VALUE_BYTES = 400;

export async function ceilingOf(sides: readonly Side[]): Promise<Ceiling> {
  const { signMs, verifyMs, byteMs } = await rates();
  const costs = sides.map(({ name, signatures, verifications, syncedBytes }) => ({
    side: name,
    ms: signatures * signMs + verifications * verifyMs + syncedBytes * byteMs,
  }));
  const busier = costs.reduce((a, b) => (b.ms > a.ms ? b : a));
  return { side: busier.side, perSecond: 1_000 / busier.ms };
}

/** Milliseconds for a signature, a verification, and a byte in a synced batch of a hundred values of 400 bytes. */
async function rates(): Promise<{ signMs: number; verifyMs: number; byteMs: number }> {
  const signer = createIdentity();
  const message = randomBytes(512);
  const signature = signer.sign(message);
  const signMs = timeEach(ROUNDS, () => signer.sign(message));
  const verifyMs = timeEach(ROUNDS, () => verify(signer.publicKey, message, signature));
  return { signMs, verifyMs, byteMs: await batchByteMs() };
}

function timeEach(rounds: number, run: () => unknown): number {
  for (let i = 0; i < rounds / 10; i += 1) run();
  const startMs = performance.now();
  for (let i = 0; i < rounds; i += 1) run();
  return (performance.now() - startMs) / rounds;
}

async function batchByteMs(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
  const level = new ClassicLevel<string, Uint8Array>(folder, { valueEncoding: 'view' });
  try {
    await level.open();
    const value = randomBytes(VALUE_BYTES);
    const startMs = performance.now();
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const puts = Array.from(
        { length: BATCH_PUTS },
        (_, i) => ({ type: 'put', key: `${batch}/${i}`, value }) as const,
      );
      await level.batch(puts, { sync: true });
    }
    return (performance.now() - startMs) / (BATCHES * BATCH_PUTS * VALUE_BYTES);
  } finally {
    await level.close();
    await rm(folder, { recursive: true, force: true });
  }
}
