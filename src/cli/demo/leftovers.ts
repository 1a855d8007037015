// What may be left when a peer of the demo did not end in order: its containers and networks, found by label, the images that
// were loaded for it, found by name, and its firewall rule, found by comment.
import { type Ended, run } from './programs.ts';

/** Removes all that carries the label or the name of these peers; nothing left is no error. */
export async function removeLeftovers(peers: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const peer of peers) {
    const filter = ['--filter', `label=tallymesh.peer=${peer}`];
    await removeEach(['ps', '-aq', ...filter], ['rm', '-f'], env);
    await removeEach(['network', 'ls', '-q', ...filter], ['network', 'rm'], env);
    const names = ['--filter', `reference=tallymesh/*:${peer}`, '--format', '{{.Repository}}:{{.Tag}}'];
    await removeEach(['image', 'ls', ...names], ['image', 'rm', '-f'], env);
    await removeFirewallRule(peer);
  }
}

async function removeEach(
  list: readonly string[],
  remove: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { stdout } = await run('docker', list, { env });
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await run('docker', [...remove, ...ids], { env });
}

async function removeFirewallRule(peer: string): Promise<void> {
  const rules = await iptables('-S', 'INPUT');
  for (const rule of rules?.stdout.split('\n') ?? []) {
    const words = rule.replace(/^-A/, '-D').replaceAll('"', '').split(' ');
    if (words.includes(`tallymesh:${peer}`)) await iptables(...words);
  }
}

/** Waits for the lock that other peers of this machine hold; without iptables there are no rules. */
function iptables(...args: string[]): Promise<Ended | undefined> {
  return run('iptables', ['-w', '5', ...args]).catch(() => undefined);
}
