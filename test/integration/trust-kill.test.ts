// kill -9 right after a word was given: it is there, once, and the ledger is whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { openPair, openTestLedger } from '../support/ledgers.ts';
import { NETWORK, tenant, volunteer } from '../support/records.ts';

const CHILD = fileURLToPath(new URL('../support/judging.ts', import.meta.url));

async function judgeAndDie(home: string, code: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, home, code], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

it('an outcome and a vouch survive the process that gave them, and a lease is judged once over all processes', async () => {
  const pair = await openPair();
  await pair.tenant.close();
  await judgeAndDie(pair.homes.tenant, 'INSTANCE_LOST');
  await judgeAndDie(pair.homes.tenant, '');
  expect(await verifyLedger(pair.homes.tenant, NETWORK)).toMatchObject({ ok: true, problems: [] });
  const ledger = await openTestLedger(pair.homes.tenant, tenant);
  const words: unknown[] = [];
  for await (const { body } of ledger.records('outcome')) words.push(body.leases);
  expect(words).toEqual([[{ lease: pair.lease.id, code: 'INSTANCE_LOST' }]]);
  const subjects: unknown[] = [];
  for await (const { body } of ledger.records('vouch')) subjects.push(body.subject);
  expect(subjects).toEqual([volunteer.publicKey, volunteer.publicKey]);
});
