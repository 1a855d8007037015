// How tally starts: which Node and which code it runs, and where what Node compiles of it is kept.
import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../support/doc-commands.ts';
import { temporaryHome } from '../support/ledgers.ts';
import type { Said } from '../support/tally.ts';

const OTHER_USER = 65_534;

/** Lets a program believe that it runs on an older Node. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'version', { value: 'v20.20.2' })",
)}`;

/** A folder with what starts tally, and programs in place of its code that say where they are. */
async function installation({ sources = true } = {}): Promise<string> {
  const folder = await temporaryHome();
  for (const path of ['package.json', 'bin'])
    await cp(join(PROJECT, path), join(folder, path), { recursive: true });
  const code = (where: string) => `export const main = () => console.log(${JSON.stringify(where)});\n`;
  for (const path of [...(sources ? ['src/cli/main.ts'] : []), 'dist/cli/main.js']) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), code(path));
  }
  return folder;
}

/** Runs the tally of an installation with these variables instead of the test's own. */
function start(folder: string, env: NodeJS.ProcessEnv = { HOME: folder }, ...node: string[]): Promise<Said> {
  return new Promise((resolve) => {
    const bin = join(folder, 'bin/tally.js');
    execFile(process.execPath, [...node, bin, 'a', 'b'], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: (stdout + stderr).trim() });
    });
  });
}

/** Where a cache has the installations. */
const COMPILED = 'tallymesh/compiled';

