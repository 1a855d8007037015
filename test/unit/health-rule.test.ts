// How a container is, from the results of its probes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_PROBE_MS } from '../../src/market/terms/parameters.ts';
import { afterProbe, beginChecked, type Checked } from '../../src/market/volunteer/watches/health-rule.ts';

const TIMES = { intervalMs: 10_000, timeoutMs: 2_000, retries: 3, startPeriodMs: 30_000 };
const TOOK_MS = 100;

/** Takes these results one after the other, each when it is due; the state after each. */
function probed(results: readonly boolean[], times = TIMES, from: Checked = beginChecked(0)): Checked[] {
  const states: Checked[] = [];
  let now = from;
  for (const isWell of results) {
    const fromMs = now.dueAtMs;
    now = afterProbe(now, isWell, { fromMs, toMs: fromMs + TOOK_MS }, times);
    states.push(now);
  }
  return states;
}
const healths = (states: readonly Checked[]) => states.map(({ health }) => health);

describe('the health of a container', () => {
  it('is starting until a probe succeeds, which makes it healthy at once', () => {
    expect(beginChecked(5)).toMatchObject({ health: 'starting', dueAtMs: 5 });
    expect(healths(probed([false, false, true]))).toEqual(['starting', 'starting', 'healthy']);
  });

  it('is probed every second in the start period, where failures do not count, and then at its interval', () => {
    const count = Math.ceil(TIMES.startPeriodMs / (FIRST_PROBE_MS + TOOK_MS));
    const states = probed(Array<boolean>(count + 3).fill(false));
    expect(states[0]?.dueAtMs).toBe(TOOK_MS + FIRST_PROBE_MS);
    expect(healths(states)).toEqual([...Array(count + 2).fill('starting'), 'unhealthy']);
    const [last, before] = [states.at(-1)!, states.at(-2)!];
    expect(last.dueAtMs - before.dueAtMs).toBe(TIMES.intervalMs + TOOK_MS);
  });

  it('has no second start period where its run has gone on for longer', () => {
    const from = beginChecked(1_000_000, TIMES.startPeriodMs);
    expect(healths(probed([false, false, false], TIMES, from))).toEqual([
      'starting',
      'starting',
      'unhealthy',
    ]);
  });

  it('counts failures in the start period once it has been healthy', () => {
    expect(healths(probed([true, false, false, false]))).toEqual([
      ...['healthy', 'healthy', 'healthy', 'unhealthy'],
    ]);
  });

  it('needs failures in a row, and one success mends it', () => {
    const states = probed([true, false, false, true, false, false, false, true]);
    expect(healths(states)).toEqual([
      ...['healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'unhealthy', 'healthy'],
    ]);
  });

  it('is unhealthy at the first failure that counts where its tenant allows none', () => {
    expect(healths(probed([false], { ...TIMES, retries: 1, startPeriodMs: 0 }))).toEqual(['unhealthy']);
  });

  it('is healthy exactly if the last success is followed by fewer failures than it has tries', () => {
    let unhealthy = 0;
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (results, retries) => {
          const last = probed([true, ...results], { ...TIMES, retries }).at(-1);
          const failures = results.length - 1 - results.lastIndexOf(true);
          const isUnhealthy = failures >= retries;
          if (isUnhealthy) unhealthy += 1;
          expect(last?.health).toBe(isUnhealthy ? 'unhealthy' : 'healthy');
        },
      ),
      { numRuns: 1_000 },
    );
    expect(unhealthy).toBeGreaterThan(10);
  });
});
