// What is wrong with a peer, and when it says so.
import { describe, expect, it } from 'vitest';
import { Disks, freeBytesAt } from '../../src/health/disks.ts';
import { Health } from '../../src/health/health.ts';
import { DISK_FRESH_MS, DISK_LOOK_MS, ENGINE_REFUSAL_MS, LOOK_MS } from '../../src/health/parameters.ts';
import { agreedOffsetMs, problemsOf, type Signs } from '../../src/health/problems.ts';
import { Sightings } from '../../src/health/sightings.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { HEALTH_CODES, type HealthCode } from '../../src/lib/health.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { GIB, MIB } from '../../src/lib/units.ts';
import type { Sight } from '../../src/overlay/protocols/sight.ts';
import { HandClock } from '../support/hand-clock.ts';
import { temporaryHome } from '../support/ledgers.ts';

const WELL: Signs = {
  engine: 'up',
  freeBytes: GIB,
  ledgerFault: undefined,
  engineFreeBytes: GIB,
  engineRefused: false,
  hasBootstrap: true,
  aloneMs: 0,
  foreignPeers: 0,
  clockOffsetsMs: [],
  isDoubled: false,
  isJoinRefused: false,
};
const MINUTES = 60_000;

/** What makes each problem, and the least change that does not. */
const CASES: { readonly [C in HealthCode]: { bad: Partial<Signs>[]; good: Partial<Signs>[] } } = {
  ENGINE_DOWN: { bad: [{ engine: 'down' }], good: [{ engine: 'none' }] },
  ENGINE_DISK_FULL: {
    bad: [{ engineFreeBytes: 64 * MIB - 1 }, { engineRefused: true }],
    good: [{ engineFreeBytes: undefined }],
  },
  ENGINE_DISK_LOW: {
    bad: [{ engineFreeBytes: 64 * MIB }, { engineFreeBytes: 256 * MIB - 1 }],
    good: [{ engineFreeBytes: 256 * MIB }],
  },
  DISK_FULL: {
    bad: [{ freeBytes: 16 * MIB - 1 }, { ledgerFault: 'LEDGER_DISK_FULL' }],
    good: [{ freeBytes: undefined }],
  },
  DISK_LOW: { bad: [{ freeBytes: 16 * MIB }, { freeBytes: 64 * MIB - 1 }], good: [{ freeBytes: 64 * MIB }] },
  DISK_FAILING: { bad: [{ ledgerFault: 'LEDGER_WRITE_FAILED' }], good: [{}] },
  CLOCK_WRONG: {
    bad: [
      { clockOffsetsMs: [10 * MINUTES, 10 * MINUTES] },
      { clockOffsetsMs: [-3 * MINUTES, 0, -10 * MINUTES] },
    ],
    good: [
      { clockOffsetsMs: [10 * MINUTES] },
      { clockOffsetsMs: [0, 10 * MINUTES] },
      { clockOffsetsMs: [0, 10 * MINUTES, -10 * MINUTES] },
      { clockOffsetsMs: [2 * MINUTES, 2 * MINUTES] },
    ],
  },
  NETWORK_UNSHARED: {
    bad: [{ aloneMs: MINUTES, foreignPeers: 1 }],
    good: [{ aloneMs: 1_000, foreignPeers: 1 }, { foreignPeers: 3 }],
  },
  NO_PEERS: {
    bad: [{ aloneMs: MINUTES }],
    good: [{ aloneMs: MINUTES, hasBootstrap: false }, { aloneMs: 1_000 }],
  },
  KEY_RUNS_TWICE: { bad: [{ isDoubled: true }], good: [{}] },
  INVITATION_REFUSED: { bad: [{ isJoinRefused: true }], good: [{}] },
};

describe('a problem', () => {
  it.each(HEALTH_CODES)('%s follows from its signs alone', (code) => {
    for (const signs of CASES[code].bad)
      expect(problemsOf({ ...WELL, ...signs }), JSON.stringify(signs)).toEqual([code]);
    for (const signs of CASES[code].good) expect(problemsOf({ ...WELL, ...signs })).toEqual([]);
  });
});

