// The life of a lease at its volunteer: what its container does, what its tenant signs, and how it ends.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import {
  COUNTS_KEPT_MS,
  FIRST_EPOCH_MS,
  FORGET_PERIOD_MS,
  KEEP_ENDED_MS,
  LEASE_TICK_MS,
  LOG_WAIT_MS,
  LOOK_PERIOD_MS,
  MIN_GRACE_MS,
  ORPHAN_PERIOD_MS,
  RESERVATION_MS,
  SIGN_GRACE_MS,
  STALL_MAX_MS,
  WATCH_GAP_MS,
} from '../../src/market/terms/parameters.ts';
import { chargeOf, type GivenLease } from '../../src/market/volunteer/given-lease.ts';
import { keptOf, NO_CHECK } from '../../src/records/health-check.ts';
import type { Container } from '../../src/runtime/engine.ts';
import { Keeping, PEER, silent } from '../support/keeping.ts';

const NO_DISK = { cpuMillis: 1_000, memoryBytes: 2 ** 26, diskBytes: 0, gpus: 0 };
const MINUTE_MS = 60_000;
const STARTED: Container = {
  ...{ peer: PEER, lease: 'lease', incarnation: 1, ports: [], state: 'running' },
};

/** The first epoch, and the tick that finds it over: what ran is known by the look before. */
const EPOCH_MS = FIRST_EPOCH_MS + LEASE_TICK_MS;

let at: Keeping;
beforeEach(async () => {
  at = new Keeping();
  await at.keeper.start();
});

const upMs = (given: GivenLease) => at.keeper.countsOf(given).upMs;

describe('a container that is not up', () => {
  it('is not charged while its owner holds it, and goes on as if nothing had been', async () => {
    const given = await at.run();
    await at.pass(2_000);
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED', upMs: 2_000 });
    // Longer than any epoch with all that a tenant may be away
    await at.pass(5 * MINUTE_MS);
    expect(given.row).toMatchObject({ state: 'stalled', upMs: 2_000 });
    expect(given.row.payment.ended).toBe(0);
    at.engine.hold(given.id, 'running');
    at.hint(given.id);
    await at.pass(3_000);
    expect(given.row).toMatchObject({ state: 'running', cause: '' });
    // The last look was a tick ago
    expect(upMs(given)).toBe(5_000 - LEASE_TICK_MS);
    expect(at.told).toEqual(['starting', 'running', 'stalled INSTANCE_PAUSED', 'running']);
  });

  it('gives its capacity back after half an hour, for no tenant would ever be found away', async () => {
    const given = await at.run();
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(LEASE_TICK_MS);
    await at.pass(STALL_MAX_MS - MINUTE_MS);
    at.engine.hold(given.id, 'running');
    await at.pass(LOOK_PERIOD_MS);
    // Counted from the last time that it was up
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(STALL_MAX_MS);
    expect(given.row.state).toBe('stalled');
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_PAUSED' });
    expect(at.leases.holdings()).toEqual([]);
  });

  it('is why its lease ends where its tenant stops it after a grace, and not where that is sooner', async () => {
    const [sooner, later, again] = [await at.run(), await at.run(), await at.run()];
    for (const { id } of [sooner, later, again]) {
      at.engine.hold(id, 'paused');
      at.hint(id);
    }
    await at.pass(MIN_GRACE_MS - LOOK_PERIOD_MS);
    await at.keeper.endAtWish(sooner);
    at.engine.hold(again.id, 'running');
    await at.pass(2 * LOOK_PERIOD_MS);
    for (const each of [later, again]) await at.keeper.endAtWish(each);
    expect(sooner.row).toMatchObject({ state: 'ended', cause: 'TENANT_STOPPED' });
    expect(later.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_PAUSED' });
    expect(again.row).toMatchObject({ state: 'ended', cause: 'TENANT_STOPPED' });
  });

  it('is not charged however short that is', async () => {
    const given = await at.run();
    await at.pass(2_000);
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(WATCH_GAP_MS / 2);
    at.engine.hold(given.id, 'running');
    at.hint(given.id);
    await at.pass(0);
    await at.clock.move(0);
    expect(given.row.state).toBe('running');
    expect(upMs(given)).toBe(2_000);
  });

  it('is not charged for a silence of its engine, which is said once it is longer than the gap', async () => {
    const given = await at.run();
    await at.pass(2_000);
    at.engine.goDown();
    await at.pass(WATCH_GAP_MS);
    expect(given.row.state).toBe('running');
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'stalled', cause: 'ENGINE_SILENT' });
    await at.pass(MINUTE_MS);
    at.engine.comeUp();
    await at.pass(3_000);
    expect(given.row).toMatchObject({ state: 'running', cause: '' });
    // From the look that found it up again
    expect(upMs(given)).toBe(2_000 + 2_000);
    expect(at.told.slice(2)).toEqual(['stalled ENGINE_SILENT', 'running']);
  });

  it('has the cause that was seen last, which its owner is told once', async () => {
    const given = await at.run();
    at.engine.goDown();
    await at.pass(WATCH_GAP_MS + LOOK_PERIOD_MS);
    at.engine.comeUp();
    at.engine.hold(given.id, 'paused');
    await at.pass(3 * LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED' });
    expect(at.told.slice(2)).toEqual(['stalled ENGINE_SILENT', 'stalled INSTANCE_PAUSED']);
  });

  it('keeps its cause when a receipt comes', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(LEASE_TICK_MS);
    await at.sign(given, 1, chargeOf(given));
    expect(given.row).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED' });
    expect(given.row.payment.signed).toBe(1);
    expect(at.told.slice(2)).toEqual(['stalled INSTANCE_PAUSED']);
  });

  it('has no epoch that is over', async () => {
    const given = await at.run();
    await at.pass(FIRST_EPOCH_MS);
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.clock.move(0);
    await at.pass(MINUTE_MS);
    expect(given.row).toMatchObject({ state: 'stalled', upMs: FIRST_EPOCH_MS, payment: { ended: 0 } });
    expect(at.reports).toEqual([]);
  });

  it('ends with its term all the same', async () => {
    const given = await at.run({ endsAtMs: at.clock.nowMs() + MINUTE_MS });
    at.engine.hold(given.id, 'paused');
    await at.pass(MINUTE_MS - LEASE_TICK_MS);
    expect(given.row.state).toBe('stalled');
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'TERM_OVER' });
  });
});