/** The installations of a cache that keep compiled code, and how many files each has. */
async function kept(cache: string): Promise<Record<string, number>> {
  const folders = await readdir(join(cache, COMPILED)).catch(() => []);
  const counted = folders.map(async (name) => {
    const files = await readdir(join(cache, COMPILED, name), { recursive: true, withFileTypes: true });
    return [name, files.filter((file) => file.isFile()).length] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

describe('tally', () => {
  it('runs the sources of a clone, also after the clone was packed', async () => {
    expect(await start(await installation())).toEqual({ code: 0, said: 'src/cli/main.ts' });
    expect(await start(await installation({ sources: false }))).toEqual({
      code: 0,
      said: 'dist/cli/main.js',
    });
  });

  it('goes on with the Node of the project, its arguments and its exit code, where it was started by an older one', async () => {
    const folder = await installation();
    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
    await writeFile(join(folder, 'node_modules/.bin/node'), '#!/bin/sh\nshift; echo "newer $*"; exit 7\n', {
      mode: 0o755,
    });
    expect(await start(folder, { HOME: folder }, '--import', OLD_NODE)).toEqual({
      code: 7,
      said: 'newer a b',
    });
  });

  it.each([
    ['there is no other', async () => {}],
    ['that of the project is as old', (node: string) => symlink(process.execPath, node)],
    ['that of the project does not run', (node: string) => writeFile(node, '', { mode: 0o644 })],
  ])('says which Node it needs where %s', async (_, make) => {
    const folder = await installation();
    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
    await make(join(folder, 'node_modules/.bin/node'));
    const { code, said } = await start(folder, { HOME: folder }, '--import', OLD_NODE);
    expect(said).toMatch(
      /^tally needs Node 24 or newer, and this is v20\.20\.2; install it and try again\.$/,
    );
    expect(code).toBe(1);
  });
});

describe('what Node compiles of tally', () => {
  it('is kept for the next call, in a folder of this user alone', async () => {
    const [folder, home] = [await installation(), await temporaryHome()];
    await start(folder, { HOME: home });
    const [[name, files] = ['', 0], ...others] = Object.entries(await kept(join(home, '.cache')));
    expect(name).toMatch(/^\d+\.\d+\.\d+-v24\.\d+\.\d+-/);
    expect(files).toBeGreaterThan(0);
    expect(others).toEqual([]);
    for (const path of ['tallymesh', COMPILED, `${COMPILED}/${name}`])
      expect((await stat(join(home, '.cache', path))).mode & 0o777).toBe(0o700);
    await start(folder, { HOME: home });
    expect(await kept(join(home, '.cache'))).toEqual({ [name]: files });
  });

  it('is kept where XDG_CACHE_HOME says', async () => {
    const [folder, cache] = [await installation(), await temporaryHome()];
    await start(folder, { HOME: '/nowhere', XDG_CACHE_HOME: cache });
    expect(Object.keys(await kept(cache))).toHaveLength(1);
  });

  it('is kept for six installations, the newest ones', async () => {
    const cache = await temporaryHome();
    const names: string[] = [];
    for (let count = 0; count < 8; count += 1) {
      await start(await installation(), { XDG_CACHE_HOME: cache });
      const before = new Set(names);
      names.push(...Object.keys(await kept(cache)).filter((name) => !before.has(name)));
    }
    expect(names).toHaveLength(8);
    expect(Object.keys(await kept(cache)).toSorted()).toEqual(names.slice(-6).toSorted());
  });

  it('takes the place of nothing else', async () => {
    const [folder, cache] = [await installation(), await temporaryHome()];
    const others = Array.from({ length: 8 }, (_, i) => `${i}`);
    for (const path of ['tallymesh', COMPILED])
      for (const name of others) await mkdir(join(cache, path, name), { recursive: true, mode: 0o700 });
    await start(folder, { XDG_CACHE_HOME: cache });
    for (const path of ['tallymesh', COMPILED])
      expect(await readdir(join(cache, path))).toEqual(expect.arrayContaining(others));
    expect(Object.keys(await kept(cache))).toHaveLength(others.length + 1);
  });

  it.each<[string, (cache: string) => Promise<void>]>([
    ['others can write to the folder', (cache) => chmod(join(cache, 'tallymesh'), 0o777)],
    ['the folder leads elsewhere', (cache) => lead(cache)],
    ['the folder is a file', (cache) => replaceByFile(cache)],
  ])('is not kept where %s, and tally runs all the same', async (_, spoil) => {
    const [folder, cache] = [await installation(), await temporaryHome()];
    await mkdir(join(cache, 'tallymesh'), { mode: 0o700 });
    await spoil(cache);
    expect(await start(folder, { XDG_CACHE_HOME: cache })).toEqual({ code: 0, said: 'src/cli/main.ts' });
    expect(await kept(cache)).toEqual({});
  });

  // Only root can give a folder to another user.
  it.skipIf(process.getuid?.() !== 0).each(['', 'tallymesh', COMPILED])(
    'is not kept where the folder /%s of the cache is of another user',
    async (path) => {
      const [folder, cache] = [await installation(), await temporaryHome()];
      await mkdir(join(cache, COMPILED), { recursive: true, mode: 0o700 });
      await chown(join(cache, path), OTHER_USER, OTHER_USER);
      await start(folder, { XDG_CACHE_HOME: cache });
      expect(await kept(cache)).toEqual({});
    },
  );

  it('is not kept where there is no home', async () => {
    const said = await start(await installation(), { HOME: '/nowhere/at/all' });
    expect(said).toEqual({ code: 0, said: 'src/cli/main.ts' });
  });

  it.each([{ NODE_DISABLE_COMPILE_CACHE: '1' }, { NODE_COMPILE_CACHE: 'elsewhere' }])(
    'is kept as %o says of Node',
    async (variables) => {
      const [folder, cache] = [await installation(), await temporaryHome()];
      const { NODE_COMPILE_CACHE: elsewhere } = variables;
      const own = elsewhere === undefined ? {} : { NODE_COMPILE_CACHE: join(cache, elsewhere) };
      await start(folder, { ...variables, ...own, XDG_CACHE_HOME: cache });
      expect(await readdir(cache)).toEqual(elsewhere === undefined ? [] : [elsewhere]);
    },
  );
});

async function lead(cache: string): Promise<void> {
  await rmdir(join(cache, 'tallymesh'));
  await symlink(await temporaryHome(), join(cache, 'tallymesh'));
}

async function replaceByFile(cache: string): Promise<void> {
  await rmdir(join(cache, 'tallymesh'));
  await writeFile(join(cache, 'tallymesh'), '');
}
