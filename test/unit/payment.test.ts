import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIGN_GRACE_MS } from '../../src/market/terms/parameters.ts';
import {
  atRisk,
  beginPayment,
  caughtUp,
  endPayment,
  longestEpochMs,
  type Payment,
  type PaymentAction,
  refused,
  reported,
  signed,
  tickPayment,
} from '../../src/market/terms/payment.ts';
import { chargeFor } from '../../src/market/terms/pricing.ts';

const TERMS = { firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 60_000 };
const PRICE = 3_600_000;
const STEP_MS = 250;

/** What a tenant does with a report: signs, answers without signing, says that it will not, or cannot be reached. */
type Manner = 'signs' | 'answers' | 'refuses' | 'away';

/** Plays a lease against a tenant, as the keeper does: one tick per step, reports every two seconds while unsigned. */
class Play {
  payment: Payment = beginPayment(TERMS);
  upMs = 0;
  nowMs = 1_000_000;
  signedUpMs = 0;
  worstUnsigned = 0;
  actions: PaymentAction[] = [];
  #reportedAtMs = 0;

  step(manner: Manner): boolean {
    this.nowMs += STEP_MS;
    if (this.payment.pausedAtMs === 0) this.upMs += STEP_MS;
    const { payment, action } = tickPayment(this.payment, TERMS, this.upMs, this.nowMs);
    this.payment = payment;
    if (action !== 'none') this.actions.push(action);
    this.worstUnsigned = Math.max(
      this.worstUnsigned,
      chargeFor(PRICE, this.upMs) - chargeFor(PRICE, this.signedUpMs),
    );
    if (action.startsWith('stop')) return false;
    const isDue = action !== 'none' || this.nowMs >= this.#reportedAtMs + 2_000;
    if (isDue && this.payment.ended > this.payment.signed) this.#report(manner);
    return true;
  }

  #report(manner: Manner): void {
    this.#reportedAtMs = this.nowMs;
    this.payment = reported(this.payment, manner !== 'away', this.nowMs);
    if (manner === 'refuses') this.payment = refused(this.payment, TERMS);
    if (manner !== 'signs') return;
    this.signedUpMs = this.payment.startUpMs;
    this.payment = signed(this.payment, this.payment.ended, TERMS);
  }
}

function play(steps: number, mannerAt: (play: Play) => Manner): Play {
  const game = new Play();
  for (let i = 0; i < steps; i += 1) if (!game.step(mannerAt(game))) break;
  return game;
}

