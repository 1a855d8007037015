// What may be left when a peer of the demo did not end in order: its containers and networks, found by label, and its
// firewall rule, found by comment.
import { run } from './programs.ts';

/** Removes all that carries the label of these peers; nothing left is no error. */
export async function removeLeftovers(peers: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const peer of peers) {
    const filter = ['--filter', `label=tallymesh.peer=${peer}`];
    await removeEach(['ps', '-aq', ...filter], ['rm', '-f'], env);
    await removeEach(['network', 'ls', '-q', ...filter], ['network', 'rm'], env);
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
  const rules = await run('iptables', ['-S', 'INPUT']).catch(() => undefined);
  for (const rule of rules?.stdout.split('\n') ?? []) {
    if (!rule.includes(peer)) continue;
    const words = rule.replace(/^-A/, '-D').replaceAll('"', '').split(' ');
    await run('iptables', words).catch(() => undefined);
  }
}
