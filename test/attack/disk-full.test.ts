// A ledger on a disk of a few megabytes that runs full: what was promised is there, what cannot be kept is not signed, and
// it goes on by itself when there is room.
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { showId } from '../../src/records/id.ts';
import { coSign, openTestLedger, type PairOfLedgers, temporaryHome, totals } from '../support/ledgers.ts';
import { example, NETWORK, tenant, volunteer } from '../support/records.ts';

const run = promisify(execFile);
const DISK = '40m';
const codeFor = (promise: Promise<unknown>) => promise.then(() => 'none', codeOf);

/** A small disk in memory; undefined where the machine lets nobody mount one. */
async function smallDisk(): Promise<string | undefined> {
  const point = await temporaryHome();
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', point]);
  } catch {
    return undefined;
  }
  onTestFinished(() => run('umount', ['-l', point]).then(() => {}));
  return point;
}

/** Takes all that is free. */
async function fill(disk: string): Promise<string> {
  const file = join(disk, 'fill');
  for (let chunk = 0; chunk < 100; chunk += 1) {
    try {
      await writeFile(file, new Uint8Array(2 ** 20), { flag: 'a' });
    } catch {
      return file;
    }
  }
  throw new Error('the disk is larger than it should be');
}

/** Commits until the disk refuses one; answers with how many it took. */
async function untilFull(ledger: Ledger): Promise<string[]> {
  const kept: string[] = [];
  for (;;) {
    const record = example('lease');
    const code = await codeFor(ledger.commit([record]));
    if (code !== 'none') {
      expect(code).toBe('LEDGER_DISK_FULL');
      return kept;
    }
    kept.push(showId(record.id));
  }
}

describe('a disk that runs full', () => {
  let disk: string | undefined;
  beforeEach(async () => {
    disk = await smallDisk();
  });

  it('refuses what it cannot keep, shows what it has, and goes on when there is room', async ({ skip }) => {
    if (disk === undefined) return skip('this machine lets nobody mount a disk');
    const home = join(disk, 'home');
    const ledger = await openTestLedger(home, volunteer);
    await ledger.commit([example('lease')]);
    const filler = await fill(disk);
    const kept = await untilFull(ledger);
    for (const commit of [ledger.commit([example('lease')]), ledger.commit([example('bid')])])
      expect(await codeFor(commit)).toBe('LEDGER_DISK_FULL');
    expect(await ledger.headers(1, 1)).toHaveLength(1);

    await rm(filler);
    const after = [example('lease'), example('lease')];
    await Promise.all(after.map((record) => ledger.commit([record])));
    kept.push(...after.map(({ id }) => showId(id)));
    await ledger.close();
    expect(await verifyLedger(home, NETWORK)).toMatchObject({ ok: true, problems: [] });
    const again = await openTestLedger(home, volunteer);
    for (const id of kept) expect(await stored(again, id), id).toBe(true);
  });

  it('countersigns nothing meanwhile, and the pair goes on from where it was', async ({ skip }) => {
    if (disk === undefined) return skip('this machine lets nobody mount a disk');
    const pair = await pairOn(disk);
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const filler = await fill(disk);
    await untilFull(pair.volunteer);
    const draft = await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 2, 200)]);
    const countersign = () =>
      pair.volunteer.coSigning.countersign(tenant.peer, draft!.bodyBytes, draft!.tenantSignature);
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect(await codeFor(countersign())).toBe('LEDGER_DISK_FULL');
    expect((await pair.volunteer.latestReceipt('volunteer', tenant.peer))?.body.pairSeq).toBe(1);

    await rm(filler);
    const { signatures } = await countersign();
    await pair.tenant.coSigning.complete(volunteer.peer, draft!, signatures[0]!);
    await coSign(pair, totals(pair.lease.id, 3, 300));
    for (const side of ['tenant', 'volunteer'] as const) {
      await pair[side].close();
      const report = await verifyLedger(pair.homes[side], NETWORK);
      expect(report).toMatchObject({ ok: true, problems: [], receipts: 3 });
    }
  });
});

async function stored(ledger: Ledger, id: string): Promise<boolean> {
  for await (const record of ledger.records('lease')) if (showId(record.id) === id) return true;
  return false;
}

/** A pair whose volunteer's home lies on the disk. */
async function pairOn(disk: string): Promise<PairOfLedgers> {
  const homes = { volunteer: join(disk, 'home'), tenant: await temporaryHome() };
  const lease = example('lease');
  const ledgers = {
    volunteer: await openTestLedger(homes.volunteer, volunteer),
    tenant: await openTestLedger(homes.tenant, tenant),
  };
  await Promise.all([ledgers.volunteer.commit([lease]), ledgers.tenant.commit([lease])]);
  return { homes, ...ledgers, lease };
}
