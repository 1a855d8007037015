// The log of a deployment: the lines of its copies in order of time, and what is followed over breaks, replacements and new copies.
import { beforeEach, describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Deployment, Instance } from '../../src/market/tenant/deployment.ts';
import { DeploymentLogs } from '../../src/market/tenant/logs/deployment-logs.ts';
import { KeptLogs } from '../../src/market/tenant/logs/kept-logs.ts';
import { LOG_CHARACTERS_READ, LOG_TIMEOUT_MS, RETRY_MS } from '../../src/market/terms/parameters.ts';
import type { LogQuery, LogView } from '../../src/market/terms/views.ts';
import type { LogLineItem } from '../../src/overlay/protocols/logs.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

/** What the volunteer of a copy does when it is asked for a log. */
interface Host {
  lines: LogLineItem[];
  failure: 'PEER_SILENT' | undefined;
  /** Wakes and ends those who follow. */
  readonly feeds: Set<{ wake: () => void; error?: TallyError; isOver?: boolean }>;
}

let clock: HandClock;
let deployment: Deployment;
let hosts: Map<string, Host>;
let watchers: Set<() => void>;
let logs: DeploymentLogs;
let kept: Map<string, readonly LogLineItem[]>;
let asked: number[];

const at = (ms: number, text: string, stream: 'stdout' | 'stderr' = 'stdout') => ({
  ...{ stream, atMs: NOW_MS + ms, text },
});

function addCopy(change: Partial<Instance['row']> = {}): { copy: Instance; host: Host } {
  const copy = copyOf(deployment, change);
  const host: Host = { lines: [], failure: undefined, feeds: new Set() };
  hosts.set(copy.row.volunteer, host);
  for (const watcher of watchers) watcher();
  return { copy, host };
}

function change(copy: Instance, to: Partial<Instance['row']>): void {
  copy.row = { ...copy.row, ...to };
  for (const watcher of watchers) watcher();
}

function print(host: Host, ...lines: LogLineItem[]): void {
  host.lines.push(...lines);
  for (const each of host.feeds) each.wake();
}

/** Breaks the feeds of a host, or ends them. */
function cut(host: Host, error?: 'PEER_SILENT'): void {
  for (const each of host.feeds) {
    if (error === undefined) each.isOver = true;
    else each.error = new TallyError(error);
    each.wake();
  }
}