describe('the end of a container', () => {
  const ends: readonly [string, (lease: string) => void, object][] = [
    ['by itself', (lease) => at.engine.end(lease, 3), { cause: 'EXITED', exitCode: 3 }],
    ['for want of memory', (lease) => at.engine.end(lease, 137, true), { cause: 'OUT_OF_MEMORY' }],
    ['by its owner', (lease) => at.engine.kill(lease), { cause: 'INSTANCE_KILLED', exitCode: 137 }],
    ['by removal', (lease) => at.engine.erase(lease), { cause: 'INSTANCE_LOST', exitCode: -1 }],
    ['with a code that no byte holds', (lease) => at.engine.end(lease, 3_221), { exitCode: 255 }],
  ];

  it.each(ends)('%s ends the lease, with what it ran for until then', async (_, end, row) => {
    const given = await at.run();
    await at.pass(2_000);
    await at.clock.move(100);
    end(given.id);
    await at.clock.move(100);
    at.hint(given.id);
    await at.pass(0);
    await at.clock.move(0);
    const isGone = 'cause' in row && row.cause === 'INSTANCE_LOST';
    expect(given.row).toMatchObject({ ...row, state: 'ended', upMs: isGone ? 2_000 : 2_100 });
    expect(given.row.endedAtMs).toBe(at.clock.nowMs());
    expect(given.row.payment).toMatchObject({ ended: 1, startUpMs: given.row.upMs });
    expect({ freed: at.freed, released: at.released, kept: at.kept }).toEqual({
      ...{ freed: 1, released: 1 },
      kept: isGone ? [] : [given.id],
    });
    expect(await at.stateOf(given)).toBeUndefined();
    expect(at.leases.holdings()).toEqual([]);
    // What is charged is reported at once
    expect(at.reports.at(-1)?.leases[0]).toMatchObject({ state: 'ended', cause: given.row.cause, epochs: 1 });
  });

  it('that its engine brought about is said when the engine is back', async () => {
    const given = await at.run();
    await at.pass(2_000);
    at.engine.shutDown();
    await at.pass(MINUTE_MS);
    expect(given.row).toMatchObject({ state: 'stalled', cause: 'ENGINE_SILENT' });
    at.engine.comeUp();
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'ENGINE_STOPPED', upMs: 2_000 });
  });

  it('that was never started is the volunteer’s loss', async () => {
    const given = await at.run();
    const { inspect } = at.engine;
    at.engine.inspect = async (...args) => ({ ...(await inspect.apply(at.engine, args))!, state: 'created' });
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'INSTANCE_LOST' });
  });

  it('is one end, whoever else asks for another', async () => {
    const given = await at.run();
    await at.pass(1_000);
    at.engine.end(given.id, 0);
    await Promise.all([at.keeper.end(given, 'TENANT_STOPPED'), at.keeper.end(given, 'RECALLED')]);
    at.hint(given.id);
    await at.pass(2_000);
    expect(at.told.filter((each) => each.startsWith('ended'))).toEqual(['ended TENANT_STOPPED']);
    expect(given.row).toMatchObject({ exitCode: -1, payment: { ended: 1 } });
    expect(at.freed).toBe(1);
    let looks = 0;
    at.engine.inspect = async () => {
      looks += 1;
      return undefined;
    };
    await at.pass(2 * LOOK_PERIOD_MS);
    expect(looks).toBe(0);
  });
});

