// Health and restarts of a leased container at its volunteer: what runs is charged and nothing else, whatever dies meanwhile.
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { doingOf } from '../../src/market/terms/causes.ts';
import {
  LEASE_TICK_MS,
  LOOK_PERIOD_MS,
  MAX_RESTARTS,
  MAX_UNHEALTHY_RESTARTS,
  RESTART_MAX_MS,
  RESTART_MIN_MS,
  RESTART_RETRY_MS,
  RESTART_SETTLED_MS,
  STALL_MAX_MS,
} from '../../src/market/terms/parameters.ts';
import { type GivenLease, type GivenRow, statusOf } from '../../src/market/volunteer/given-lease.ts';
import { HEALTH_FAILURE_BYTES } from '../../src/overlay/protocols/lease.ts';
import { keptOf, NO_CHECK } from '../../src/records/health-check.ts';
import { Keeping } from '../support/keeping.ts';

const ALWAYS = { restart: { policy: 'always', most: 0 } };
const TIMES = { intervalMs: 2_000, timeoutMs: 1_000, retries: 2, startPeriodMs: 0 };
const TCP = { check: { ...keptOf(NO_CHECK), kind: 'tcp', port: 8080, ...TIMES } };
const EXEC = { check: { ...keptOf(NO_CHECK), kind: 'exec', ...TIMES } };

let at: Keeping;
beforeEach(async () => {
  at = new Keeping();
  await at.keeper.start();
});
afterEach(() => at.keeper.stop());

const upMs = (given: GivenLease) => at.keeper.countsOf(given).upMs;
const run = (row: Partial<GivenRow>) =>
  at.run({ durationMs: 3_600_000, endsAtMs: at.clock.nowMs() + 3_600_000 }, row);

/** The program of a container ends, as the engine says at once. */
async function ends({ id }: GivenLease, exitCode: number): Promise<void> {
  at.engine.end(id, exitCode);
  at.hint(id);
  await at.pass(LEASE_TICK_MS);
}

/** From now on no container is restarted without what it had in memory. */
function needPayload(): void {
  const restart = at.engine.restart.bind(at.engine);
  at.engine.restart = async (lease, name, signal, files) => {
    if (files === undefined) throw new TallyError('PAYLOAD_NEEDED');
    return restart(lease, name, signal, files);
  };
}

/** Kills the process and starts the next one on the same disk and the same engine. */
async function killPeer(): Promise<void> {
  const { leases } = at;
  at.keeper.stop = async () => {};
  at.open();
  await at.leases.load();
  await at.keeper.start();
  expect(at.leases).not.toBe(leases);
}

/** The lease as the process that lives now has it. */
const now = ({ id }: GivenLease): GivenLease => at.leases.get(id)!;

