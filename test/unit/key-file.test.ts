import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createHome, openHome } from '../../src/home.ts';
import { openKey, sealKey } from '../../src/key-file.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { temporaryHome } from '../support/ledgers.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));
const PASSPHRASE = 'a long enough passphrase';
const SEALED = { seed: new Uint8Array(32).fill(9), settings: { network: 'here', mdns: false } };
const invalid = { code: 'KEY_BACKUP_INVALID' };

describe('a key file', () => {
  it('opens with its passphrase, however its letters are composed, and with no other', async () => {
    const text = await sealKey(SEALED, 'caf\u00e9 cr\u00e8me');
    expect(await openKey(text, 'cafe\u0301 cre\u0300me')).toEqual(SEALED);
    await expect(openKey(text, 'cafe creme')).rejects.toMatchObject(invalid);
    expect(text).not.toContain(Buffer.from(SEALED.seed).toString('base64').slice(0, 20));
    expect(JSON.parse(text).peer).toBe(createIdentity(SEALED.seed).peer);
  });

  it('is refused with any part changed, and when it asks for too much', async () => {
    const file = JSON.parse(await sealKey(SEALED, PASSPHRASE));
    const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    const changed = [
      { ...file, peer: createIdentity().peer },
      { ...file, nonce: flipped(file.nonce) },
      { ...file, sealed: flipped(file.sealed) },
      { ...file, scrypt: { ...file.scrypt, salt: flipped(file.scrypt.salt) } },
      { ...file, scrypt: { ...file.scrypt, N: file.scrypt.N / 2 } },
      { ...file, scrypt: { ...file.scrypt, N: 2 ** 24 } },
      { ...file, scrypt: { ...file.scrypt, N: 100_000 } },
      { ...file, scrypt: { ...file.scrypt, p: 0 } },
      { ...file, format: 'tallymesh-key/2' },
      { ...file, sealed: 'AAAA' },
      {},
    ];
    for (const each of changed)
      await expect(openKey(JSON.stringify(each), PASSPHRASE)).rejects.toMatchObject(invalid);
    for (const text of ['', 'null', '[]', 'not JSON'])
      await expect(openKey(text, PASSPHRASE)).rejects.toMatchObject(invalid);
    await expect(sealKey(SEALED, 'short')).rejects.toMatchObject(invalid);
  });

  it('makes a home of an empty folder on the command line, and overwrites neither a home nor a file', async () => {
    const home = await temporaryHome();
    await rm(home, { recursive: true });
    const { peer } = await createHome(home, SEALED.settings);
    const file = join(await temporaryHome(), 'key.json');
    const tally = (...args: string[]) =>
      promisify(execFile)(process.execPath, [TALLY, '--json', ...args], {
        env: { ...process.env, TALLY_PASSPHRASE: PASSPHRASE },
      });
    const code = (run: Promise<unknown>) =>
      run.then(
        () => 'none',
        ({ stderr, stdout }) => `${stdout}${stderr}`,
      );
    await tally('--home', home, 'key', 'backup', file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await code(tally('--home', home, 'key', 'backup', file))).toContain('KEY_BACKUP_INVALID');
    expect(await code(tally('--home', home, 'key', 'restore', file))).toContain('HOME_EXISTS');

    const other = join(await temporaryHome(), 'new');
    await tally('--home', other, 'key', 'restore', file);
    const restored = await openHome(other);
    expect(restored.identity.peer).toBe(peer);
    expect(restored.config).toMatchObject(SEALED.settings);
    expect(JSON.parse((await tally('--home', other, 'key', 'show')).stdout)).toEqual({
      peer,
      network: 'here',
    });
    await writeFile(file, (await readFile(file, 'utf8')).slice(1));
    expect(await code(tally('--home', join(other, 'x'), 'key', 'restore', file))).toContain('not JSON');
  });
});