describe('the clocks of others', () => {
  it('agree by their median, and no minority that lies can move it out of what the others say', () => {
    const honest = [-900, -40, 0, 30, 1_200];
    for (const lie of [-1e12, -5e5, 5e5, 1e12]) {
      for (const liars of [0, 1, 2, 3, 4]) {
        const agreed = agreedOffsetMs([...honest, ...Array<number>(liars).fill(lie)]);
        expect(agreed).toBeGreaterThanOrEqual(-900);
        expect(agreed).toBeLessThanOrEqual(1_200);
      }
    }
    expect(agreedOffsetMs([600_000, 600_100, 599_900])).toBe(600_000);
  });
});

describe('sightings', () => {
  const [one, twin] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
  const ask = (sightings: Sightings, runs: Uint8Array[]) =>
    runs.map((run) => sightings.answer('peer', { run }).others);

  it('see two processes with one key that ask by turns', () => {
    expect(ask(new Sightings(new HandClock()), [one, twin, one, twin, one])).toEqual([0, 0, 1, 1, 1]);
  });

  it('see one where a process was started again, or another peer asks between', () => {
    const sightings = new Sightings(new HandClock());
    expect(ask(sightings, [one, one, twin, twin, twin])).toEqual([0, 0, 0, 0, 0]);
    expect(sightings.answer('other', { run: one }).others).toBe(0);
    expect(ask(sightings, [twin])).toEqual([0]);
  });

  it('tell this clock', () => {
    expect(new Sightings(new HandClock(77_000)).answer('peer', { run: one }).nowMs).toBe(77_000);
  });
});

/** A peer whose surroundings a test makes up. */
async function somebody() {
  const clock = new HandClock();
  const told: string[] = [];
  const happened: string[] = [];
  const tell = (level: string) => (fields: { code: string }) => void told.push(`${level} ${fields.code}`);
  const log = { warn: tell('warn'), info: tell('info'), trace: () => {}, error: () => {} } as unknown as Log;
  const around = {
    engine: 'up' as Signs['engine'],
    fault: undefined as TallyError | undefined,
    company: { greeted: 1, foreign: 0 },
    /** What each connected peer answers. */
    peers: {} as Record<string, () => Sight>,
  };
  const shown: (readonly HealthCode[])[] = [];
  const overlay = {
    serve: () => {},
    onConnect: () => {},
    company: () => around.company,
    connected: () =>
      Object.keys(around.peers).map((peer) => ({ peer, addresses: [], direction: 'outbound' as const })),
    request: async (_: unknown, peer: string) => around.peers[peer]?.() as never,
  };
  const settled = async () => {
    if (around.fault !== undefined) throw around.fault;
  };
  const home = await temporaryHome();
  const disks = new Disks({ home, ledger: { settled }, engineFolder: () => undefined, clock, log });
  const health = new Health(
    { hasBootstrap: true },
    {
      ...{ overlay, disks, engine: () => around.engine, clock, log },
      metrics: { show: (problems) => void shown.push(problems) },
      isJoinRefused: () => false,
      told: (kind, code) => void happened.push(`${kind} ${code}`),
    },
  );
  await health.start();
  const look = async () => {
    const before = shown.length;
    await clock.move(LOOK_MS);
    // A look that is still under way swallows the next
    await expect.poll(() => shown.length).toBeGreaterThan(before);
  };
  return { clock, around, told, happened, shown, health, disks, look };
}