describe('a container that ends under a policy that restarts it', () => {
  it('is down for its wait, then runs again in its lease, and only what ran is charged', async () => {
    const given = await run(ALWAYS);
    await at.pass(2_000);
    await ends(given, 3);
    expect(given.row).toMatchObject({ state: 'restarting', cause: 'EXITED', exitCode: 3, upMs: 2_000 });
    expect(statusOf(given)).toMatchObject({ state: 'restarting', cause: 'EXITED', exitCode: 3, restarts: 0 });
    await at.pass(RESTART_MIN_MS - 2 * LEASE_TICK_MS);
    expect(at.engine.running()).toEqual([]);
    await at.pass(2 * LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'running', cause: '', restarts: 1, exitCode: 3 });
    await at.pass(4_000);
    expect(upMs(given)).toBeGreaterThan(2_000 + 3_000);
    expect(upMs(given)).toBeLessThanOrEqual(2_000 + 4_000 + LEASE_TICK_MS);
    expect(at.told).toEqual(['starting', 'running', 'restarting EXITED', 'running']);
  });

  it('tells its tenant at once, and again when it runs', async () => {
    const given = await run(ALWAYS);
    await at.pass(1_000);
    await ends(given, 3);
    const states = () => at.reports.map(({ leases: [lease] }) => `${lease?.state} ${lease?.restarts}`);
    expect(states()).toEqual(['restarting 0']);
    await at.pass(RESTART_MIN_MS + 2 * LEASE_TICK_MS);
    expect(states().at(-1)).toBe('running 1');
  });

  it('ends its lease where it ends well and only failures are mended', async () => {
    const given = await run({ restart: { policy: 'on-failure', most: 0 } });
    await at.pass(2_000);
    at.engine.end(given.id, 0);
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'EXITED', exitCode: 0, upMs: 2_000 });
  });

  it('is given up when it ends again and again, and held no longer than that', async () => {
    at.program = { exits: { code: 7 } };
    const given = await run(ALWAYS);
    await at.pass((MAX_RESTARTS + 1) * (RESTART_MAX_MS + LOOK_PERIOD_MS));
    expect(given.row).toMatchObject({
      state: 'ended',
      cause: 'RESTARTS_SPENT',
      exitCode: 7,
      restarts: MAX_RESTARTS,
    });
    expect(upMs(given)).toBe(0);
    expect(at.leases.holdings()).toEqual([]);
  });

  it('is not tried for long where the engine refuses it, and its log says why', async () => {
    const given = await run(ALWAYS);
    vi.spyOn(at.engine, 'restart').mockRejectedValue(
      new TallyError('INSTANCE_START_FAILED', { reason: 'the engine does not\n\u001bkeep the secrets' }),
    );
    await ends(given, 3);
    await at.pass(RESTART_MIN_MS + 2 * LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_START_FAILED' });
    expect(doingOf('INSTANCE_START_FAILED')).toBe('neither');
    expect((await at.logOf(given))?.at(-1)).toBe(
      '[tallymesh: it could not be started again: the engine does not keep the secrets]',
    );
  });

  it('begins to count anew after a run that went well', async () => {
    const given = await run({ restart: { policy: 'on-failure', most: 1 } });
    for (let restarts = 1; restarts <= 3; restarts += 1) {
      // Without a signature its tenant would be found away
      for (let passed = 0; passed < RESTART_SETTLED_MS + 10_000; passed += 5_000) {
        await at.pass(5_000);
        const { ended, signed } = given.row.payment;
        if (ended > signed) await at.sign(given, ended, 1_000_000_000);
      }
      at.engine.end(given.id, 1);
      await at.pass(3_000);
      expect(given.row).toMatchObject({ state: 'running', restarts, quickRestarts: 1 });
    }
    at.engine.end(given.id, 1);
    await at.pass(3_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'EXITED' });
  });

  it('is not restarted when its owner ended it, nor when its owner started it anew before anybody looked', async () => {
    const killed = await run(ALWAYS);
    at.engine.kill(killed.id);
    await at.pass(LOOK_PERIOD_MS);
    expect(killed.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_KILLED' });
    const again = await run(ALWAYS);
    at.engine.kill(again.id);
    at.engine.startAnew(again.id);
    await at.pass(LOOK_PERIOD_MS);
    expect(again.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_KILLED' });
  });

  it('takes no run for its own that its owner began, also after a restart', async () => {
    const given = await run(ALWAYS);
    at.engine.end(given.id, 1);
    await at.pass(3_000);
    expect(given.row).toMatchObject({ state: 'running', restarts: 1 });
    const before = upMs(given);
    at.engine.kill(given.id);
    at.engine.startAnew(given.id);
    await at.pass(2_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_KILLED' });
    expect(given.row.upMs).toBeLessThanOrEqual(before + LOOK_PERIOD_MS);
  });

  it('ends its lease where its owner starts it while it is down: that is no run that was leased', async () => {
    const seen = await run(ALWAYS);
    await ends(seen, 1);
    at.engine.startAnew(seen.id);
    await at.pass(LOOK_PERIOD_MS);
    expect(seen.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_KILLED', restarts: 0 });
    // Just before the peer does it, too
    const late = await run(ALWAYS);
    await ends(late, 1);
    const { restart, inspect } = at.engine;
    at.engine.inspect = async (...args) => {
      if (late.row.state === 'restarting' && at.engine.running().length === 0) at.engine.startAnew(late.id);
      return inspect.apply(at.engine, args);
    };
    at.engine.restart = vi.fn(restart);
    await at.pass(RESTART_MIN_MS);
    expect(late.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_KILLED', restarts: 0 });
    expect(at.engine.restart).not.toHaveBeenCalled();
    expect(at.engine.running()).toEqual([]);
  });

  it('is the restarted one where the engine began its run and the answer was lost', async () => {
    const given = await run(ALWAYS);
    await ends(given, 1);
    const restart = at.engine.restart.bind(at.engine);
    let isFirst = true;
    at.engine.restart = async (...args) => {
      const restarted = await restart(...args);
      if (!isFirst) return restarted;
      isFirst = false;
      throw new TallyError('ENGINE_UNREACHABLE');
    };
    await at.pass(RESTART_MIN_MS + RESTART_RETRY_MS + 2 * LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'running', restarts: 1 });
  });

  it('ends with the term of its lease, and when its tenant stops it, also while it is down', async () => {
    const [short, stopped] = [
      await at.run({ endsAtMs: at.clock.nowMs() + 2_000 }, ALWAYS),
      await run(ALWAYS),
    ];
    await at.pass(1_000);
    for (const each of [short, stopped]) await ends(each, 1);
    await at.keeper.end(stopped, 'TENANT_STOPPED');
    await at.pass(2_000);
    expect(short.row).toMatchObject({ state: 'ended', cause: 'TERM_OVER' });
    expect(stopped.row).toMatchObject({
      state: 'ended',
      cause: 'TENANT_STOPPED',
      upMs: 1_000 + LEASE_TICK_MS,
    });
    expect(at.engine.running()).toEqual([]);
  });

  it('whose container is taken away while it is down is lost', async () => {
    const given = await run(ALWAYS);
    await ends(given, 1);
    expect(given.row.state).toBe('restarting');
    at.engine.erase(given.id);
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_LOST' });
  });
});

describe('a program that never began', () => {
  const LINE = '[FATAL tini (7)] exec nosuchcmd failed: No such file or directory';
  const logAfter = async (code: number, row: Partial<GivenRow> = {}) => {
    at.program = { prints: [{ stream: 'stderr', text: LINE }], exits: { code } };
    const given = await run(row);
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row.state).toBe('ended');
    return at.logOf(given);
  };

  it('has a log that ends with why, in words that are marked as the volunteer’s', async () => {
    const [line, last, ...more] = (await logAfter(127))!;
    expect([line, more]).toEqual([LINE, []]);
    expect(last).toMatch(
      /^\[tallymesh: the program did not start: executable not found in the image: nosuchcmd\]$/,
    );
  });

  it('is not made of a program that began, whatever it wrote', async () => {
    expect(await logAfter(2)).toEqual([LINE]);
  });
});

describe('a container that waits for its restart', () => {
  it('and is taken away meanwhile is lost, however its last run ended', async () => {
    const given = await run(ALWAYS);
    await ends(given, 1);
    at.engine.ending = async () => 'itself';
    at.engine.erase(given.id);
    await at.pass(5_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_LOST' });
  });
});

describe('an engine that does not answer a restart', () => {
  it('is asked again, and nothing is charged until it has done it', async () => {
    const given = await run(ALWAYS);
    await at.pass(2_000);
    await ends(given, 1);
    at.engine.goDown();
    await at.pass(10_000);
    expect(given.row).toMatchObject({ state: 'restarting', upMs: 2_000 });
    at.engine.comeUp();
    await at.pass(RESTART_RETRY_MS + LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'running', restarts: 1, upMs: 2_000 });
  });

  it('is not awaited for ever', async () => {
    const given = await run(ALWAYS);
    await ends(given, 1);
    at.engine.restart = async () => {
      throw new TallyError('ENGINE_UNREACHABLE');
    };
    await at.pass(STALL_MAX_MS);
    expect(given.row.state).toBe('restarting');
    await at.pass(10_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'ENGINE_SILENT' });
  });

  it('that stopped and took the container along starts it again for who wants that, and else has broken the lease', async () => {
    const [always, onFailure] = [
      await run(ALWAYS),
      await run({ restart: { policy: 'on-failure', most: 0 } }),
    ];
    await at.pass(1_000);
    at.engine.shutDown();
    await at.pass(10_000);
    at.engine.comeUp();
    await at.pass(5_000);
    expect(always.row).toMatchObject({ state: 'running', restarts: 1 });
    expect(onFailure.row).toMatchObject({ state: 'ended', cause: 'ENGINE_STOPPED' });
  });
});

