// tally init, as a person types it: what it writes down, and what it asks of whoever sits at a terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tally } from '../support/tally.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

const newHome = async () => join(await mkdtemp(join(tmpdir(), 'tally-init-')), 'home');
const settingsIn = async (home: string) => JSON.parse(await readFile(join(home, 'config.json'), 'utf8'));

/** Types this at a terminal of its own. */
async function typed(answer: string, ...args: string[]): Promise<string> {
  const command = [process.execPath, TALLY, ...args].map((each) => `'${each}'`).join(' ');
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = text(terminal.stdout);
  terminal.stdin.write(`${answer}\n`);
  await once(terminal, 'exit');
  return said;
}

describe('root inside containers', () => {
  it.each([
    ['--allow-root', { allowRoot: true }],
    ['--no-allow-root', { allowRoot: false }],
  ])('is what %s says', async (option, engine) => {
    const home = await newHome();
    expect(await tally({}, '--home', home, 'init', option)).toMatchObject({ code: 0 });
    expect(await settingsIn(home)).toEqual({ engine });
  });

  it('is followed by the next step, for the same home', async () => {
    const home = await newHome();
    const { said } = await tally({}, '--home', home, 'init');
    expect(said).toMatch(new RegExp(`next +npx tallymesh --home ${home} up\n`));
    expect((await tally({ TALLY_HOME: await newHome() }, 'init')).said).toMatch(/next +npx tallymesh up\n/);
  });

  it('is left to the engine where nobody is there to be asked', async () => {
    const home = await newHome();
    const { code, said } = await tally({}, '--home', home, 'init');
    expect({ code, said }).toMatchObject({ code: 0, said: expect.not.stringContaining('root') });
    expect(await settingsIn(home)).toEqual({});
  });

  it.each([
    ['y', { engine: { allowRoot: true } }],
    ['n', { engine: { allowRoot: false } }],
    ['', {}],
  ])('is asked at a terminal, with what it means: "%s"', async (answer, settings) => {
    const home = await newHome();
    const said = await typed(answer, '--home', home, 'init');
    expect(said).toMatch(/Most public images begin as root.*\s.*if the kernel has a fault/s);
    expect(await settingsIn(home)).toEqual(settings);
  });

  it('is not asked of who wants no engine, or has said it', async () => {
    for (const options of [['--no-engine'], ['--no-allow-root']]) {
      const said = await typed('y', '--home', await newHome(), 'init', ...options);
      expect(said).not.toContain('public images');
    }
  });
});