describe('a copy of files that takes long', () => {
  const silence = async () => {
    throw new DOMException('late', 'TimeoutError');
  };

  it('is no silence of the engine, and its time is paid for where the same run is still up', async () => {
    const given = await at.run();
    await at.pass(2_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const copying = at.sessions.callForFiles(given.id, new AbortController().signal, () => promise);
    const inspect = vi.spyOn(at.engine, 'inspect').mockImplementation(silence);
    await at.pass(WATCH_GAP_MS + 5 * LOOK_PERIOD_MS);
    expect(given.row.state).toBe('running');
    inspect.mockRestore();
    resolve();
    await copying;
    await at.pass(2 * LOOK_PERIOD_MS);
    expect(at.told).toEqual(['starting', 'running']);
    expect(upMs(given)).toBeGreaterThanOrEqual(2_000 + WATCH_GAP_MS + 5 * LOOK_PERIOD_MS);
  });

  it('hides no end of a container', async () => {
    const given = await at.run();
    await at.pass(2_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const copying = at.sessions.callForFiles(given.id, new AbortController().signal, () => promise);
    const inspect = vi.spyOn(at.engine, 'inspect').mockImplementation(silence);
    await at.pass(2 * WATCH_GAP_MS);
    at.engine.end(given.id, 0);
    inspect.mockRestore();
    resolve();
    await copying;
    await at.pass(LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'EXITED' });
  });
});

describe('a lease that ends by a word', () => {
  it('ends what its tenant does in the container before that is looked at or removed', async () => {
    const given = await at.run();
    const steps: string[] = [];
    at.sessions.begin(given.id).signal.addEventListener('abort', () => steps.push('ended'));
    for (const call of ['inspect', 'remove'] as const)
      vi.spyOn(at.engine, call as 'remove').mockImplementation(async () => void steps.push(call));
    const other = at.sessions.begin('another');
    await at.keeper.end(given, 'TERM_OVER');
    expect(steps).toEqual(['ended', 'inspect', 'remove']);
    expect(other.signal.aborted).toBe(false);
  });

  it('is paid for up to that word, where its container is still seen to run', async () => {
    const given = await at.run();
    await at.pass(1_000);
    await at.clock.move(200);
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(given.row.upMs).toBe(1_200);
  });

  it('is reported at once, however lately its tenant was told of an epoch', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    expect(at.reports).toHaveLength(1);
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(at.reports.at(-1)?.leases).toMatchObject([{ epochs: 2, state: 'ended' }]);
  });

  it('is paid for up to the last look, where the engine does not say so', async () => {
    for (const silence of [() => at.engine.goDown(), (lease: string) => at.engine.hold(lease, 'paused')]) {
      const given = await at.run();
      await at.pass(1_000);
      silence(given.id);
      await at.clock.move(200);
      await at.keeper.end(given, 'TENANT_STOPPED');
      expect(given.row.upMs).toBe(1_000);
      at.engine.comeUp();
    }
  });

  it('before anything ran closes no epoch', async () => {
    const given = await at.reserve();
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(given.row.payment).toMatchObject({ ended: 0, signed: 0 });
    expect(at.told).toEqual(['ended TENANT_STOPPED']);
  });

  it('frees what it took although its container cannot be removed, which is tried again', async () => {
    const given = await at.run();
    await at.pass(1_000);
    at.engine.goDown();
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(at.freed).toBe(1);
    expect(at.leases.holdings()).toHaveLength(1);
    at.engine.comeUp();
    await at.pass(2 * ORPHAN_PERIOD_MS);
    expect(await at.stateOf(given)).toBeUndefined();
    expect(at.leases.holdings()).toEqual([]);
  });

  it('is not revived by a container that has started too late', async () => {
    const given = await at.reserve();
    await at.keeper.end(given, 'RECALLED');
    await at.keeper.running(given, STARTED);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'RECALLED' });
  });
});

