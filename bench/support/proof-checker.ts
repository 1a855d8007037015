// A process that has met none of the keys of the proofs it is given: it checks each twice, and says how long it took when
// the keys were new, when they were not, and what the signatures of a proof take alone.

import { decode } from '../../src/records/codec.ts';
import { verify } from '../../src/records/ed25519.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { openPairStatement } from '../../src/records/pair-statement.ts';
import { bytes, fields, list, text } from '../../src/records/shape.ts';
import { BENCH_NETWORK } from './co-signers.ts';
import { median } from './figures.ts';

const QUESTION = fields({
  peer: text(128, /^.+$/),
  proofs: list(fields({ counterparty: text(128, /^.+$/), proof: bytes(1, 65_536) }), 65_536),
});
/** Signatures in a proof: the header's, and two of the receipt. */
const SIGNATURES = 3;

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const { peer, proofs } = QUESTION(decode(Buffer.concat(chunks)), 'question');

const pass = () =>
  proofs.map(({ counterparty, proof }) => {
    const startMs = performance.now();
    openPairStatement(proof, { peer, side: 'volunteer', counterparty }, BENCH_NETWORK);
    return (performance.now() - startMs) * 1_000;
  });

function signaturesUs(): number[] {
  const signer = createIdentity();
  const message = new Uint8Array(400);
  const signature = signer.sign(message);
  return proofs.map(() => {
    const startMs = performance.now();
    for (let i = 0; i < SIGNATURES; i += 1) verify(signer.publicKey, message, signature);
    return (performance.now() - startMs) * 1_000;
  });
}

const [newUs, knownUs, aloneUs] = [pass(), pass(), signaturesUs()].map(median);
process.stdout.write(JSON.stringify({ newUs, knownUs, aloneUs }));