describe('the disks of a peer', () => {
  it('are looked at when somebody asks how it is, not only now and then', async () => {
    const { clock, around, health } = await somebody();
    expect(await health.look()).toEqual([]);
    around.fault = new TallyError('LEDGER_DISK_FULL');
    await clock.move(DISK_FRESH_MS);
    expect(await health.look()).toEqual(['DISK_FULL']);
    around.fault = undefined;
    await clock.move(DISK_FRESH_MS);
    expect(await health.look()).toEqual([]);
  });

  it('are not looked at once more for each of many who ask', async () => {
    const { clock, around, disks } = await somebody();
    await disks.look();
    around.fault = new TallyError('LEDGER_DISK_FULL');
    await clock.move(DISK_FRESH_MS - 1);
    await Promise.all([disks.look(), disks.look()]);
    expect(disks.signs().ledgerFault).toBeUndefined();
    await clock.move(1);
    await disks.look();
    expect(disks.signs().ledgerFault).toBe('LEDGER_DISK_FULL');
  });

  it('keep nobody waiting who do not answer', async () => {
    const clock = new HandClock();
    const settled = () => new Promise<void>(() => {});
    const parts = { home: await temporaryHome(), engineFolder: () => undefined, ledger: { settled } };
    const disks = new Disks({ ...parts, clock, log: silentLog });
    const looked = disks.look();
    await clock.move(10_000);
    await looked;
    expect(disks.isLeft()).toBe(true);
  });

  it('leave space for work or not, and tell when that changes', async () => {
    const { clock, around, disks } = await somebody();
    const told: boolean[] = [];
    disks.onChange(() => told.push(disks.isLeft()));
    await disks.start();
    for (const fault of ['LEDGER_DISK_FULL', undefined, 'LEDGER_WRITE_FAILED', undefined] as const) {
      around.fault = fault && new TallyError(fault);
      const changes = told.length;
      await clock.move(DISK_LOOK_MS);
      await expect.poll(() => told.length).toBe(changes + 1);
    }
    expect(told).toEqual([false, true, false, true]);
    await disks.stop();
  });

  it('are taken for full for a while once the engine has said so', async () => {
    const { clock, disks } = await somebody();
    await disks.look();
    disks.engineRefused();
    expect(disks.isLeft()).toBe(false);
    expect(disks.engineFullAtMs()).toBe(clock.nowMs());
    await clock.move(ENGINE_REFUSAL_MS - 1);
    expect(disks.isLeft()).toBe(false);
    await clock.move(1);
    expect(disks.isLeft()).toBe(true);
  });

  it('cannot be asked where there is no such folder', async () => {
    expect(await freeBytesAt('/no/such/folder')).toBeUndefined();
    expect(await freeBytesAt('/')).toBeGreaterThan(0);
  });
});

describe('a peer', () => {
  it('says once that something is wrong, and once that it is over', async () => {
    const { around, told, happened, shown, health, look } = await somebody();
    around.engine = 'down';
    around.fault = new TallyError('LEDGER_DISK_FULL');
    for (let looks = 0; looks < 3; looks += 1) await look();
    await expect.poll(() => told).toEqual(['warn ENGINE_DOWN', 'warn DISK_FULL']);
    expect(health.problems()).toEqual(['ENGINE_DOWN', 'DISK_FULL']);
    around.engine = 'up';
    around.fault = undefined;
    for (let looks = 0; looks < 3; looks += 1) await look();
    await expect.poll(() => told.slice(2)).toEqual(['info ENGINE_DOWN', 'info DISK_FULL']);
    expect(happened).toEqual([
      ...['problem.begun ENGINE_DOWN', 'problem.begun DISK_FULL'],
      ...['problem.over ENGINE_DOWN', 'problem.over DISK_FULL'],
    ]);
    expect(shown.at(-1)).toEqual([]);
    await health.stop();
  });

  it('believes what its peers say of clock and key for two looks, and forgets those that left', async () => {
    const { clock, around, health, look } = await somebody();
    const late = () => ({ nowMs: clock.nowMs() + 10 * MINUTES, others: 1 });
    around.peers = { a: late, b: late };
    await look();
    await expect.poll(() => health.problems()).toEqual(['CLOCK_WRONG', 'KEY_RUNS_TWICE']);
    around.peers = {};
    await look();
    await expect.poll(() => health.problems()).toEqual([]);
    await health.stop();
  });

  it('is alone only once nobody of its network was there for a while', async () => {
    const { around, health, look } = await somebody();
    expect(health.problems()).toEqual([]);
    around.company = { greeted: 0, foreign: 1 };
    expect(health.problems()).toEqual([]);
    for (let looks = 0; looks < 3; looks += 1) await look();
    expect(health.problems()).toEqual(['NETWORK_UNSHARED']);
    around.company = { greeted: 1, foreign: 1 };
    expect(health.problems()).toEqual([]);
    await health.stop();
  });
});
