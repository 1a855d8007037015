// What is wrong with a peer, and when it says so.
import { describe, expect, it } from 'vitest';
import { Health } from '../../src/health/health.ts';
import { LOOK_MS } from '../../src/health/parameters.ts';
import { agreedOffsetMs, problemsOf, type Signs } from '../../src/health/problems.ts';
import { Sightings } from '../../src/health/sightings.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { HEALTH_CODES, type HealthCode } from '../../src/lib/health.ts';
import type { Log } from '../../src/lib/log.ts';
import { GIB, MIB } from '../../src/lib/units.ts';
import type { Sight } from '../../src/overlay/protocols/sight.ts';
import { HandClock } from '../support/hand-clock.ts';
import { temporaryHome } from '../support/ledgers.ts';

const WELL: Signs = {
  engine: 'up',
  freeBytes: GIB,
  ledgerFault: undefined,
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
  const health = new Health(
    { home: await temporaryHome(), hasBootstrap: true },
    {
      ...{ overlay, ledger: { settled }, engine: () => around.engine, clock, log },
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
  return { clock, around, told, happened, shown, health, look };
}

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
