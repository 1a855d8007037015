// One step of co-signing in a process of its own, which then kills itself (or waits to be killed): for tests of what
// a ledger holds after a crash.
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parseId } from '../../src/records/id.ts';
import { totals } from './ledgers.ts';
import { NETWORK, tenant, volunteer } from './records.ts';

const [, , step = '', home = '', ...args] = process.argv;
const identity = step === 'countersign' ? volunteer : tenant;
const ledger = await openLedger({ home, network: NETWORK }, { identity, clock: systemClock, log: silentLog });
const fromHex = (text = '') => new Uint8Array(Buffer.from(text, 'hex'));
process.stdout.write('ready\n');

if (step === 'draft') {
  const [lease = '', epochs, charged] = args;
  await ledger.coSigning.draft(volunteer.peer, [totals(parseId(lease), Number(epochs), Number(charged))]);
} else if (step === 'countersign') {
  await ledger.coSigning.countersign(tenant.peer, fromHex(args[0]), fromHex(args[1]));
} else if (step === 'complete') {
  const draft = await ledger.coSigning.pendingDraft(volunteer.peer);
  if (draft !== undefined) await ledger.coSigning.complete(volunteer.peer, draft, fromHex(args[0]));
}
process.kill(process.pid, 'SIGKILL');
