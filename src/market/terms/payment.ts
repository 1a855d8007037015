// Payment of one lease: when an epoch ends, when the tenant is reminded, paused, or given up. Pure: a state, the time
// the container has run, and the wall clock go in; a state and an action come out.
import { SIGN_GRACE_MS } from './parameters.ts';
import { chargeFor } from './pricing.ts';

/** What the lease says about payment. */
export interface PaymentTerms {
  readonly firstEpochMs: number;
  readonly maxEpochMs: number;
  readonly awayMs: number;
}

/** Where the payment of a lease stands. Times of running (`…UpMs`) exclude pauses and a volunteer that was down. */
export interface Payment {
  /** Length of the epoch that runs. */
  readonly epochMs: number;
  /** When it began. */
  readonly startUpMs: number;
  /** Epochs that are over, and how many of them are co-signed. */
  readonly ended: number;
  readonly signed: number;
  /** Since when the tenant has had a report that it answered and did not sign; 0: it has not, or cannot be reached. */
  readonly answeredAtMs: number;
  /** Since when the container is paused; 0: it is not. */
  readonly pausedAtMs: number;
}

/** What the volunteer has to do now. */
export type PaymentAction = 'none' | 'report' | 'pause' | 'stop-refused' | 'stop-away';

/** A lease whose container has just started. */
export function beginPayment({ firstEpochMs }: PaymentTerms): Payment {
  return { epochMs: firstEpochMs, startUpMs: 0, ended: 0, signed: 0, answeredAtMs: 0, pausedAtMs: 0 };
}

/** Looks at the clock. At most one epoch runs beside one that is not signed. */
export function tickPayment(
  payment: Payment,
  terms: PaymentTerms,
  upMs: number,
  nowMs: number,
): { payment: Payment; action: PaymentAction } {
  const { epochMs, startUpMs, ended, signed, answeredAtMs, pausedAtMs } = payment;
  if (pausedAtMs > 0) {
    return { payment, action: nowMs >= pausedAtMs + epochMs ? 'stop-refused' : 'none' };
  }
  const overUpMs = startUpMs + epochMs;
  if (upMs < overUpMs) return { payment, action: 'none' };
  if (ended === signed)
    return { payment: { ...payment, ended: ended + 1, startUpMs: upMs }, action: 'report' };
  if (answeredAtMs > 0 && nowMs >= answeredAtMs + SIGN_GRACE_MS) {
    return { payment: { ...payment, epochMs: terms.firstEpochMs, pausedAtMs: nowMs }, action: 'pause' };
  }
  const away = answeredAtMs === 0 && upMs >= overUpMs + terms.awayMs;
  return { payment, action: away ? 'stop-away' : 'none' };
}

/** The tenant answered a report (or could not be reached) while something is unsigned. */
export function reported(payment: Payment, answered: boolean, nowMs: number): Payment {
  if (payment.ended === payment.signed || !answered) return { ...payment, answeredAtMs: 0 };
  return payment.answeredAtMs > 0 ? payment : { ...payment, answeredAtMs: nowMs };
}

/** The tenant said in its answer that it will not sign: the next epochs are short again. */
export function refused(payment: Payment, { firstEpochMs }: PaymentTerms): Payment {
  return { ...payment, epochMs: firstEpochMs };
}

/** A receipt closed this many epochs: epochs double once nothing is unsigned, and a pause is over. */
export function signed(payment: Payment, epochs: number, { maxEpochMs }: PaymentTerms): Payment {
  const closed = Math.max(payment.signed, Math.min(epochs, payment.ended));
  if (closed < payment.ended) return { ...payment, signed: closed };
  const epochMs = closed > payment.signed ? Math.min(maxEpochMs, payment.epochMs * 2) : payment.epochMs;
  return { ...payment, signed: closed, epochMs, answeredAtMs: 0, pausedAtMs: 0 };
}

/** A receipt turned up that closed more epochs than this side remembers, which was restored from an older backup. */
export function caughtUp(payment: Payment, epochs: number): Payment {
  const ended = Math.max(payment.ended, epochs);
  return { ...payment, ended, signed: Math.max(payment.signed, epochs) };
}

/** The last epoch ends early, with the lease. */
export function endPayment(payment: Payment, upMs: number): Payment {
  return { ...payment, ended: payment.ended + 1, startUpMs: upMs };
}

/** How long the running epoch can get: a tenant may be away after it, or answer and not sign. */
export function longestEpochMs({ epochMs }: Payment, { awayMs }: Pick<PaymentTerms, 'awayMs'>): number {
  return epochMs + awayMs + SIGN_GRACE_MS;
}

/**
 * The most that a lease leaves unsigned: the epoch of one receipt, one epoch more, the time that the tenant may be
 * away, and the grace for signing. Never more than the whole lease costs.
 */
export function atRisk(priceMicrocreditsPerHour: number, durationMs: number, terms: PaymentTerms): number {
  const unsignedMs = 2 * terms.maxEpochMs + terms.awayMs + SIGN_GRACE_MS;
  return chargeFor(priceMicrocreditsPerHour, Math.min(durationMs, unsignedMs));
}