describe('payment by epochs', () => {
  it('doubles the epoch with every receipt up to the longest', () => {
    const lengths = new Set<number>();
    play(20_000, ({ payment }) => {
      lengths.add(payment.epochMs);
      return 'signs';
    });
    expect([...lengths]).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
  });

  it('pauses a tenant that answers and does not sign after one epoch more, then stops it', () => {
    const game = play(1_000, () => 'answers');
    expect(game.actions).toEqual(['report', 'pause', 'stop-refused']);
    expect(game.upMs).toBe(2 * TERMS.firstEpochMs);
  });

  it('goes on for awayMs when the tenant cannot be reached, and only then stops', () => {
    const game = play(2_000, () => 'away');
    expect(game.actions).toEqual(['report', 'stop-away']);
    expect(game.upMs).toBe(2 * TERMS.firstEpochMs + TERMS.awayMs);
  });

  /** The lengths of epochs once a tenant signed up to the longest, behaved otherwise for a while, and signs again. */
  function lengthsAfter(otherwise: Manner, isEnough: (payment: Payment) => boolean): readonly number[] {
    const game = new Play();
    const lengths = new Set<number>();
    const isLongest = ({ epochMs }: Payment) => epochMs === TERMS.maxEpochMs;
    const until = (manner: Manner, isReached: (payment: Payment) => boolean) => {
      while (!isReached(game.payment)) expect(game.step(manner)).toBe(true);
    };
    until('signs', isLongest);
    until(otherwise, isEnough);
    until('signs', (payment) => {
      lengths.add(payment.epochMs);
      return isLongest(payment);
    });
    expect(game.payment.pausedAtMs).toBe(0);
    return [...lengths];
  }

  it('resumes when the tenant signs after all, and starts with short epochs again', () => {
    const lengths = lengthsAfter('answers', ({ pausedAtMs }) => pausedAtMs > 0);
    expect(lengths).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
  });

  it('starts with short epochs as soon as the tenant says that it will not sign, and only then', () => {
    const hasAnswered = ({ answeredAtMs }: Payment) => answeredAtMs > 0;
    expect(lengthsAfter('answers', hasAnswered)).toEqual([300_000]);
    expect(lengthsAfter('refuses', hasAnswered)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
  });

  it('never leaves more unsigned than the lease prints, however the tenant behaves', () => {
    const bound = atRisk(PRICE, Number.MAX_SAFE_INTEGER, TERMS);
    let worst = 0;
    const manners = fc.array(
      fc.tuple(
        fc.constantFrom<Manner>('signs', 'answers', 'refuses', 'away'),
        fc.integer({ min: 1, max: 800 }),
      ),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(manners, (phases) => {
        const script = phases.flatMap(([manner, steps]) => Array.from({ length: steps }, () => manner));
        let at = 0;
        const game = play(script.length, () => script[at++] ?? 'signs');
        worst = Math.max(worst, game.worstUnsigned);
        expect(game.worstUnsigned).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 300 },
    );
    expect(worst).toBeGreaterThan(bound / 4);
  });

  it('prints a bound of two longest epochs, the time away and the grace', () => {
    const { maxEpochMs, awayMs } = TERMS;
    const unsignedMs = 2 * maxEpochMs + awayMs + SIGN_GRACE_MS;
    expect(atRisk(PRICE, Number.MAX_SAFE_INTEGER, TERMS)).toBe(chargeFor(PRICE, unsignedMs));
    expect(longestEpochMs({ ...beginPayment(TERMS), epochMs: 7 }, TERMS)).toBe(7 + awayMs + SIGN_GRACE_MS);
  });

  it('acts at the very moment, and never before', () => {
    const over: Payment = { ...beginPayment(TERMS), startUpMs: 10_000, ended: 1, answeredAtMs: 50_000 };
    const actions = (payment: Payment, upMs: number, dueMs: number) =>
      [dueMs - 1, dueMs].map((nowMs) => tickPayment(payment, TERMS, upMs, nowMs).action);
    expect(actions(over, 20_000, 50_000 + SIGN_GRACE_MS)).toEqual(['none', 'pause']);
    expect(actions({ ...over, pausedAtMs: 60_000 }, 20_000, 70_000)).toEqual(['none', 'stop-refused']);
    expect(tickPayment(over, TERMS, 19_999, 90_000).action).toBe('none');
  });

  it('takes a receipt of a part for that part, and none for more than is over', () => {
    const three: Payment = { ...beginPayment(TERMS), ended: 3, signed: 1, answeredAtMs: 5, pausedAtMs: 6 };
    expect(signed(three, 2, TERMS)).toEqual({ ...three, signed: 2 });
    expect(signed(three, 0, TERMS)).toEqual(three);
    const all = { ...three, signed: 3, epochMs: 20_000, answeredAtMs: 0, pausedAtMs: 0 };
    expect(signed(three, 9, TERMS)).toEqual(all);
    // The same receipt again makes no epoch longer
    expect(signed(all, 3, TERMS)).toEqual(all);
  });

  it('knows from a receipt of epochs that it had lost, and ends with the epoch that runs', () => {
    const restored: Payment = { ...beginPayment(TERMS), ended: 2, signed: 1 };
    expect(caughtUp(restored, 5)).toEqual({ ...restored, ended: 5, signed: 5 });
    expect(caughtUp({ ...restored, ended: 4 }, 3)).toEqual({ ...restored, ended: 4, signed: 3 });
    expect(caughtUp(restored, 0)).toEqual(restored);
    expect(endPayment(restored, 99)).toEqual({ ...restored, ended: 3, startUpMs: 99 });
  });

  it('prints a bound that is no more than the whole lease costs', () => {
    expect(atRisk(PRICE, 60_000, TERMS)).toBe(chargeFor(PRICE, 60_000));
  });
});
