// What an operator wants to know before starting, and when something does not work.
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openHome } from './home.ts';
import { LEDGER_FOLDER } from './ledger/ledger.ts';
import { requireNotInUse } from './ledger/stopped/in-use.ts';
import { codeOf, describeError, type ErrorCode } from './lib/errors.ts';
import { silentLog } from './lib/log.ts';
import { openDockerEngine } from './runtime/docker.ts';
import type { EngineFacts } from './runtime/engine.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do, where it is not ok. */
  readonly next?: string;
}

const failing = (check: string, error: unknown): Finding => {
  const code: ErrorCode = codeOf(error);
  return { check, ok: false, detail: code, next: describeError(code).sentence };
};

/** Looks at Node, the home folder, the key's permissions, the engine and the ledger's lock. */
export async function findings(home: string): Promise<Finding[]> {
  const node = checkNode();
  const config = await openHome(home).catch((error: unknown) => failing('home', error));
  if ('check' in config) return [node, config, ...(await checkEngine({ host: '' }))];
  return [
    node,
    { check: 'home', ok: true, detail: `${home}: peer ${config.identity.peer}` },
    await checkKey(home),
    await checkLedger(home),
    ...(await checkEngine(config.config.engine)),
  ];
}

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
    ...(ok ? {} : { next: `Others can read your key: chmod 600 ${join(home, 'key')}` }),
  };
}

async function checkLedger(home: string): Promise<Finding> {
  const folder = join(home, LEDGER_FOLDER);
  try {
    await access(folder);
  } catch {
    return { check: 'ledger', ok: true, detail: 'none yet; the first start makes it' };
  }
  try {
    await requireNotInUse(folder);
    return {
      check: 'ledger',
      ok: true,
      detail: 'no peer is running; "tally ledger verify" checks every byte',
    };
  } catch (error) {
    if (codeOf(error) === 'LEDGER_IN_USE')
      return { check: 'ledger', ok: true, detail: 'held by a running peer' };
    return failing('ledger', error);
  }
}

async function checkEngine({ host }: { host: string }): Promise<Finding[]> {
  try {
    const engine = await openDockerEngine({ ...(host === '' ? {} : { host }), log: silentLog });
    const facts = await engine.facts(AbortSignal.timeout(5_000));
    await engine.close();
    return [describeEngine(facts), ...facts.warnings.map(warning)];
  } catch (error) {
    return [failing('engine', error)];
  }
}

function describeEngine({ name, version, cpuMillis, memoryBytes, architecture }: EngineFacts): Finding {
  const size = `${cpuMillis / 1000} cpus, ${Math.floor(memoryBytes / 2 ** 30)} GiB, ${architecture}`;
  return { check: 'engine', ok: true, detail: `${name} ${version}: ${size}` };
}

const warning = (sentence: string): Finding => ({
  check: 'engine',
  ok: false,
  detail: 'weakness',
  next: sentence,
});