describe('a volunteer that is killed', () => {
  it('while a container is down restarts it afterwards, once', async () => {
    const given = await run(ALWAYS);
    await at.pass(2_000);
    await ends(given, 4);
    expect(given.row.state).toBe('restarting');
    await killPeer();
    await at.pass(2 * LEASE_TICK_MS);
    expect(now(given).row).toMatchObject({ state: 'running', restarts: 1, exitCode: 4, upMs: 2_000 });
    expect(at.engine.running()).toEqual([given.id]);
  });

  it('has what a container had in memory sent again by the tenant', async () => {
    const files = [{ path: '/run/secrets/pw', bytes: Uint8Array.of(1) }];
    const given = await run(ALWAYS);
    Object.assign(given, { files });
    needPayload();
    await at.pass(2_000);
    await killPeer();
    await ends(given, 4);
    await at.pass(RESTART_MIN_MS + LEASE_TICK_MS);
    expect(statusOf(now(given)).state).toBe('reserved');
    expect(now(given).row).toMatchObject({ state: 'restarting', restarts: 0 });
    Object.assign(now(given), { files, needsPayload: false });
    await at.pass(RESTART_RETRY_MS + LEASE_TICK_MS);
    expect(now(given).row).toMatchObject({ state: 'running', restarts: 1 });
  });

  it('gives a container up whose tenant does not send what it had in memory', async () => {
    const given = await run(ALWAYS);
    needPayload();
    await ends(given, 4);
    await at.pass(STALL_MAX_MS);
    expect(given.row).toMatchObject({ state: 'restarting' });
    await at.pass(RESTART_MAX_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'RESERVATION_EXPIRED', restarts: 0 });
  });

  it('between the restart and its row takes the run that it began for the leased one, and does not begin another', async () => {
    const given = await run(ALWAYS);
    await at.pass(2_000);
    await ends(given, 4);
    const { restart } = at.engine;
    let begun: string | undefined;
    at.engine.restart = async (...args) => {
      begun = (await restart.apply(at.engine, args)).run;
      return new Promise(() => {});
    };
    await at.pass(RESTART_MIN_MS);
    expect(begun).toBeDefined();
    at.engine.restart = restart;
    await killPeer();
    await at.pass(2 * LEASE_TICK_MS);
    expect(now(given).row).toMatchObject({ state: 'running', run: begun, restarts: 1, upMs: 2_000 });
    await at.pass(2_000);
    expect(now(given).row).toMatchObject({ state: 'running', run: begun });
  });

  it('before anybody saw the end finds it, and charges nothing after it', async () => {
    const given = await run(ALWAYS);
    await at.pass(2_000);
    await at.keeper.stop();
    at.engine.endUnheard(given.id, 4);
    await at.clock.move(60_000);
    await killPeer();
    await at.pass(3_000);
    expect(now(given).row).toMatchObject({ state: 'running', restarts: 1 });
    expect(now(given).row.upMs).toBeLessThanOrEqual(2_000);
  });

  it('knows the check of a container afterwards', async () => {
    const given = await run({ ...TCP, ...ALWAYS });
    await killPeer();
    await passUntil(() => now(given).row.state === 'restarting');
    expect(now(given).row.cause).toBe('UNHEALTHY');
  });
});