describe('a tenant that does not sign', () => {
  /** Until the tenant’s container is held. */
  async function held(): Promise<GivenLease> {
    const given = await at.run();
    await at.pass(2 * FIRST_EPOCH_MS);
    expect(given.row.state).toBe('running');
    await at.pass(LEASE_TICK_MS);
    return given;
  }

  it('is reported to when an epoch is over, and has its container held after one more', async () => {
    const given = await at.run();
    await at.pass(FIRST_EPOCH_MS);
    expect(at.reports).toEqual([]);
    await at.pass(LEASE_TICK_MS);
    expect(at.reports[0]?.leases).toMatchObject([{ epochs: 1, state: 'running' }]);
    expect(given.row.payment).toMatchObject({ ended: 1, signed: 0 });
  });

  it('gets nothing more, and pays for nothing more, until it signs', async () => {
    const given = await held();
    expect(given.row).toMatchObject({ state: 'paused', upMs: 2 * FIRST_EPOCH_MS });
    expect(await at.stateOf(given)).toBe('paused');
    await at.pass(FIRST_EPOCH_MS - 1_000);
    expect(upMs(given)).toBe(2 * FIRST_EPOCH_MS);
    expect(await at.sign(given, 1, chargeOf(given))).toHaveLength(64);
    expect(given.row).toMatchObject({ state: 'running', signedMicrocredits: chargeOf(given) });
    expect(await at.stateOf(given)).toBe('running');
    await at.pass(2_000);
    // From the first look that finds it up
    expect(upMs(given)).toBeGreaterThanOrEqual(2 * FIRST_EPOCH_MS + LOOK_PERIOD_MS);
    expect(upMs(given)).toBeLessThanOrEqual(2 * FIRST_EPOCH_MS + 2_000);
    expect(given.row.payment).toMatchObject({ ended: 1, signed: 1, epochMs: 2 * FIRST_EPOCH_MS });
  });

  it('and signs soon after its container was held pays nothing for that time', async () => {
    const given = await held();
    await at.pass(WATCH_GAP_MS / 2);
    await at.sign(given, 1, chargeOf(given));
    at.hint(given.id);
    await at.clock.move(0);
    expect(given.row.state).toBe('running');
    expect(upMs(given)).toBe(2 * FIRST_EPOCH_MS);
  });

  it('has its container held once, and is told of it at once', async () => {
    let pauses = 0;
    const { pause } = at.engine;
    at.engine.pause = (...args) => {
      pauses += 1;
      return pause.apply(at.engine, args);
    };
    await held();
    expect(at.reports.at(-1)?.leases).toMatchObject([{ state: 'paused' }]);
    await at.pass(3 * LOOK_PERIOD_MS);
    expect(pauses).toBe(1);
  });

  it('is not helped by an owner that lets the container go on', async () => {
    const given = await held();
    at.engine.hold(given.id, 'running');
    at.hint(given.id);
    await at.clock.move(0);
    expect(await at.stateOf(given)).toBe('paused');
    expect(given.row.state).toBe('paused');
    await at.pass(2_000);
    expect(upMs(given)).toBe(2 * FIRST_EPOCH_MS);
  });

  it('is not taken for one whose container its engine lost, while that is silent', async () => {
    const given = await held();
    at.engine.goDown();
    await at.pass(WATCH_GAP_MS + LOOK_PERIOD_MS);
    expect(given.row).toMatchObject({ state: 'paused', cause: '' });
  });

  it('loses the lease when it has not signed after an epoch', async () => {
    const given = await held();
    await at.pass(FIRST_EPOCH_MS - LEASE_TICK_MS);
    expect(given.row.state).toBe('paused');
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'TENANT_REFUSED', upMs: 2 * FIRST_EPOCH_MS });
  });

  it('and cannot be reached loses the lease when it was away for as long as it may', async () => {
    at.answer = silent;
    const given = await at.run({ awayMs: MINUTE_MS });
    await at.pass(2 * FIRST_EPOCH_MS + MINUTE_MS);
    expect(given.row.state).toBe('running');
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'TENANT_AWAY' });
  });

  it('and signs for less than was charged has a receipt, and no lease any more', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    const charge = chargeOf(given);
    await at.sign(given, 1, charge - 1);
    expect(given.row).toMatchObject({
      state: 'ended',
      cause: 'UNDERPAID',
      signedMicrocredits: charge - 1,
    });
  });

  it('and has another copy in its place loses the lease', async () => {
    at.answer = () => ['SUPERSEDED'];
    const given = await at.run();
    await at.pass(FIRST_EPOCH_MS + 2_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'SUPERSEDED' });
  });
});

describe('what a tenant signs', () => {
  it('closes epochs, which double, and is counted once', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    const charge = chargeOf(given);
    expect(charge).toBeGreaterThan(0);
    const { released } = at;
    for (let times = 0; times < 2; times += 1) {
      await at.sign(given, 1, charge);
      expect(given.row).toMatchObject({ state: 'running', signedMicrocredits: charge });
      expect(given.row.payment).toMatchObject({ signed: 1, epochMs: 2 * FIRST_EPOCH_MS });
    }
    expect(at.released).toBe(released + 2);
    // What comes late and says less changes nothing
    await at.pass(2 * FIRST_EPOCH_MS);
    await at.sign(given, 1, charge - 1);
    expect(given.row).toMatchObject({ state: 'running', signedMicrocredits: charge });
  });

  it('for a lease that has ended is taken in, and lends nothing more', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    await at.keeper.end(given, 'TENANT_STOPPED');
    const { length } = at.held;
    await at.sign(given, 2, chargeOf(given));
    expect(given.row).toMatchObject({ state: 'ended', signedMicrocredits: chargeOf(given) });
    expect(given.row.payment).toMatchObject({ ended: 2, signed: 2 });
    expect(at.held).toHaveLength(length);
  });

  it('and was lost here closes what it closed', async () => {
    const given = await at.run();
    const total = { lease: given.lease.id, epochs: 3, counters: { chargedMicrocredits: 900 } };
    const unknown = { ...total, lease: new Uint8Array(32) };
    await at.learn('tenant', [{ body: { leases: [unknown, total] } }]);
    expect(given.row).toMatchObject({ signedMicrocredits: 900, payment: { ended: 3, signed: 3 } });
    await at.learn('tenant', [
      { body: { leases: [{ ...total, epochs: 2, counters: { chargedMicrocredits: 1 } }] } },
    ]);
    expect(given.row).toMatchObject({ signedMicrocredits: 900, payment: { ended: 3, signed: 3 } });
    expect(at.released).toBe(2);
  });

  it('for a lease that is not there any more is signed all the same', async () => {
    const given = await at.reserve();
    at.leases.release(given);
    expect(await at.sign(given, 1, 100)).toHaveLength(64);
  });

  it('does not make epochs longer than can be lent', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    at.lend = () => {
      throw new TallyError('REFUSED_CREDIT');
    };
    await at.sign(given, 1, chargeOf(given));
    expect(given.row.payment).toMatchObject({ signed: 1, epochMs: FIRST_EPOCH_MS });
  });
});

