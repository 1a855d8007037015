// Debian's and Ubuntu's packages of a Docker engine.
import { readFile } from 'node:fs/promises';
import { TallyError } from '../../lib/errors.ts';
import { installed, run, tryRun } from './programs.ts';

/** What an engine takes, and the package of each program. busybox makes bridges, and images for the demo. */
const PACKAGES = { dockerd: 'docker.io', iptables: 'iptables', busybox: 'busybox-static' } as const;

const APT = ['-y', '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];

/** Whether this is Debian, or a distribution made from it. */
export async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** Installs what is missing, saying so in one line. ENGINE_SETUP_FAILED with apt's last words when it fails. */
export async function installEngine(line: (text: string) => void, env: NodeJS.ProcessEnv): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  line(`No Docker engine answers. Installing ${missing.join(', ')} with apt-get.`);
  const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
  try {
    // A mirror that is down for a moment need not matter: the lists at hand may do.
    await run('apt-get', ['update', ...APT], aptEnv).catch(() => {});
    await run(
      'apt-get',
      ['install', '--no-install-recommends', ...APT, ...missing, ...(await client())],
      aptEnv,
    );
  } catch (cause) {
    throw new TallyError(
      'ENGINE_SETUP_FAILED',
      { advice: `run "apt-get install ${missing.join(' ')}"` },
      { cause },
    );
  }
}

async function missingPackages(): Promise<string[]> {
  const checked = await Promise.all(
    Object.entries(PACKAGES).map(async ([program, name]) => ((await installed(program)) ? [] : [name])),
  );
  return checked.flat();
}

/** Newer Debian keeps the `docker` command in a package of its own. */
async function client(): Promise<string[]> {
  if (await installed('docker')) return [];
  const policy = await tryRun('apt-cache', ['policy', 'docker-cli']);
  return /Candidate: \d/.test(policy) ? ['docker-cli'] : [];
}
