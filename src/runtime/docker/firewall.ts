// An internal network still has the host as its gateway. One iptables rule per peer keeps containers from opening
// connections to services of the host; answers to connections that the host opened pass.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Serial } from '../../lib/serial.ts';
import { FIREWALL_TIMEOUT_MS } from '../parameters.ts';

const run = promisify(execFile);

/** The rules of the peers that this process serves. Throws what iptables says where it cannot be asked. */
export interface Firewall {
  /** Whether rules can be set here: as root, with iptables. */
  readonly available: boolean;
  /** Makes sure of the peer's rule; whether it had to be set. */
  guard(peer: string): Promise<boolean>;
  /** Takes the peer's rule away, however often it stands there. */
  release(peer: string): Promise<void>;
}

/** Rules for new connections from the pool to this machine. Throws where the tables are busy: nothing is known then. */
export async function openFirewall(poolCidr: string): Promise<Firewall> {
  try {
    await iptables(['-S', 'INPUT']);
    return new IptablesFirewall(poolCidr);
  } catch (error) {
    if (isBusy(error)) throw error;
    return absentFirewall;
  }
}

/** For engines on other machines, and where iptables cannot be used. */
export const absentFirewall: Firewall = {
  available: false,
  guard: async () => false,
  release: async () => {},
};

class IptablesFirewall implements Firewall {
  readonly available = true;
  readonly #poolCidr: string;
  readonly #serial = new Serial();

  constructor(poolCidr: string) {
    this.#poolCidr = poolCidr;
  }

  guard(peer: string): Promise<boolean> {
    return this.#serial.run(async () => {
      const rule = ruleFor(peer, this.#poolCidr);
      if (await isThere(['-C', 'INPUT', ...rule])) return false;
      await iptables(['-I', 'INPUT', ...rule]);
      return true;
    });
  }

  release(peer: string): Promise<void> {
    return this.#serial.run(async () => {
      const rule = ruleFor(peer, this.#poolCidr);
      while (await isThere(['-D', 'INPUT', ...rule]));
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

/** What iptables exits with where there is no such rule. */
const NO_SUCH_RULE = 1;

/** What `iptables` says where another program holds the tables for longer than it waits. */
const BUSY = /xtables lock|temporarily unavailable/i;

/** How a program that was run ended, as Node tells it. */
type Failure = Partial<{ code: unknown; killed: boolean; stderr: string }>;

/** Whether there was such a rule. Any other failure than its absence says nothing of it. */
async function isThere(args: readonly string[]): Promise<boolean> {
  try {
    await iptables(args);
    return true;
  } catch (error) {
    if ((error as Failure).code !== NO_SUCH_RULE) throw error;
    return false;
  }
}

function isBusy(error: unknown): boolean {
  const { killed, stderr = '' } = error as Failure;
  return killed === true || BUSY.test(stderr);
}

/** Waits for the lock that other users of iptables hold; the tool is outside the path of many services. */
async function iptables(args: readonly string[]): Promise<void> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  await run('iptables', ['-w', '5', ...args], { env, timeout: FIREWALL_TIMEOUT_MS });
}