describe('credit', () => {
  it('that is spent ends the lease at the next epoch', async () => {
    const given = await at.run();
    at.lend = () => {
      throw new TallyError('REFUSED_CREDIT');
    };
    await at.pass(FIRST_EPOCH_MS);
    expect(given.row.state).toBe('running');
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'CREDIT_SPENT' });
    // A long one was asked for first, a short one then
    expect(at.held).toHaveLength(2);
  });

  it('that does for a short epoch alone makes it short', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    await at.sign(given, 1, chargeOf(given));
    const [before] = [at.held.length];
    at.lend = (microcredits) => {
      if (at.held.length === before + 1) throw new TallyError('REFUSED_CREDIT');
      expect(microcredits).toBeLessThan(at.held.at(-2) ?? 0);
      return { isPreemptible: true, isLow: true };
    };
    await at.pass(2 * EPOCH_MS);
    expect(given.row).toMatchObject({ state: 'running', cause: 'CREDIT_LOW', preemptible: 1 });
    expect(given.row.payment).toMatchObject({ ended: 2, epochMs: FIRST_EPOCH_MS });
    expect(at.leases.heldFor('tenant')).toBe(at.held.at(-1));
  });

  it('that cannot be told leaves the lease as it is, until it can', async () => {
    const given = await at.run();
    at.lend = () => {
      throw new TallyError('INTERNAL');
    };
    const held = at.leases.heldFor('tenant');
    await at.pass(FIRST_EPOCH_MS + 2_000);
    expect(at.leases.heldFor('tenant')).toBe(held);
    expect(given.row).toMatchObject({ state: 'running', payment: { ended: 0 } });
    at.lend = () => ({ isPreemptible: false, isLow: false });
    await at.pass(LEASE_TICK_MS);
    expect(given.row).toMatchObject({ state: 'running', payment: { ended: 1 } });
  });
});

describe('a reservation', () => {
  it('that is not started in time is given up, and one that is being started is not', async () => {
    const endsAtMs = at.clock.nowMs() + RESERVATION_MS;
    const [forgotten, started] = [await at.reserve(), await at.reserve({ endsAtMs })];
    await at.leases.change(started, { state: 'starting' });
    await at.pass(RESERVATION_MS);
    expect(forgotten.row.state).toBe('reserved');
    await at.pass(LEASE_TICK_MS);
    expect(forgotten.row).toMatchObject({ state: 'ended', cause: 'RESERVATION_EXPIRED' });
    expect(started.row.state).toBe('starting');
  });
});

