// An internal network still has the host as its gateway. One iptables rule per peer keeps containers from opening
// connections to services of the host; answers to connections that the host opened pass.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Serial } from '../lib/serial.ts';
import { FIREWALL_TIMEOUT_MS } from './parameters.ts';

const run = promisify(execFile);

/** The rules of the peers that this process serves. */
export interface Firewall {
  /** Whether rules can be set here: as root, with iptables. */
  readonly available: boolean;
  /** Makes sure of the peer's rule. */
  guard(peer: string): Promise<void>;
  /** Takes the peer's rule away, however often it stands there. */
  release(peer: string): Promise<void>;
}

/** Rules for new connections from the pool to this machine. */
export async function openFirewall(poolCidr: string): Promise<Firewall> {
  const available = await succeeds(['-S', 'INPUT']);
  return available ? new IptablesFirewall(poolCidr) : absentFirewall;
}

/** For engines on other machines, and where iptables cannot be used. */
export const absentFirewall: Firewall = {
  available: false,
  guard: async () => {},
  release: async () => {},
};

class IptablesFirewall implements Firewall {
  readonly available = true;
  readonly #poolCidr: string;
  readonly #serial = new Serial();

  constructor(poolCidr: string) {
    this.#poolCidr = poolCidr;
  }

  guard(peer: string): Promise<void> {
    return this.#serial.run(async () => {
      const rule = ruleFor(peer, this.#poolCidr);
      if (!(await succeeds(['-C', 'INPUT', ...rule]))) await iptables(['-I', 'INPUT', ...rule]);
    });
  }

  release(peer: string): Promise<void> {
    return this.#serial.run(async () => {
      const rule = ruleFor(peer, this.#poolCidr);
      while (await succeeds(['-D', 'INPUT', ...rule]));
    });
  }
}

function ruleFor(peer: string, poolCidr: string): string[] {
  const comment = `tallymesh:${peer}`;
  return [
    '-s',
    poolCidr,
    '-m',
    'conntrack',
    '--ctstate',
    'NEW',
    '-m',
    'comment',
    '--comment',
    comment,
    '-j',
    'DROP',
  ];
}

async function succeeds(args: readonly string[]): Promise<boolean> {
  return iptables(args).then(
    () => true,
    () => false,
  );
}

/** Waits for the lock that other users of iptables hold; the tool is outside the path of many services. */
async function iptables(args: readonly string[]): Promise<void> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  await run('iptables', ['-w', '5', ...args], { env, timeout: FIREWALL_TIMEOUT_MS });
}
