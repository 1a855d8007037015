// The checks that an operator runs before the first start, and when something does not work.
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, engineAddress, parseConfig } from './config.ts';
import { faultsOf, type Proof, proveEngine, whyUnproven } from './engine-proof.ts';
import { freeBytesAt } from './health/disks.ts';
import { diskProblem, engineDiskProblem } from './health/problems.ts';
import { openHome, readApiAddress } from './home.ts';
import { LEDGER_FOLDER, type Ledger } from './ledger/ledger.ts';
import { requireNotInUse } from './ledger/stopped/in-use.ts';
import { readTables } from './ledger/stopped/tables.ts';
import { countOf, showCpus, showSize } from './lib/amounts.ts';
import { codeOf, describeError, TallyError } from './lib/errors.ts';
import { adviceOf, type HealthCode } from './lib/health.ts';
import { silentLog } from './lib/log.ts';
import { TALLY } from './lib/program.ts';
import { requireListening } from './listening.ts';
import { PAUSE_KEY, PAUSE_ROW } from './market/volunteer/offers/offer-rows.ts';
import { isJoinRefused } from './reputation/invitations/joining.ts';
import { openDockerEngine } from './runtime/docker/docker.ts';
import type { Engine, EngineFacts } from './runtime/engine.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do, where there is something. */
  readonly next?: string;
}

/** How long a running peer may take to say how it is. */
const HEALTH_TIMEOUT_MS = 5_000;

/** An error as a finding: where it names a setting and a reason, these say more than the sentence of its code. */
const failing = (check: string, error: unknown): Finding => {
  const code = codeOf(error);
  const { setting, value, reason } = error instanceof TallyError ? error.details : {};
  const named = [code, setting, value].filter((word) => word !== undefined && word !== '');
  const why = code === 'CONFIG_INVALID' && typeof reason === 'string' ? reason : describeError(code).sentence;
  return { check, ok: false, detail: named.join(' '), next: why };
};

/**
 * Looks at Node, the home folder, the permissions of the key, the lock of the ledger and the engine. Asks a running peer
 * for its health; of a stopped peer, it checks the disk, the addresses where the peer will listen, and what the peer keeps.
 */
export async function findings(path: string): Promise<Finding[]> {
  const node = checkNode();
  const home = await openHome(path).catch((error: unknown) => failing('home', error));
  if ('check' in home) return [node, home, ...(await checkEngine(parseConfig({}).engine))];
  const { identity, config } = home;
  const ledger = await checkLedger(path);
  return [
    node,
    { check: 'home', ok: true, detail: `${path}: peer ${identity.peer}` },
    await checkKey(path),
    ledger,
    ...(ledger.detail === RUNNING ? await checkHealth(path) : await checkStopped(path, config)),
    ...(await checkEngine(config.engine)),
  ];
}