describe('the next process', () => {
  /** The process ends, or is killed, and the next one starts. */
  async function restart(): Promise<void> {
    at.open();
    await at.leases.load();
    await at.keeper.start();
  }

  it('finds what was counted, and goes on counting', async () => {
    const before = await at.run();
    await at.pass(2_000);
    await at.keeper.stop();
    await at.keeper.stop();
    await at.clock.move(MINUTE_MS);
    await restart();
    const given = at.leases.get(before.id)!;
    expect(given).not.toBe(before);
    await at.pass(1_000);
    expect(given.row.state).toBe('running');
    expect(upMs(given)).toBe(3_000);
    expect(at.leases.holdings()).toHaveLength(1);
  });

  it('that was killed has lost the last seconds of what was counted, however long ago it reported', async () => {
    const given = await at.run();
    await at.pass(EPOCH_MS);
    await at.sign(given, 1, chargeOf(given));
    // The second epoch is twice as long
    await at.pass(2 * FIRST_EPOCH_MS - 1_000);
    expect(given.row.payment).toMatchObject({ signed: 1, ended: 1 });
    expect(given.row.upMs).toBeGreaterThanOrEqual(upMs(given) - COUNTS_KEPT_MS);
    expect(given.row.upMs).toBeGreaterThan(EPOCH_MS);
  });

  it('is not disturbed by the one before', async () => {
    const given = await at.run({ endsAtMs: at.clock.nowMs() + FIRST_EPOCH_MS });
    await at.keeper.stop();
    const { writes } = at.rows;
    at.engine.hold(given.id, 'paused');
    at.hint(given.id);
    await at.pass(2 * FIRST_EPOCH_MS);
    await at.keeper.stop();
    expect(at.rows.writes).toBe(writes);
    expect(given.row.state).toBe('running');
  });

  it('clears away what was left', async () => {
    const given = await at.run();
    await at.rows.put(given.id, { ...given.row, state: 'ended' });
    await restart();
    expect(await at.stateOf(given)).toBeUndefined();
  });

  it('gives reservations up, and takes up what was on its way', async () => {
    const [reserved, starting] = [await at.reserve(), await at.run({}, {})];
    await at.rows.put(starting.id, { ...starting.row, state: 'starting' });
    await restart();
    expect(at.leases.get(reserved.id)?.row).toMatchObject({ state: 'ended', cause: 'RESERVATION_EXPIRED' });
    expect(at.leases.get(starting.id)?.row).toMatchObject({ state: 'running', cause: '' });
  });

  it('lets a container go on that was held and is paid for', async () => {
    const given = await at.run();
    at.engine.hold(given.id, 'paused');
    await at.rows.put(given.id, { ...given.row, state: 'paused' });
    await restart();
    expect(at.leases.get(given.id)?.row.state).toBe('running');
    expect(await at.stateOf(given)).toBe('running');
  });

  it('lets a container go on that the one before may have paused for its check, and none that its owner did', async () => {
    const paused = async (row: Partial<GivenLease['row']>) => {
      const given = await at.run();
      at.engine.hold(given.id, 'paused');
      await at.rows.put(given.id, { ...given.row, ...row });
      return given;
    };
    const check = (kind: string) => ({ check: { ...keptOf(NO_CHECK), kind } });
    const own = await paused(check('image'));
    const others = [
      await paused(check('http')),
      await paused({ ...check('image'), state: 'stalled', cause: 'INSTANCE_PAUSED' }),
    ];
    await restart();
    await at.pass(LOOK_PERIOD_MS);
    expect(at.leases.get(own.id)?.row).toMatchObject({ state: 'running', cause: '' });
    for (const { id } of others)
      expect(at.leases.get(id)?.row).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED' });
    // Whoever pauses it from now on is its owner
    at.engine.hold(own.id, 'paused');
    await at.pass(LOOK_PERIOD_MS);
    expect(at.leases.get(own.id)?.row).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED' });
  });

  it('holds a container that was to be held', async () => {
    const given = await at.run();
    const payment = { ...given.row.payment, ended: 1, pausedAtMs: at.clock.nowMs() };
    await at.rows.put(given.id, { ...given.row, state: 'paused', payment });
    await restart();
    expect(at.leases.get(given.id)?.row.state).toBe('paused');
    expect(await at.stateOf(given)).toBe('paused');
  });

  it('starts although the engine does not answer', async () => {
    const given = await at.run();
    at.engine.goDown();
    await restart();
    expect(at.leases.get(given.id)?.row.state).toBe('running');
  });
});

describe('what no lease stands for', () => {
  const spec = (lease: string, peer = PEER) => ({
    ...{ peer, lease, incarnation: 1, ports: [], limits: NO_DISK },
    imageDigest: `sha256:${'1'.repeat(64)}`,
  });
  const { signal } = new AbortController();
  const left = async () => (await at.engine.list(PEER, signal)).map(({ lease }) => lease);

  it('is removed, and nothing of others or of leases that go on', async () => {
    const given = await at.run();
    await at.engine.launch(spec('stray'), signal);
    await at.engine.launch(spec('theirs', 'another'), signal);
    await at.keeper.clearAway();
    expect(await left()).toEqual([given.id]);
    expect(await at.engine.list('another', signal)).toHaveLength(1);
  });

  it('of a lease that ended just now is left to its own end', async () => {
    const given = await at.run();
    const endedAtMs = at.clock.nowMs();
    await at.leases.change(given, { state: 'ended', endedAtMs });
    await at.clock.move(ORPHAN_PERIOD_MS - 1);
    await at.keeper.clearAway(ORPHAN_PERIOD_MS);
    expect(await left()).toEqual([given.id]);
    await at.clock.move(1);
    await at.keeper.clearAway(ORPHAN_PERIOD_MS);
    expect(await left()).toEqual([]);
  });

  it('is swept with the rest of dead launches when everything is looked at, and only then', async () => {
    let swept = 0;
    at.engine.sweep = async () => {
      swept += 1;
    };
    await at.keeper.clearAway(ORPHAN_PERIOD_MS);
    expect(swept).toBe(0);
    await at.keeper.clearAway();
    expect(swept).toBe(1);
  });

  it('stays where the engine does not answer', async () => {
    await at.engine.launch(spec('stray'), signal);
    at.engine.goDown();
    await at.keeper.clearAway();
    at.engine.comeUp();
    expect(await left()).toEqual(['stray']);
  });
});

