// A LAN of the test's own: network namespaces joined by a cable, so that multicast reaches them and nobody else.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** Why no LAN can be made here, undefined where one can. */
export function lanMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    ip('netns', 'list');
    return undefined;
  } catch {
    return 'there is no "ip netns" here';
  }
}

/** Two machines on one cable; they are gone after the test. */
export function makeLan(): readonly [string, string] {
  const tag = randomBytes(3).toString('hex');
  const machines = [`tally-${tag}-a`, `tally-${tag}-b`] as const;
  for (const machine of machines) {
    ip('netns', 'add', machine);
    onTestFinished(() => void ip('netns', 'del', machine));
  }
  ip('-n', machines[0], 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan', 'netns', machines[1]);
  for (const [index, machine] of machines.entries()) {
    ip('-n', machine, 'addr', 'add', `10.77.0.${index + 1}/24`, 'dev', 'lan');
    for (const device of ['lo', 'lan']) ip('-n', machine, 'link', 'set', device, 'up');
    ip('-n', machine, 'route', 'add', '224.0.0.0/4', 'dev', 'lan');
  }
  return machines;
}

/** A peer that runs on one of the machines. */
export interface LanPeer {
  readonly peer: string;
  /** The peers that it is connected with. */
  connected(): Promise<string[]>;
}

/** Makes a peer in an empty home and runs it on a machine until the test ends. */
export async function startOn(machine: string, home: string, ...init: string[]): Promise<LanPeer> {
  const env = { ...process.env, TALLY_HOME: home };
  const args = ['init', '--no-engine', '--api-port', '0', '--listen', '/ip4/0.0.0.0/tcp/0', ...init];
  execFileSync(process.execPath, [TALLY, ...args], { env, stdio: 'pipe' });
  const run = ['netns', 'exec', machine, process.execPath];
  const child = spawn('ip', [...run, TALLY, '--json', 'up'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => stop(child));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { peer, apiUrl } = JSON.parse(String(line)) as { peer: string; apiUrl: string };
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  // The API answers on the loopback of its machine alone.
  const ask = `const headers = { authorization: 'Bearer ${token}' };
    const answer = await fetch('${apiUrl}/v1/peers', { headers });
    console.log(JSON.stringify((await answer.json()).items.map(({ peer }) => peer)));`;
  return {
    peer,
    async connected() {
      const answered = execFileSync('ip', [...run, '--input-type=module', '-e', ask], { encoding: 'utf8' });
      return JSON.parse(answered) as string[];
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
