// The volunteer's process of the bench `ledger`: a ledger in a folder of its own, which countersigns what comes over
// the wire. It gives each tenant that says its key the leases that it asks for.
import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Value } from '../../src/records/codec.ts';
import { createIdentity, peerOf } from '../../src/records/identity.ts';
import { BENCH_NETWORK, signLease } from './co-signers.ts';
import { Wire } from './wire.ts';

const [, , home = '', socketPath = ''] = process.argv;
const identity = createIdentity(randomBytes(32));
const ledger = await openLedger(
  { home, network: BENCH_NETWORK },
  { identity, clock: systemClock, log: silentLog },
);

const bytesOf = (value: Value | undefined) => (value instanceof Uint8Array ? value : new Uint8Array());

const answers: Readonly<
  Record<string, (question: { readonly [key: string]: Value }) => Promise<{ [key: string]: Value }>>
> = {
  hello: async () => ({ key: identity.publicKey }),
  async lease({ tenant, count }) {
    const leases = Array.from({ length: Number(count) }, () => signLease(identity, bytesOf(tenant)));
    await ledger.commit(leases);
    return { leases: leases.map(({ bytes }) => bytes) };
  },
  async sign({ tenant, body, signature }) {
    const receipt = await ledger.coSigning.countersign(
      peerOf(bytesOf(tenant)),
      bytesOf(body),
      bytesOf(signature),
    );
    return { signature: receipt.signatures[0] ?? new Uint8Array() };
  },
  async close() {
    await ledger.close();
    return {};
  },
};

const socket = createConnection(socketPath);
const wire = new Wire(socket, async (question) => {
  const answer = answers[String(question.what)];
  return answer === undefined ? {} : answer(question);
});
socket.on('close', () => process.exit());
await wire.ask({ what: 'ready' });