describe('the log of a lease that has ended', () => {
  const UNREADABLE = expect.stringMatching(/^\[tallymesh: .*could not be read\]$/);
  /** Lets the engine fail to give logs, or be silent altogether, until the function returned is called. */
  const unreadable = (error = new TallyError('ENGINE_FAILED')) => {
    const logs = at.engine.logs.bind(at.engine);
    at.engine.logs = async function* (lease, query, signal) {
      for await (const line of logs(lease, query, signal)) {
        yield line;
        throw error;
      }
    };
    return () => {
      at.engine.logs = logs;
    };
  };
  const speaking = async () => {
    const given = await at.run();
    at.engine.print(given.id, 'stdout', 'first');
    at.engine.print(given.id, 'stdout', 'last');
    return given;
  };

  it('is kept before its container is removed that the process before this one left', async () => {
    const given = await speaking();
    await at.leases.change(given, { state: 'ended', cause: 'TENANT_STOPPED', endedAtMs: at.clock.nowMs() });
    at.open();
    await at.leases.load();
    await at.keeper.start();
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', 'last']);
  });

  it('is waited for while it cannot be read, container and capacity with it', async () => {
    const given = await speaking();
    const heal = unreadable();
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(await at.stateOf(given)).toBe('running');
    expect(at.leases.holdings()).toHaveLength(1);
    expect(await at.logOf(given)).toBeUndefined();
    await at.pass(ORPHAN_PERIOD_MS);
    expect(await at.stateOf(given)).toBe('running');
    heal();
    await at.pass(ORPHAN_PERIOD_MS);
    expect(await at.stateOf(given)).toBeUndefined();
    expect(at.leases.holdings()).toEqual([]);
    expect(await at.logOf(given)).toEqual(['first', 'last']);
  });

  it('is given up after a while, with what could be read of it and a mark', async () => {
    const given = await speaking();
    unreadable();
    await at.keeper.end(given, 'TENANT_STOPPED');
    await at.pass(LOG_WAIT_MS - LEASE_TICK_MS);
    expect(await at.stateOf(given)).toBe('running');
    await at.pass(ORPHAN_PERIOD_MS);
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', UNREADABLE]);
  });

  it('is not given up by an engine that is silent altogether, however long', async () => {
    const given = await speaking();
    at.engine.goDown();
    await at.keeper.end(given, 'TENANT_STOPPED');
    await at.pass(2 * LOG_WAIT_MS);
    expect(await at.logOf(given)).toBeUndefined();
    at.engine.comeUp();
    await at.keeper.clearAway();
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', 'last']);
  });

  it('does not keep a flood waiting, whose mark comes last', async () => {
    const given = await speaking();
    unreadable();
    await at.keeper.end(given, 'LOG_FLOOD');
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', UNREADABLE, expect.stringContaining('ended: it wrote')]);
  });

  it('that was kept stays, though its container could not be removed then, and is gone by now', async () => {
    const given = await speaking();
    const remove = at.engine.remove.bind(at.engine);
    at.engine.remove = async () => {
      throw new TallyError('ENGINE_FAILED');
    };
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(await at.logOf(given)).toEqual(['first', 'last']);
    at.engine.remove = remove;
    unreadable();
    await at.pass(ORPHAN_PERIOD_MS);
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', 'last']);
  });

  it('says that lines may be missing where the disk of the engine was full meanwhile', async () => {
    const before = await speaking();
    await at.keeper.end(before, 'TENANT_STOPPED');
    await at.clock.move(1);
    const given = await speaking();
    at.engineFullAtMs = at.clock.nowMs();
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(await at.logOf(given)).toEqual(['first', 'last', expect.stringContaining('lines may be missing')]);
    expect(await at.logOf(before)).toEqual(['first', 'last']);
  });

  it('keeps nobody else waiting who left something', async () => {
    const [one, other] = [await speaking(), await speaking()];
    const logs = at.engine.logs.bind(at.engine);
    at.engine.logs = (lease, query, signal) => {
      if (lease === one.id) throw new TallyError('ENGINE_FAILED');
      return logs(lease, query, signal);
    };
    for (const given of [one, other])
      await at.leases.change(given, { state: 'ended', endedAtMs: at.clock.nowMs() });
    await at.keeper.clearAway();
    expect([await at.stateOf(one), await at.stateOf(other)]).toEqual(['running', undefined]);
  });
});

describe('an engine that has become smaller', () => {
  it('keeps what it has room for: what is preemptible goes first, then the latest', async () => {
    const take = async (preemptible = 0) => {
      await at.clock.move(1);
      return at.run({ resources: NO_DISK }, { preemptible });
    };
    const first = await take();
    const preemptible = await take(1);
    const [second, third] = [await take(), await take()];
    const left = () => at.leases.live().map((given) => [first, preemptible, second, third].indexOf(given));
    const shrinkTo = (cpuMillis: number) => at.keeper.fit({ ...NO_DISK, cpuMillis, memoryBytes: 2 ** 40 });
    await shrinkTo(4_000);
    expect(left()).toEqual([0, 1, 2, 3]);
    await shrinkTo(3_999);
    expect(left()).toEqual([0, 2, 3]);
    expect(preemptible.row.cause).toBe('ENGINE_SHRANK');
    await shrinkTo(2_000);
    expect(left()).toEqual([0, 2]);
    await shrinkTo(0);
    expect(left()).toEqual([]);
  });

  it('is cleared of what no lease stands for first', async () => {
    const given = await at.run();
    await at.leases.change(given, { state: 'ended' });
    await at.keeper.fit({ ...NO_DISK, cpuMillis: 0 });
    expect(await at.stateOf(given)).toBeUndefined();
    expect(at.leases.holdings()).toEqual([]);
  });

  it('ends with its leases, although a container that is over could not be removed', async () => {
    const given = await at.run({ resources: NO_DISK });
    at.engine.goDown();
    await at.keeper.fit({ ...NO_DISK, cpuMillis: 0 });
    expect(given.row).toMatchObject({ state: 'ended', cause: 'ENGINE_SHRANK' });
  });
});