/** What a running peer says of itself, to anybody who asks. */
async function checkHealth(home: string): Promise<Finding[]> {
  try {
    const { url } = await readApiAddress(home);
    const answer = await fetch(`${url}/v1/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    const { problems, connectedPeers, paused } = (await answer.json()) as {
      problems: { code: string; advice: string }[];
      connectedPeers: number;
      paused: boolean;
    };
    const well: Finding = {
      check: 'health',
      ok: true,
      detail: `well, ${countOf(connectedPeers, 'peer')} connected`,
    };
    const ill = problems.map(({ code, advice }) => {
      return { check: 'health', ok: false, detail: code, next: advice };
    });
    return [...(ill.length === 0 ? [well] : ill), ...(paused ? [PAUSED] : [])];
  } catch (cause) {
    return [failing('health', new TallyError('PEER_UNREACHABLE', {}, { cause }))];
  }
}

/** The owner's wish, and so no fault. */
const PAUSED: Finding = {
  check: 'offers',
  ok: true,
  detail: 'paused: this peer gives no new leases',
  next: `"${TALLY} resume" brings the offers back`,
};

async function checkStopped(home: string, config: Config): Promise<Finding[]> {
  const freeBytes = await freeBytesAt(home);
  const problem = diskProblem({ freeBytes, ledgerFault: undefined });
  const free = freeBytes === undefined ? 'unknown' : `${showSize(freeBytes, 'down')} free`;
  return [
    problem === undefined ? { check: 'disk', ok: true, detail: free } : ailing('disk', problem),
    await requireListening(config).then(
      () => ({ check: 'ports', ok: true, detail: 'free' }),
      (error: unknown) => failing('ports', error),
    ),
    ...(await checkKept(home, config)),
  ];
}

/** Facts in the ledger of a stopped peer that its owner may have forgotten; none if the ledger cannot be read. */
async function checkKept(home: string, { invite }: Config): Promise<Finding[]> {
  const look = (ledger: Pick<Ledger, 'table'>) =>
    Promise.all([
      ledger.table('pauses', PAUSE_ROW).get(PAUSE_KEY),
      invite !== '' && isJoinRefused(ledger, invite),
    ]);
  const [pause, isRefused] = await readTables(home, look).catch(() => []);
  return [
    ...(pause === undefined ? [] : [PAUSED]),
    ...(isRefused === true ? [ailing('invitation', 'INVITATION_REFUSED')] : []),
  ];
}

const ailing = (check: string, code: HealthCode): Finding => {
  return { check, ok: false, detail: code, next: adviceOf(code) };
};

function checkNode(): Finding {
  const ok = Number.parseInt(process.versions.node, 10) >= 24;
  return {
    check: 'node',
    ok,
    detail: process.version,
    ...(ok ? {} : { next: 'Install Node.js 24 or newer.' }),
  };
}

async function checkKey(home: string): Promise<Finding> {
  const { mode } = await stat(join(home, 'key'));
  const ok = (mode & 0o077) === 0;
  const detail = `mode ${(mode & 0o777).toString(8)}`;
  return {
    check: 'key',
    ok,
    detail,
    ...(ok ? {} : { next: `Other users can read your key; run: chmod 600 ${join(home, 'key')}` }),
  };
}

const RUNNING = 'held by a running peer';

async function checkLedger(home: string): Promise<Finding> {
  const folder = join(home, LEDGER_FOLDER);
  try {
    await access(folder);
  } catch {
    return { check: 'ledger', ok: true, detail: 'none yet; the first start creates it' };
  }
  try {
    await requireNotInUse(folder);
    return {
      check: 'ledger',
      ok: true,
      detail: `no peer is running; "${TALLY} ledger verify" checks every byte`,
    };
  } catch (error) {
    if (codeOf(error) === 'LEDGER_IN_USE') return { check: 'ledger', ok: true, detail: RUNNING };
    return failing('ledger', error);
  }
}

type EngineSettings = Pick<Config['engine'], 'use' | 'host' | 'allowRoot' | 'networkPool'>;

async function checkEngine({ use, host, allowRoot, networkPool }: EngineSettings): Promise<Finding[]> {
  if (use === 'never')
    return [{ check: 'engine', ok: true, detail: 'switched off by "engine.use" in config.json' }];
  try {
    const options = { ...engineAddress(host), allowRoot, networkPool, log: silentLog };
    await using engine = closing(await openDockerEngine(options));
    const facts = await engine.facts(AbortSignal.timeout(5_000));
    return [
      describeEngine(facts),
      ...(await checkEngineDisk(facts)),
      describeDiskLimit(facts),
      describeRoot(facts, allowRoot),
      ...(await checkContainers(engine, facts)),
      ...facts.warnings.map(warning),
    ];
  } catch (error) {
    return [failing('engine', error)];
  }
}

function describeEngine({ name, version, cpuMillis, memoryBytes, architecture }: EngineFacts): Finding {
  const size = `${showCpus(cpuMillis)}, ${showSize(memoryBytes)}, ${architecture}`;
  return { check: 'engine', ok: true, detail: `${name} ${version}: ${size}` };
}

function closing(engine: Engine): Engine & AsyncDisposable {
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}

function describeDiskLimit({ diskLimit, freeDiskBytes }: EngineFacts): Finding {
  const how =
    diskLimit === 'quota'
      ? 'quota: the kernel keeps every container within its disk'
      : 'watched: what a container writes is measured, and one that is over its disk is ended';
  const free = freeDiskBytes === undefined ? '' : `; ${showSize(freeDiskBytes, 'down')} can be lent`;
  return { check: 'disk limit', ok: true, detail: `${how}${free}` };
}

function describeRoot({ isRootGranted }: EngineFacts, allowRoot: Config['engine']['allowRoot']): Finding {
  if (!isRootGranted)
    return {
      ...{ check: 'root', ok: true, detail: 'not allowed: only images that run as another user are taken' },
      next: 'Most public images begin as root; "engine": {"allowRoot": true} in config.json lets them.',
    };
  const why = allowRoot === 'auto' ? 'the engine makes another user of it outside' : 'by your settings';
  return { check: 'root', ok: true, detail: `allowed inside containers: ${why}` };
}

/** Proven by running them, where that can be done; else it says that it could not. */
async function checkContainers(engine: Engine, facts: EngineFacts): Promise<Finding[]> {
  try {
    return (await proveEngine(engine, facts)).map(describeProof);
  } catch (error) {
    return [{ check: 'containers', ok: true, detail: `NOT TRIED: ${whyUnproven(error)}` }];
  }
}

function describeProof(proof: Proof): Finding {
  const check = `as ${proof.privileges}`;
  const faults = faultsOf(proof);
  const capabilities = proof.capabilities.map((each) => each.replace('CAP_', '')).join(', ');
  const detail = `tried: ${capabilities || 'no capabilities'}; no new privileges, seccomp, a writable root`;
  if (faults.length === 0) return { check, ok: true, detail };
  return {
    ...{ check, ok: false, detail: `a container ${faults.join('; ')}` },
    next: 'Do not offer this engine before that is mended: look at its options and its version.',
  };
}

/** Where the engine is on this machine. */
async function checkEngineDisk({ folder }: EngineFacts): Promise<Finding[]> {
  const engineFreeBytes = folder === undefined ? undefined : await freeBytesAt(folder);
  const problem = engineDiskProblem({ engineFreeBytes, engineRefused: false });
  return problem === undefined ? [] : [ailing('engine disk', problem)];
}

const warning = (sentence: string): Finding => ({
  check: 'engine',
  ok: false,
  detail: 'weakness',
  next: sentence,
});
