// What a Docker daemon leaves on its host when it ends: network links, iptables chains, mounts. The host is inspected
// before the first start; afterwards, only what was not there before is removed.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { runs } from './processes.ts';
import { run, tryRun } from './programs.ts';

/** The host before our daemon. */
export interface Footprint {
  bootId: string;
  links: string[];
  /** Those of `SHARED_PATHS` that existed. */
  paths: string[];
  /** Whether the machine forwards packets; a daemon turns that on. */
  forwarding: string;
  /** Rules and chains as `iptables -S` prints them, by program and table. */
  rules: Record<string, string[]>;
}

/** What dockerd, containerd and umount make outside the folders that they are given; inner paths first. */
const SHARED_PATHS = [
  '/run/containerd/s',
  '/run/containerd',
  '/run/docker/plugins',
  '/run/docker',
  '/run/mount',
  '/opt/containerd/lib',
  '/opt/containerd/bin',
  '/opt/containerd',
  '/etc/docker/key.json',
  '/etc/docker',
];

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
const PROGRAMS = ['iptables', 'ip6tables'] as const;
const TABLES = ['filter', 'nat', 'raw'] as const;

/**
 * Looks at the host and writes down what it sees, unless a daemon that was killed has left its own notes since
 * this machine was booted: then those count, for the traces are still there.
 */
export async function noteFootprint(file: string): Promise<Footprint> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const earlier = await readFootprint(file);
  if (earlier?.bootId === bootId) return earlier;
  const footprint = {
    bootId,
    links: await links(),
    paths: SHARED_PATHS.filter((path) => existsSync(path)),
    forwarding: await readFile(FORWARDING, 'utf8'),
    rules: await allRules(),
  };
  await writeFile(file, JSON.stringify(footprint));
  return footprint;
}

/** Takes away what came since, and the notes. `bridge` is the link that was made for the daemon, if any. */
export async function eraseFootprint(
  file: string,
  folders: readonly string[],
  bridge: string,
): Promise<void> {
  const before = await readFootprint(file);
  await unmountBelow(folders);
  if (before !== undefined) await eraseSince(before, bridge);
  await rm(file, { force: true });
}

async function eraseSince(before: Footprint, bridge: string): Promise<void> {
  const shared = await runs('dockerd');
  const traces = shared ? tracesBesideOthers(bridge) : tracesAlone(bridge);
  await eraseRules(before, traces.rule);
  await eraseLinks(before, traces.link);
  if (shared) return;
  await erasePaths(before);
  await writeFile(FORWARDING, before.forwarding).catch(() => {});
}

/** How rules and links are known that a daemon may have made. */
interface Traces {
  rule: RegExp;
  link: RegExp;
}

/** Chains, rules and bridges of any daemon, and the rules of peers that died without taking theirs away. */
function tracesAlone(bridge: string): Traces {
  return {
    rule: new RegExp(`DOCKER|\\bdocker0\\b|\\bbr-[0-9a-f]{12}\\b|tallymesh:|\\b${bridge}\\b`),
    link: new RegExp(`^(docker0|br-[0-9a-f]{12}|${bridge})$`),
  };
}

/** Another daemon uses the same chains, and makes bridges of its own: only what is surely ours goes. */
function tracesBesideOthers(bridge: string): Traces {
  return { rule: new RegExp(`\\b(docker0|${bridge})\\b`), link: new RegExp(`^(docker0|${bridge})$`) };
}

/** busybox's `ip` is there where iproute2 is not. */
export async function ip(...args: string[]): Promise<void> {
  await run('busybox', ['ip', ...args]);
}

export async function links(): Promise<string[]> {
  return readdir('/sys/class/net');
}

async function readFootprint(file: string): Promise<Footprint | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Footprint);
}

async function allRules(): Promise<Footprint['rules']> {
  const rules: Footprint['rules'] = {};
  for (const program of PROGRAMS) {
    for (const table of TABLES) rules[`${program} ${table}`] = await rulesOf(program, table);
  }
  return rules;
}

async function rulesOf(program: string, table: string): Promise<string[]> {
  const listing = await tryRun(program, ['-w', '5', '-t', table, '-S']);
  return listing.split('\n').filter(Boolean);
}

async function eraseRules(before: Footprint, trace: RegExp): Promise<void> {
  for (const [place, known] of Object.entries(before.rules)) {
    const [program = '', table = ''] = place.split(' ');
    const present = await rulesOf(program, table);
    const added = present.filter((rule) => !known.includes(rule));
    const policies = known.filter((rule) => rule.startsWith('-P ') && !present.includes(rule));
    const ours = added.filter((rule) => trace.test(rule));
    const change = (...args: string[]) => tryRun(program, ['-w', '5', '-t', table, ...args]);
    for (const rule of ours) {
      if (rule.startsWith('-A ')) await change(...argumentsOf(rule.replace('-A', '-D')));
    }
    for (const rule of ours) {
      if (rule.startsWith('-N ')) await change('-X', rule.slice('-N '.length));
    }
    for (const policy of policies) await change(...argumentsOf(policy));
  }
}

/** iptables prints quotes around text that it would not take as one word. */
function argumentsOf(rule: string): string[] {
  return (rule.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

async function eraseLinks(before: Footprint, trace: RegExp): Promise<void> {
  const added = (await links()).filter((link) => !before.links.includes(link) && trace.test(link));
  for (const link of added) await ip('link', 'del', link).catch(() => {});
}

/** A folder that somebody else has put something into stays. */
async function erasePaths(before: Footprint): Promise<void> {
  for (const path of SHARED_PATHS) {
    if (before.paths.includes(path)) continue;
    await (path.endsWith('.json') ? rm(path, { force: true }) : rmdir(path)).catch(() => {});
  }
}

/** Layers, network namespaces and shared memory that a killed daemon still had mounted; innermost first. */
async function unmountBelow(folders: readonly string[]): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').map((row) => row.split(' ')[4] ?? '');
  const ours = points.filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)));
  for (const point of ours.toReversed()) await tryRun('umount', ['-l', point]);
}