async function* feed(
  _: unknown,
  volunteer: string,
  request: { tail: number; follow: number },
  signal: AbortSignal,
) {
  const host = hosts.get(volunteer)!;
  asked.push(request.tail);
  if (host.failure !== undefined) throw new TallyError(host.failure);
  const mine: { wake: () => void; error?: TallyError; isOver?: boolean } = { wake: () => {} };
  let sent = Math.max(0, host.lines.length - request.tail);
  host.feeds.add(mine);
  const woken = () => mine.wake();
  signal.addEventListener('abort', woken);
  try {
    for (;;) {
      while (sent < host.lines.length) yield host.lines[sent++]!;
      if (mine.error !== undefined) throw mine.error;
      if (signal.aborted) throw new TallyError('PEER_SILENT');
      if (request.follow === 0 || mine.isOver === true) return;
      await new Promise<void>((resolve) => {
        mine.wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', woken);
    host.feeds.delete(mine);
  }
}

beforeEach(() => {
  [clock, deployment, hosts, watchers, kept, asked] = [
    new HandClock(NOW_MS),
    wanted({ replicas: 2 }),
    new Map(),
    new Set(),
    new Map(),
    [],
  ];
  const calls = { feed } as unknown as ConstructorParameters<typeof DeploymentLogs>[0]['calls'];
  const deployments = {
    get: () => deployment,
    instances: () => deployment.instances,
    async *watch(_: string, signal: AbortSignal) {
      let wake = () => {};
      let changed = true;
      const watcher = () => {
        changed = true;
        wake();
      };
      watchers.add(watcher);
      signal.addEventListener('abort', watcher);
      while (!signal.aborted) {
        if (!changed)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        changed = false;
        yield undefined;
        if (deployment.row.end !== '') return;
      }
    },
  } as unknown as ConstructorParameters<typeof DeploymentLogs>[0]['deployments'];
  const store = new KeptLogs(memoryTable(), {
    clock,
    log: silentLog,
    calls,
    deployments: deployments as never,
  });
  const keptLogs = {
    read: (copy: Instance, tail: number, signal: AbortSignal) => store.read(copy, tail, signal),
    lines: async (copy: Instance) => kept.get(copy.id) ?? [],
  };
  logs = new DeploymentLogs({ clock, log: silentLog, calls, deployments, keptLogs });
});

const QUERY: LogQuery = { tail: 100, follow: false };

async function read(query: Partial<LogQuery> = {}): Promise<LogView[]> {
  const lines: LogView[] = [];
  for await (const line of logs.read('d', { ...QUERY, ...query }, new AbortController().signal))
    lines.push(line);
  return lines;
}

/** Follows until it ends; what came up to now is in `texts`. */
function follow(query: Partial<LogQuery> = {}) {
  const texts: string[] = [];
  const left = new AbortController();
  const ended = (async () => {
    for await (const line of logs.read('d', { ...QUERY, follow: true, ...query }, left.signal))
      texts.push(`${line.replica}.${line.incarnation} ${line.text}`);
  })();
  ended.catch(() => {});
  return { texts, ended, leave: () => left.abort() };
}

/** Lets everything happen that does not wait for time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

const texts = (lines: readonly LogView[]) => lines.map(({ text }) => text);

describe('the log of a deployment', () => {
  it('has the lines of all copies in order of time, those of one copy in its own', async () => {
    print(addCopy().host, at(1, 'a'), at(5, 'b'), at(3, 'its clock went back'), at(9, 'c'));
    print(addCopy({ replica: 1 }).host, at(2, 'x'), at(6, 'y', 'stderr'));
    const lines = await read();
    expect(texts(lines)).toEqual(['a', 'x', 'b', 'its clock went back', 'y', 'c']);
    expect(lines[4]).toEqual({ replica: 1, incarnation: 1, stream: 'stderr', atMs: NOW_MS + 6, text: 'y' });
    expect(texts(await read({ replica: 1 }))).toEqual(['x', 'y']);
    await expect(read({ replica: 7 })).rejects.toMatchObject({ code: 'REPLICA_UNKNOWN' });
  });

  it('has the last lines of each replica, over the copies that it had', async () => {
    print(addCopy({ state: 'failed', endedAtMs: NOW_MS + 4 }).host, at(1, 'old 1'), at(2, 'old 2'));
    print(addCopy({ incarnation: 2 }).host, at(5, 'new 1'), at(6, 'new 2'));
    expect(texts(await read())).toEqual(['old 1', 'old 2', 'new 1', 'new 2']);
    expect(texts(await read({ tail: 3 }))).toEqual(['old 2', 'new 1', 'new 2']);
    expect(texts(await read({ tail: 1 }))).toEqual(['new 2']);
    expect(await read({ tail: 0 })).toEqual([]);
  });

  it('has only the lines of a time where one is given', async () => {
    print(addCopy().host, at(1, 'a'), at(2, 'b'), at(3, 'c'), at(4, 'd'));
    expect(texts(await read({ sinceMs: NOW_MS + 2, untilMs: NOW_MS + 4 }))).toEqual(['b', 'c']);
    expect(texts(await read({ sinceMs: NOW_MS + 2, tail: 1 }))).toEqual(['d']);
  });

  it('says of a copy whose log cannot be read that it cannot; of no copy at all it is an error', async () => {
    const { host } = addCopy();
    print(addCopy({ replica: 1 }).host, at(1, 'x'));
    host.failure = 'PEER_SILENT';
    expect(texts(await read())).toEqual(['x', expect.stringMatching(/^\[tallymesh: .*PEER_SILENT/)]);
    await expect(read({ replica: 0 })).rejects.toMatchObject({ code: 'PEER_SILENT' });
  });

  it('is bounded in memory, whatever a volunteer sends, and says how much was dropped', async () => {
    const { host } = addCopy();
    const wide = 'x'.repeat(60_000);
    print(host, ...Array.from({ length: 800 }, (_, i) => at(i, `${i} ${wide}`)));
    const lines = await read({ tail: 10_000 });
    const characters = lines.reduce((sum, { text }) => sum + text.length, 0);
    expect(characters).toBeGreaterThan(LOG_CHARACTERS_READ / 2);
    expect(characters).toBeLessThan(LOG_CHARACTERS_READ + 1_000);
    const gone = 800 - (lines.length - 1);
    expect(lines[0]!.text).toBe(`[tallymesh: ${gone} lines were dropped here]`);
  });
});

describe('the log of a deployment that is followed', () => {
  it('goes on with new lines, none of them twice, also those that came between', async () => {
    const { host } = addCopy();
    print(host, at(1, 'a'), at(1, 'a'), at(2, 'b'), at(2, 'b'));
    const { texts: seen, leave } = follow({ tail: 1 });
    await settle();
    print(host, at(2, 'b'), at(3, 'c'));
    await settle();
    expect(seen).toEqual(['0.1 b', '0.1 b', '0.1 c']);
    leave();
  });

  it('goes on after the peer of the volunteer was away, with what was written meanwhile', async () => {
    const { host } = addCopy();
    print(host, at(1, 'a'));
    const { texts: seen, leave } = follow();
    await settle();
    host.failure = 'PEER_SILENT';
    cut(host, 'PEER_SILENT');
    await settle();
    host.lines.push(at(2, 'b'), at(2, 'c'));
    await clock.move(3 * RETRY_MS);
    host.failure = undefined;
    await clock.move(RETRY_MS);
    await settle();
    print(host, at(3, 'd'));
    await settle();
    expect(seen).toEqual([
      ...['0.1 a', expect.stringMatching(/cannot be read now \(PEER_SILENT\)/), '0.1 b', '0.1 c', '0.1 d'],
    ]);
    leave();
  });

  it('goes on also where the way to the volunteer ended without an error', async () => {
    const { host } = addCopy();
    print(host, at(1, 'a'));
    const { texts: seen, leave } = follow();
    await settle();
    cut(host);
    await settle();
    await clock.move(RETRY_MS);
    print(host, at(2, 'b'));
    await settle();
    expect(seen).toEqual(['0.1 a', '0.1 b']);
    leave();
  });

  it('says that lines may be missing where the last one that was read does not come again', async () => {
    const { host } = addCopy();
    print(host, at(1, 'a'));
    const { texts: seen, leave } = follow();
    await settle();
    host.lines = [at(50, 'much later')];
    cut(host, 'PEER_SILENT');
    await settle();
    await clock.move(RETRY_MS);
    await settle();
    expect(seen.slice(-2)).toEqual([expect.stringMatching(/lines may be missing here/), '0.1 much later']);
    leave();
  });

  it('goes on with the copy that takes the place of one that is lost, after what was kept of that', async () => {
    const { copy, host } = addCopy();
    print(host, at(1, 'a'));
    const { texts: seen, leave } = follow();
    await settle();
    host.failure = 'PEER_SILENT';
    change(copy, { state: 'lost', cause: 'VOLUNTEER_LOST' });
    kept.set(copy.id, [at(1, 'a'), at(2, 'its last words')]);
    const next = addCopy({ incarnation: 2 });
    print(next.host, at(9, 'b'));
    await settle();
    // Its volunteer is gone, and nothing says so
    for (let passedMs = 0; passedMs <= LOG_TIMEOUT_MS + RETRY_MS; passedMs += RETRY_MS)
      await clock.move(RETRY_MS);
    await settle();
    expect(seen).toEqual([
      ...['0.1 a', expect.stringMatching(/^0\.2 \[tallymesh: .*replaces/), '0.2 b', '0.1 its last words'],
    ]);
    leave();
  });

  it('takes in a replica that comes later', async () => {
    addCopy();
    const { texts: seen, leave } = follow();
    await settle();
    print(addCopy({ replica: 1 }).host, at(1, 'x'));
    await settle();
    expect(seen).toEqual(['1.1 x']);
    leave();
  });

  it('waits for a copy that has not started, and asks nobody for its log until then', async () => {
    const { copy, host } = addCopy({ state: 'fetching' });
    const { texts: seen, leave } = follow();
    await settle();
    await clock.move(3 * RETRY_MS);
    expect(asked).toEqual([]);
    change(copy, { state: 'running' });
    print(host, at(1, 'a'));
    await clock.move(RETRY_MS);
    await settle();
    expect(seen).toEqual(['0.1 a']);
    leave();
  });

  it('ends when the deployment has ended and all is read', async () => {
    const { copy, host } = addCopy();
    print(host, at(1, 'a'));
    const { texts: seen, ended } = follow();
    await settle();
    change(copy, { state: 'ended', cause: 'EXITED', endedAtMs: NOW_MS + 3 });
    deployment.row = { ...deployment.row, end: 'ended' };
    for (const watcher of watchers) watcher();
    await settle();
    print(host, at(2, 'the end'));
    cut(host);
    await ended;
    expect(seen).toEqual(['0.1 a', '0.1 the end']);
  });

  it('leaves no feed open behind it', async () => {
    const { host } = addCopy();
    print(host, at(1, 'a'));
    const { ended, leave } = follow();
    await settle();
    expect(host.feeds.size).toBe(1);
    leave();
    await ended;
    await settle();
    expect(host.feeds.size).toBe(0);
  });
});
