import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeCovers, encodeCovers } from '../../src/ledger/covers.ts';
import { seal, unseal } from '../../src/ledger/database.ts';
import { PREFIX } from '../../src/ledger/keys.ts';
import { type Level, openLevel } from '../../src/ledger/level-database.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { signRecord } from '../../src/records/envelope.ts';
import { coSign, openPair, temporaryHome, totals } from '../support/ledgers.ts';
import { BODIES, example, NETWORK, volunteer } from '../support/records.ts';

/** The home of a volunteer that is stopped after so many receipts. */
async function stoppedHome(receipts = 3): Promise<string> {
  const pair = await openPair();
  for (let i = 1; i <= receipts; i += 1) await coSign(pair, totals(pair.lease.id, i, i * 100));
  await pair.volunteer.close();
  await pair.tenant.close();
  return pair.homes.volunteer;
}

async function changeLevel(home: string, change: (level: Level) => Promise<void>): Promise<void> {
  const level = await openLevel(join(home, 'db'), false);
  await change(level);
  await level.close();
}

async function keysOf(home: string): Promise<string[]> {
  const keys: string[] = [];
  await changeLevel(home, async (level) => {
    for await (const key of level.keys()) keys.push(key);
  });
  return keys;
}

/** The tenant's word on one lease. */
const word = (lease: Uint8Array, code: string) => example('outcome', { leases: [{ lease, code }] });

const codes = async (home: string) => (await verifyLedger(home, NETWORK)).problems.map(({ code }) => code);

