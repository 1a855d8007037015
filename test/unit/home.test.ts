import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { announceApi, createHome, openHome, readApiAddress } from '../../src/home.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { temporaryHome } from '../support/ledgers.ts';

describe('a home folder', () => {
  it('comes back with the key and the settings it was made with, readable by its owner alone', async () => {
    const home = await temporaryHome();
    const { peer } = await createHome(home, { network: 'demo', api: { port: 0 } });
    const opened = await openHome(home);
    expect(opened.identity.peer).toBe(peer);
    expect(opened.config).toMatchObject({ network: 'demo', api: { port: 0, host: '127.0.0.1' } });
    for (const file of ['key', 'token', 'metrics-token', 'config.json']) {
      expect((await stat(join(home, file))).mode & 0o077).toBe(0);
    }
  });

  it('is never made twice: the key in it stays', async () => {
    const home = await temporaryHome();
    await createHome(home, {});
    const key = await readFile(join(home, 'key'), 'utf8');
    expect(await createHome(home, {}).catch(codeOf)).toBe('HOME_EXISTS');
    expect(await readFile(join(home, 'key'), 'utf8')).toBe(key);
  });

  it('says where the API answers in a file that a reader always sees as a whole', async () => {
    const home = await temporaryHome();
    await announceApi(home, 'http://127.0.0.1:1');
    let isOver = false;
    const announcing = (async () => {
      for (let i = 0; i < 300; i += 1) await announceApi(home, `http://127.0.0.1:${i}`);
      isOver = true;
    })();
    let reads = 0;
    for (; !isOver; reads += 1) expect((await readApiAddress(home)).url).toMatch(/^http/);
    await announcing;
    expect(reads).toBeGreaterThan(100);
  });

  it.each([
    ['key', 'short', 'KEY_INVALID'],
    ['token', '', 'CONFIG_INVALID'],
    ['metrics-token', '', 'CONFIG_INVALID'],
    ['config.json', '{', 'CONFIG_INVALID'],
    ['config.json', '{"colour": 1}', 'CONFIG_INVALID'],
  ])('with a broken %s (%j) is refused', async (file, text, code) => {
    const home = await temporaryHome();
    await createHome(home, {});
    await writeFile(join(home, file), text);
    expect(await openHome(home).catch(codeOf)).toBe(code);
  });

  it('that is none is said to be none', async () => {
    expect(await openHome(await temporaryHome()).catch(codeOf)).toBe('HOME_ABSENT');
  });
});

describe('settings', () => {
  it('have a default each', () => {
    expect(parseConfig({})).toMatchObject({
      network: 'main',
      engine: { use: 'auto' },
      lease: { firstEpochMs: 10_000 },
    });
  });

  it.each([
    { network: 'Not A Name' },
    { api: { port: 70_000 } },
    { lease: { firstEpochMs: 10 } },
    { lease: { firstEpochMs: 9_000, maxEpochMs: 2_000 } },
    { logLevel: 'loud' },
    { unknown: true },
    [],
  ])('out of bounds are refused: %j', (settings) => {
    expect(() => parseConfig(settings)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
