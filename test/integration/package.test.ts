// What `npx` makes of this package: it goes by the package's own name, and in a clone nothing is fetched.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT, readCommands } from '../support/doc-commands.ts';
import { temporaryHome } from '../support/ledgers.ts';

/** Where no registry answers, so that whatever is asked of one fails. */
const NO_REGISTRY = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };

/** Runs npx in a folder; what it says, and its exit code. */
async function npx(folder: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, ...NO_REGISTRY, npm_config_cache: await temporaryHome() };
  return new Promise((resolve) => {
    execFile('npx', ['--yes', ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });
}

/** A clone in which nobody has installed anything. */
async function bareClone(): Promise<string> {
  const clone = await temporaryHome();
  for (const path of ['package.json', 'package-lock.json', 'bin', 'tools/node/package.json'])
    await cp(join(PROJECT, path), join(clone, path), { recursive: true });
  await mkdir(join(clone, 'docs'));
  return clone;
}

describe('the command', () => {
  it('has the name of the package and one of its own, which are the same program', async () => {
    for (const file of ['package.json', 'package-lock.json']) {
      const read = JSON.parse(await readFile(join(PROJECT, file), 'utf8'));
      const { bin } = file === 'package.json' ? read : read.packages[''];
      expect(bin, file).toEqual({ tally: 'bin/tally.js', tallymesh: 'bin/tally.js' });
    }
  });

  it('is typed by the name of the package in every guide: another would be somebody else’s', async () => {
    const typed = [...(await readCommands()).values()].flat().filter((line) => line.startsWith('npx '));
    expect(typed.length).toBeGreaterThan(20);
    expect(typed.filter((line) => !line.startsWith('npx tallymesh '))).toEqual([]);
  });

  it.each(['tallymesh', 'tally'])(
    'npx %s in a clone is the clone’s own, in its folders too',
    async (name) => {
      const clone = await bareClone();
      for (const folder of ['.', 'docs']) {
        const { code, said } = await npx(join(clone, folder), name, 'help');
        expect(said).toMatch(/run "npm ci" in it first/);
        expect(said).not.toMatch(/127\.0\.0\.1:9/);
        expect(code).toBe(1);
      }
      expect((await npx(await temporaryHome(), name, 'help')).said).toMatch(/127\.0\.0\.1:9/);
    },
  );
});