describe('a keeper', () => {
  it('writes nothing down while nothing happens', async () => {
    const [given, stalled] = [await at.run(), await at.run()];
    at.engine.hold(stalled.id, 'paused');
    await at.pass(LOOK_PERIOD_MS);
    const { writes } = at.rows;
    await at.pass(FIRST_EPOCH_MS - 2 * LOOK_PERIOD_MS);
    expect(at.rows.writes).toBe(writes);
    expect([given.row.state, stalled.row.state]).toEqual(['running', 'stalled']);
  });

  it('forgets leases that ended long ago', async () => {
    const given = await at.reserve();
    await at.keeper.end(given, 'TENANT_STOPPED');
    await at.clock.move(KEEP_ENDED_MS - 1);
    expect(at.leases.all()).toHaveLength(1);
    await at.clock.move(FORGET_PERIOD_MS);
    expect(at.leases.all()).toEqual([]);
    expect(await at.rows.get(given.id)).toBeUndefined();
  });

  it('reports at once to a tenant that is here again', async () => {
    at.answer = silent;
    await at.run({ awayMs: 10 * MINUTE_MS });
    await at.pass(FIRST_EPOCH_MS + SIGN_GRACE_MS);
    const { length } = at.reports;
    at.meet('tenant');
    await at.pass(LEASE_TICK_MS);
    expect(at.reports).toHaveLength(length + 1);
  });

  it('samples what a container uses, and counts its tunnels', async () => {
    const given = await at.run();
    at.engine.setUsage(given.id, { cpuMilliseconds: 70, memoryBytes: 0 });
    at.keeper.countTunnel(given.id, 3_000);
    await at.pass(2_500);
    expect(at.keeper.countsOf(given)).toMatchObject({ cpuMilliseconds: 70, tunnelBytes: 3_000 });
  });
});

describe('a container on the disk of its owner', () => {
  const leased = { resources: { ...NO_DISK, diskBytes: 100 * MIB } };

  it('is ended at once when it has more there than its lease allows, and its log says so', async () => {
    const given = await at.run(leased);
    at.engine.print(given.id, 'stdout', 'first');
    at.engine.write(given.id, { bytes: 100 * MIB, files: 10 });
    await at.pass(2_000);
    expect(given.row.state).toBe('running');
    const halted: string[] = [];
    const halt = at.engine.halt.bind(at.engine);
    at.engine.halt = async (lease, signal) => {
      halted.push(`${lease} ${given.row.state}`);
      await halt(lease, signal);
    };
    at.engine.write(given.id, { bytes: 100 * MIB + 1, files: 10 });
    await at.pass(2_000);
    expect(given.row).toMatchObject({ state: 'ended', cause: 'DISK_EXCEEDED' });
    // Not before its row says why: else its end would be its owner's doing
    expect(halted).toEqual([`${given.id} ended`]);
    expect(await at.stateOf(given)).toBeUndefined();
    expect(await at.logOf(given)).toEqual(['first', expect.stringContaining('100 MiB and 10496 files')]);
  });

  it('is ended by the number of its files too, also one of before a restart', async () => {
    const given = await at.run(leased);
    await at.keeper.stop();
    at.open();
    at.engine.write(given.id, { bytes: 0, files: 10_497 });
    await at.leases.load();
    await at.keeper.start();
    await at.pass(2_000);
    expect(at.leases.get(given.id)?.row).toMatchObject({ state: 'ended', cause: 'DISK_EXCEEDED' });
  });

  it('is ended at the start of its volunteer before anything else is done for it, whatever it did meanwhile', async () => {
    const ALWAYS = { restart: { policy: 'always', most: 0 } };
    const [runs, down, paused] = [await at.run(leased), await at.run(leased, ALWAYS), await at.run(leased)];
    await at.pass(2_000);
    await at.keeper.stop();
    at.open();
    for (const { id } of [runs, down, paused]) at.engine.write(id, { bytes: 200 * MIB, files: 10 });
    at.engine.end(down.id, 1);
    at.engine.hold(paused.id, 'paused');
    // Its tenant has paid, and the peer died before it let the container go on
    await at.rows.put(paused.id, { ...paused.row, state: 'paused' });
    const calls = { resume: vi.spyOn(at.engine, 'resume'), restart: vi.spyOn(at.engine, 'restart') };
    await at.leases.load();
    await at.keeper.start();
    await at.clock.move(0);
    for (const { id } of [runs, down, paused])
      expect(at.leases.get(id)?.row).toMatchObject({ state: 'ended', cause: 'DISK_EXCEEDED' });
    for (const call of Object.values(calls)) expect(call).not.toHaveBeenCalled();
  });

  it('counts for what the engine has, as far as it was measured, until it is gone', async () => {
    const given = await at.run(leased);
    at.engine.write(given.id, { bytes: 60 * MIB, files: 10 });
    await at.pass(3_000);
    expect(at.leases.writtenBytes()).toBe(60 * MIB);
    await at.keeper.end(given, 'TENANT_STOPPED');
    expect(at.leases.writtenBytes()).toBe(0);
  });
});
