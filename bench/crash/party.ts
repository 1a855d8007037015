// One side of a pair in a process of its own: the product's ledger and co-signing, and a wire that its parent holds. It
// says every message only when the ledger says that what it promises is on disk.

import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { totalsAfter } from '../support/co-signers.ts';
import { CRASH_NETWORK, type Message, type Order, type Report, SEEDS, type SideName } from './words.ts';

const [, , side = 'tenant', home = ''] = process.argv as [string, string, SideName, string];
/** A draft that was not answered for so long is said again. */
const RESEND_MS = 15;

const identity = createIdentity(SEEDS[side]);
const other = createIdentity(SEEDS[side === 'tenant' ? 'volunteer' : 'tenant']).peer;
const ledger = await openLedger(
  { home, network: CRASH_NETWORK },
  { identity, clock: systemClock, log: silentLog },
);
const lease = await leaseOf(ledger);
/** Whether new epochs end. */
let isEarning = true;
let isStopping = false;
let paidAtMs = 0;

const report = (said: Report): void => {
  process.send?.(said);
};
const say = (message: Message): void => report({ what: 'message', message });

async function leaseOf({ records }: Ledger): Promise<Uint8Array> {
  for await (const { id } of records('lease')) return id;
  throw new Error(`no lease in ${home}`);
}

const last = async () => (await ledger.latestReceipt(side, other)) ?? undefined;
const greet = async (isAnswer: boolean) =>
  say({ what: 'known', isAnswer, known: await ledger.catchingUp.known(other, [lease]) });

/** Says the draft that waits, or one more epoch. */
async function pay(): Promise<void> {
  paidAtMs = performance.now();
  const epochs = ((await last())?.body.leases[0]?.epochs ?? 0) + 1;
  const draft = await ledger.coSigning.draft(other, isEarning ? [totalsAfter(lease, epochs)] : []);
  if (draft === undefined) return;
  say({ what: 'draft', id: showId(draft.id), body: draft.bodyBytes, signature: draft.tenantSignature });
}

const hears: { readonly [K in Message['what']]: (message: Extract<Message, { what: K }>) => Promise<void> } =
  {
    async draft({ body, signature }) {
      try {
        const { id, signatures } = await ledger.coSigning.countersign(other, body, signature);
        say({ what: 'signed', id: showId(id), signature: signatures[0] ?? new Uint8Array() });
      } catch (error) {
        say({ what: 'refused', code: codeOf(error) });
      }
    },
    async signed({ signature }) {
      const draft = await ledger.coSigning.pendingDraft(other);
      // A signature that was delayed is of an older draft, and is none of this one
      if (draft !== undefined)
        await ledger.coSigning.complete(other, draft, signature).catch(() => undefined);
      await pay();
    },
    refused: () => greet(false),
    async known({ known, isAnswer }) {
      await ledger.catchingUp.learn(other, known);
      if (!isAnswer) await greet(true);
    },
  };

const hear = async (message: Message) => hears[message.what](message as never);

process.on('message', (order: Order) => {
  if (order.what === 'hear') hear(order.message).catch(fail);
  if (order.what === 'settle') isEarning = false;
  if (order.what === 'state') void state().catch(fail);
  if (order.what === 'stop') void stop();
});

async function state(): Promise<void> {
  const receipt = await last();
  const draft = await ledger.coSigning.pendingDraft(other);
  report({
    what: 'state',
    last: receipt === undefined ? '' : showId(receipt.id),
    seq: receipt?.body.pairSeq ?? 0,
    isWaiting: draft !== undefined,
  });
}

async function stop(): Promise<void> {
  isStopping = true;
  await ledger.close();
  process.exit(0);
}

function fail(error: unknown): void {
  // What was under way when it was told to stop finds the ledger closed
  if (isStopping) return;
  report({ what: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

async function tellHeader(): Promise<void> {
  const seq = ledger.tip()?.seq;
  const [header] = seq === undefined ? [] : await ledger.headers(seq, 1);
  if (header !== undefined) report({ what: 'header', header });
}

// What a commit put on disk others may be shown
ledger.onCommit(() => void tellHeader().catch(fail));
report({ what: 'ready' });
await greet(false);
if (side === 'tenant')
  setInterval(() => {
    if (performance.now() > paidAtMs + RESEND_MS) void pay().catch(fail);
  }, RESEND_MS);