describe('ledger verification', () => {
  it('finds nothing wrong with an honest ledger, and changes no file of it', async () => {
    const home = await stoppedHome();
    const before = await readdir(join(home, 'db'));
    const report = await verifyLedger(home, NETWORK);
    expect(report).toMatchObject({ ok: true, headers: 4, records: 5, receipts: 3, problems: [] });
    expect(await readdir(join(home, 'db'))).toEqual(before);
  });

  it('names the key of every value whose bytes were changed, one by one', async () => {
    const home = await stoppedHome();
    const checked = (await keysOf(home)).filter((key) => !key.startsWith(PREFIX.draft));
    for (const key of checked) {
      const copy = await temporaryHome();
      await cp(home, copy, { recursive: true });
      await changeLevel(copy, async (level) => {
        const stored = new Uint8Array((await level.get(key))!);
        stored[stored.length - 3]! ^= 4;
        await level.put(key, stored);
      });
      const { ok, problems } = await verifyLedger(copy, NETWORK);
      expect({ ok, key: problems[0]?.key, code: problems[0]?.code }).toEqual({
        ok: false,
        key,
        code: 'LEDGER_VALUE_DAMAGED',
      });
    }
    expect(checked.length).toBeGreaterThan(10);
  });

  it('finds a change even where the checksum was made to fit', async () => {
    const home = await stoppedHome();
    const key = (await keysOf(home)).find((each) => each.startsWith(`${PREFIX.record}receipt/`))!;
    await changeLevel(home, async (level) => {
      const value = unseal(key, (await level.get(key))!);
      value[value.length - 1]! ^= 1;
      await level.put(key, seal(key, value));
    });
    const { problems } = await verifyLedger(home, NETWORK);
    expect(problems[0]).toMatchObject({ code: 'LEDGER_RECORD_INVALID', key });
  });

  it.each(['r/receipt/', 'r/lease/', 'h/', 'p/', 'l/'])('finds each missing key of %s', async (prefix) => {
    const home = await stoppedHome();
    const expected = { 'r/': 'LEDGER_RECORD_MISSING', 'h/': 'LEDGER_HEADER_MISSING' }[prefix.slice(0, 2)];
    for (const key of (await keysOf(home)).filter((each) => each.startsWith(prefix))) {
      const copy = await temporaryHome();
      await cp(home, copy, { recursive: true });
      await changeLevel(copy, (level) => level.del(key));
      const { problems } = await verifyLedger(copy, NETWORK);
      const tail = key.startsWith('h/') && key.endsWith('4') ? 'LEDGER_TAIL_LOST' : undefined;
      expect(problems.find((each) => each.key === key)?.code).toBe(
        tail ?? expected ?? 'LEDGER_INDEX_MISMATCH',
      );
    }
  });

  it('finds a lost tail by the head file, with the seq', async () => {
    const pair = await openPair();
    await pair.volunteer.close();
    const copy = await temporaryHome();
    await cp(join(pair.homes.volunteer, 'db'), join(copy, 'db'), { recursive: true });
    const { openTestLedger } = await import('../support/ledgers.ts');
    const again = { ...pair, volunteer: await openTestLedger(pair.homes.volunteer, volunteer) };
    await coSign(again, totals(pair.lease.id, 1, 100));
    await again.volunteer.close();
    await cp(join(pair.homes.volunteer, 'head'), join(copy, 'head'));
    const { problems } = await verifyLedger(copy, NETWORK);
    expect(problems).toMatchObject([{ code: 'LEDGER_TAIL_LOST', seq: 2 }]);
    await expect(openTestLedger(copy, volunteer)).rejects.toMatchObject({ code: 'LEDGER_TAIL_LOST' });
  });

  it('finds any one bit flipped in the files that hold records', async () => {
    const home = await stoppedHome();
    const files = (await readdir(join(home, 'db'))).filter((name) => /\.(log|ldb)$/.test(name));
    let flips = 0;
    for (const file of files) {
      const bytes = await readFile(join(home, 'db', file));
      for (let at = 11; at < bytes.length; at += Math.ceil(bytes.length / 24)) {
        const copy = await temporaryHome();
        await cp(home, copy, { recursive: true });
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << (at % 8);
        await writeFile(join(copy, 'db', file), changed);
        const { ok, problems } = await verifyLedger(copy, NETWORK);
        expect({ file, at, ok }).toEqual({ file, at, ok: false });
        expect(problems.some(({ key, seq }) => key !== undefined || seq !== undefined)).toBe(true);
        flips += 1;
      }
    }
    expect(flips).toBeGreaterThan(20);
  });

  it('finds a record that no header covers, a list that does not fit its root, and a key of no part', async () => {
    const home = await stoppedHome();
    const extra = example('bid');
    const { showId } = await import('../../src/records/id.ts');
    const covers = (await keysOf(home)).find((key) => key.startsWith('c/'))!;
    await changeLevel(home, async (level) => {
      const key = `r/bid/${showId(extra.id)}`;
      await level.put(key, seal(key, extra.bytes));
      await level.put('zz', seal('zz', new Uint8Array(3)));
      const covered = decodeCovers(unseal(covers, (await level.get(covers))!));
      await level.put(covers, seal(covers, encodeCovers(covered.slice(1))));
    });
    const found = await codes(home);
    for (const code of ['LEDGER_RECORD_UNCOVERED', 'LEDGER_ROOT_MISMATCH', 'LEDGER_KEY_UNKNOWN'])
      expect(found).toContain(code);
  });

  it('finds a head file that is missing, damaged, or of another chain', async () => {
    const home = await stoppedHome();
    const head = await readFile(join(home, 'head'));
    await rm(join(home, 'head'));
    expect(await codes(home)).toEqual(['LEDGER_HEAD_MISSING']);
    const damaged = Buffer.from(head);
    for (const slot of [0, 1]) damaged[slot * 1_024 + 40]! ^= 1;
    await writeFile(join(home, 'head'), damaged);
    expect(await codes(home)).toContain('LEDGER_HEAD_INVALID');
    const torn = Buffer.from(head);
    torn[40]! ^= 1;
    await writeFile(join(home, 'head'), torn);
    expect(await codes(home)).toEqual([]);
    const other = await stoppedHome();
    await cp(join(other, 'head'), join(home, 'head'));
    expect(await codes(home)).toContain('LEDGER_HEAD_INVALID');
  });

  it('finds nothing wrong with words of this peer on its own leases', async () => {
    const pair = await openPair();
    await pair.tenant.commit([word(pair.lease.id, 'INSTANCE_LOST'), example('vouch')]);
    await pair.tenant.close();
    const report = await verifyLedger(pair.homes.tenant, NETWORK);
    expect(report).toMatchObject({ ok: true, records: 4, problems: [] });
  });

  it('finds outcomes of leases that are not stored, not between the two, or named before', async () => {
    const pair = await openPair();
    const foreign = signRecord('lease', { ...BODIES.lease(), tenant: volunteer.publicKey }, volunteer);
    await pair.tenant.commit([foreign]);
    const fine = word(pair.lease.id, '');
    const wrong = [word(pair.lease.id, 'INSTANCE_LOST'), word(foreign.id, ''), word(new Uint8Array(32), '')];
    await pair.tenant.commit([fine, ...wrong]);
    await pair.tenant.close();
    const { problems } = await verifyLedger(pair.homes.tenant, NETWORK);
    expect(problems.map(({ code }) => code)).toEqual(wrong.map(() => 'LEDGER_OUTCOME_LEASE'));
  });

  it('finds words that another peer signed', async () => {
    const pair = await openPair();
    await pair.volunteer.commit([word(pair.lease.id, ''), example('vouch')]);
    await pair.volunteer.close();
    const { problems } = await verifyLedger(pair.homes.volunteer, NETWORK);
    expect(problems.map(({ code }) => code)).toEqual(['LEDGER_RECORD_INVALID', 'LEDGER_RECORD_INVALID']);
  });

  it('refuses a folder without a ledger, and one that a running process holds', async () => {
    expect(await verifyLedger(await temporaryHome(), NETWORK).catch(codeOf)).toBe('LEDGER_ABSENT');
    const home = await stoppedHome();
    const holder = fileURLToPath(new URL('../support/ledger-holder.ts', import.meta.url));
    const child = spawn(process.execPath, [holder, home], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const inUse = { code: 'LEDGER_IN_USE', details: { pid: child.pid } };
    await expect(verifyLedger(home, NETWORK)).rejects.toMatchObject(inUse);
    await expect(openLevel(join(home, 'db'), false)).rejects.toMatchObject(inUse);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await verifyLedger(home, NETWORK)).toMatchObject({ ok: true });
    expect((await readdir(home)).sort()).toEqual(['db', 'head']);
  });
});