describe('a container with a check', () => {
  it('is starting, then healthy, as its tenant is told at once', async () => {
    at.program = { ports: { 8080: (socket) => socket.destroy() } };
    const given = await run(TCP);
    expect(statusOf(given).health).toBe('starting');
    await at.pass(LEASE_TICK_MS);
    await vi.waitFor(() => expect(statusOf(given).health).toBe('healthy'));
    expect(at.reports.at(-1)?.leases[0]).toMatchObject({ health: 'healthy', state: 'running' });
  });

  it('that fails is restarted without a policy, then ends its lease with a cause of its own', async () => {
    const given = await run(TCP);
    const isRestarting = () => given.row.state === 'restarting';
    await passUntil(isRestarting);
    expect(given.row).toMatchObject({ cause: 'UNHEALTHY', exitCode: -1 });
    expect(at.reports.some(({ leases: [lease] }) => lease?.health === 'unhealthy')).toBe(true);
    await passUntil(() => given.row.state === 'ended');
    expect(given.row).toMatchObject({ cause: 'UNHEALTHY', restarts: MAX_UNHEALTHY_RESTARTS });
  });

  it('of the engine’s is looked at, and one that succeeds again is well', async () => {
    const given = await run(EXEC);
    expect(statusOf(given).health).toBe('starting');
    at.engine.setHealth(given.id, 'healthy');
    await at.pass(LOOK_PERIOD_MS);
    expect(statusOf(given).health).toBe('healthy');
    at.engine.setHealth(given.id, 'unhealthy');
    await passUntil(() => given.row.state === 'restarting');
    expect(statusOf(given)).toMatchObject({ health: '', cause: 'UNHEALTHY' });
    await passUntil(() => given.row.state === 'running');
    expect(statusOf(given)).toMatchObject({ health: 'starting', restarts: 1 });
  });

  it('that fails says why, until it succeeds: to its tenant, in the events, and at the end of its log', async () => {
    const given = await run({ ...EXEC });
    at.engine.setHealth(given.id, 'starting', 'exit code 1: \u001b[2Jno\nsuch\u202e thing');
    await at.pass(LOOK_PERIOD_MS);
    expect(statusOf(given)).toMatchObject({
      health: 'starting',
      healthFailure: 'exit code 1: [2Jno such thing',
    });
    // Somebody waits for it: that it fails is told at once
    expect(at.reports.at(-1)?.leases[0]?.healthFailure).toBe('exit code 1: [2Jno such thing');
    at.engine.setHealth(given.id, 'healthy');
    await at.pass(LOOK_PERIOD_MS);
    expect(statusOf(given)).toMatchObject({ health: 'healthy', healthFailure: '' });
    // One failure of one that is healthy is no news
    at.engine.setHealth(given.id, 'healthy', 'exit code 1');
    const told = at.reports.length;
    await at.pass(3 * LOOK_PERIOD_MS);
    expect(statusOf(given)).toMatchObject({ health: 'healthy', healthFailure: '' });
    expect(at.reports).toHaveLength(told);
    for (let restarts = 0; given.row.state !== 'ended'; restarts += 1) {
      at.engine.setHealth(given.id, 'unhealthy', `exit code ${restarts}: ${'ä'.repeat(4_000)}`);
      await passUntil(() => given.row.state !== 'running');
      await passUntil(() => given.row.state === 'running' || given.row.state === 'ended');
      // What is known of the run before holds until this one is known
      if (given.row.state === 'running')
        expect(statusOf(given).healthFailure).toContain(`code ${restarts}: ä`);
    }
    const { healthFailure } = statusOf(given);
    expect(healthFailure).toMatch(/^exit code 3: ä+…$/);
    expect(Buffer.byteLength(healthFailure)).toBeLessThanOrEqual(HEALTH_FAILURE_BYTES);
    expect((await at.logOf(given))?.at(-1)).toBe(`[tallymesh: its health check failed: ${healthFailure}]`);
    expect(at.reasons.filter((each) => each !== '')).toHaveLength(MAX_UNHEALTHY_RESTARTS + 1);
    expect(at.reasons.at(-1)).toBe(healthFailure);
  });

  it('over the network says what became of the connection', async () => {
    const given = await run(TCP);
    await passUntil(() => given.row.state === 'restarting');
    expect(statusOf(given).healthFailure).toBe('connection refused');
  });

  it('is not probed while it is held for want of a signature', async () => {
    let probes = 0;
    const answer = (socket: Duplex) => {
      probes += 1;
      socket.destroy();
    };
    at.program = { ports: { 8080: answer } };
    const given = await run(TCP);
    at.answer = () => [];
    await passUntil(() => given.row.state === 'paused');
    const before = probes;
    expect(before).toBeGreaterThan(0);
    await at.pass(6_000);
    expect([given.row.state, probes]).toEqual(['paused', before]);
  });
});

/** Lets time pass, and what the probes wait for, until it is so. */
async function passUntil(isSo: () => boolean): Promise<void> {
  for (let ticks = 0; ticks < 1_000 && !isSo(); ticks += 1) {
    await at.pass(LEASE_TICK_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isSo()).toBe(true);
}
