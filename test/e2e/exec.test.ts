// A terminal in a container, as a person has it: tally in tmux, with a real engine behind two peers; and what is seen when either
// of them is killed under it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { placeAndWait } from '../../src/cli/demo/deployments.ts';
import { installedProgram } from '../support/debian.ts';
import { containersOf, kill, killAndRestart, type Staged, setStage, WAIT } from '../support/stage.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));
const forever = new AbortController().signal;
/** Runs until it is ended; the word is nowhere else. */
const WAITER = ['node', '-e', 'console.log("begun"); setInterval(() => {}, 1e3) // a-waiter'];

/** A terminal that a test types into and reads. */
class Screen {
  readonly #tmux: string;
  readonly #socket: string;

  constructor(tmux: string, socket: string) {
    this.#tmux = tmux;
    this.#socket = socket;
  }

  run(...args: string[]): string {
    return execFileSync(this.#tmux, ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }

  /** Types text and then a key, by its name in tmux. */
  type(words: string, key = 'Enter'): void {
    if (words !== '') this.run('send-keys', '-l', words);
    this.run('send-keys', key);
  }

  /** With the codes of colours. */
  shown(): string {
    return this.run('capture-pane', '-p', '-e');
  }

  async until(words: RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.shown()).toMatch(words), WAIT);
  }

  /** Types the same again and again: what it asks for is on its way to a program elsewhere. */
  async asks(question: string, answer: RegExp): Promise<void> {
    await vi.waitFor(
      () => {
        this.type(question);
        expect(this.shown()).toMatch(answer);
      },
      { ...WAIT, interval: 500 },
    );
  }
}

async function screenIn(tmux: string, { stage, tenant }: Staged): Promise<Screen> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-tmux-'));
  const screen = new Screen(tmux, join(folder, 'socket'));
  const shell = `PS1='here> ' exec bash --norc --noprofile`;
  const env = { ...process.env, ...stage.env, TALLY: `${process.execPath} ${TALLY} --home ${tenant.home}` };
  execFileSync(
    tmux,
    ['-S', join(folder, 'socket'), '-f', '/dev/null', 'new-session', '-d', '-x', '90', '-y', '24', shell],
    {
      env,
    },
  );
  onTestFinished(async () => {
    screen.run('kill-server');
    await rm(folder, { recursive: true, force: true });
  });
  await screen.until(/^here>/m);
  return screen;
}

/** A deployment that runs, and a terminal beside its tenant. */
async function staged(tmux: string) {
  const set = await setStage(1);
  const id = await placed(set);
  return { set, id, screen: await screenIn(tmux, set) };
}

/** What runs in the only container of a volunteer. */
function programsIn({ stage, volunteers: [volunteer] }: Staged): string {
  const [container = ''] = containersOf(stage, volunteer!);
  return execFileSync('docker', ['top', container], { env: stage.env, encoding: 'utf8' });
}

async function placed(set: Staged): Promise<string> {
  const { deployment } = await placeAndWait(set.tenant, set.image, forever);
  return deployment.id;
}

/** `tally exec` without a terminal, once its program has begun. */
async function begun({ stage, tenant }: Staged, id: string) {
  const args = [TALLY, '--home', tenant.home, 'exec', id, '--', ...WAITER];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...stage.env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const words = text(child.stderr);
  const end = once(child, 'exit').then(async ([code]) => ({ code, said: await words }));
  return { child, end };
}

describe('tally exec in a terminal', () => {
  it('is a terminal there: its size, colours and every key, and the one here is as before at the end', async ({
    skip,
  }) => {
    const tmux = await installedProgram('tmux');
    if (tmux === undefined) return skip('no tmux is installed, and apt has none');
    const { id, screen } = await staged(tmux);
    screen.type(`$TALLY exec ${id} -- node`);
    await screen.until(/Welcome to Node/);
    const size = 'process.stdout.rows + "x" + process.stdout.columns';
    await screen.asks(`${size} + " " + process.env.TERM`, /24x90 (?:tmux|screen)/);
    screen.run('resize-window', '-x', '100', '-y', '30');
    await screen.asks(size, /30x100/);
    screen.type('"col" + "oured"');
    await screen.until(/\[32m'coloured'/);
    // Ctrl-C is the program's, and so are the keys by which engines are left
    screen.type('console.log("loop" + "ing"); while (true) {}');
    await screen.until(/looping/);
    screen.type('', 'C-c');
    await screen.until(/Script execution was interrupted/);
    screen.type('', 'C-p');
    screen.type('', 'C-q');
    screen.type('', 'C-u');
    screen.type('"still" + " there"');
    await screen.until(/still there/);
    screen.type('process.exit(5)');
    await screen.until(/exit\(5\)\s+here>/);
    screen.type('echo "code $?, $(stty -a | grep -oE "[-]?(icanon|echo|isig)( |;)" | tr -d "\\n;")"');
    await screen.until(/code 5, icanon echo|code 5, isig icanon echo/);
  });

  it('gives the terminal back when the volunteer is killed under a program that has the whole screen', async ({
    skip,
  }) => {
    const tmux = await installedProgram('tmux');
    if (tmux === undefined) return skip('no tmux is installed, and apt has none');
    const { set, id, screen } = await staged(tmux);
    const program =
      'process.stdin.setRawMode(true); process.stdin.resume(); ' +
      'process.stdout.write("\\x1b[?1049h\\x1b[?25lthe whole screen")';
    screen.type(`$TALLY exec ${id} -- node -e '${program}'`);
    await screen.until(/^the whole screen$/m);
    await kill(set.volunteers[0]!);
    await screen.until(/EXEC_LOST/);
    screen.type('echo "code $?, $(stty -a | grep -oE "[-]?icanon")"');
    await screen.until(/code 125, icanon/);
    expect(screen.run('display-message', '-p', '#{alternate_on}#{cursor_flag}').trim()).toBe('01');
  });
});

describe('kill -9 under an open session', () => {
  it('of the volunteer: the command ends, and the program when the volunteer is there again', async () => {
    const set = await setStage(1);
    const id = await placed(set);
    const { end } = await begun(set, id);
    await kill(set.volunteers[0]!);
    expect(await end).toMatchObject({ code: 125, said: expect.stringContaining('EXEC_LOST') });
    // Nobody is there to end it; it is in its container, and that goes on
    expect(programsIn(set)).toContain('a-waiter');
    await set.stage.again(set.volunteers[0]!.peer);
    await vi.waitFor(() => expect(programsIn(set)).not.toContain('a-waiter'), WAIT);
    expect(programsIn(set)).toContain('node');
    await vi.waitFor(async () => {
      const { end: again, child } = await begun(set, id);
      child.kill('SIGKILL');
      await again;
    }, WAIT);
  });

  it('of the tenant, and of the command itself: the program ends', async () => {
    const set = await setStage(1);
    const id = await placed(set);
    const first = await begun(set, id);
    first.child.kill('SIGKILL');
    await vi.waitFor(() => expect(programsIn(set)).not.toContain('a-waiter'), WAIT);
    const { end } = await begun(set, id);
    await killAndRestart(set.stage, set.tenant);
    expect(await end).toMatchObject({ code: 125, said: expect.stringContaining('EXEC_LOST') });
    await vi.waitFor(() => expect(programsIn(set)).not.toContain('a-waiter'), WAIT);
  });
});
