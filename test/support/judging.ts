// A tenant that judges its leases and vouches, then kills itself the moment that it was told so: for tests of what a
// ledger holds after a crash.
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openReputation } from '../../src/reputation/open-reputation.ts';
import { NOBODY_CONVICTED } from './convictions.ts';
import { LENDING } from './credit.ts';
import { NETWORK, tenant, volunteer } from './records.ts';

const [, , home = '', code = ''] = process.argv;
const parts = { identity: tenant, network: NETWORK, clock: systemClock, log: silentLog };
const ledger = await openLedger({ home, network: NETWORK }, parts);
const { reputation, trust } = await openReputation({
  ...parts,
  ledger,
  convictions: NOBODY_CONVICTED,
  credit: LENDING,
  publish: async () => {},
  fetch: async () => ({ run: new Uint8Array(16), items: [], upTo: 0, more: 0 }),
  ask: {
    pairs: async () => ({ header: [], isAll: 1, tenant: new Uint8Array(), volunteer: new Uint8Array() }),
    receipts: async () => [],
    sample: async () => ({ header: [], states: [] }),
  },
  judgeHeader: async () => 'known',
});
for await (const lease of ledger.records('lease')) await reputation.judge(lease, code);
await trust.vouch(volunteer.peer);
process.kill(process.pid, 'SIGKILL');
