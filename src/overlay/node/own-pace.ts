// Keeps to the budgets that others give this peer: a request that would come too fast waits for its turn, and so is not
// refused.
import { Budget, type BudgetOptions } from '../../lib/budget.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import { SECOND_MS } from '../../lib/units.ts';

/** The other side may hear of requests closer together than they were sent: so much of its budget is used. */
const SHARE = 0.9;

/** What a protocol says of its budget. */
interface Budgeted {
  readonly id: string;
  readonly budget: BudgetOptions;
  readonly openDeadlineMs: number;
}

/** What may be promised to requests that wait, and what was sent. */
interface Budgets {
  readonly promised: Budget;
  readonly sent: Budget;
}

/** Our own requests to each peer, by protocol. */
export class OwnPace {
  readonly #clock: Clock;
  readonly #budgets = new Map<string, Budgets>();
  readonly #lanes = new KeyedSerial();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the request's turn. Throws BUDGET_SPENT when that were too late, or the signal's reason. */
  async turn(protocol: Budgeted, peer: string, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const { promised, sent } = this.#budgetsOf(protocol);
    const waitMs = promised.reserve(peer, nowMs, protocol.openDeadlineMs);
    if (waitMs === undefined)
      throw new TallyError('BUDGET_SPENT', { reason: 'too many requests are waiting' });
    if (waitMs > 0) await wait(this.#clock, waitMs, signal);
    // After a stall of this process many requests are due at the same moment
    await this.#lanes.run(`${protocol.id} ${peer}`, async () => {
      const stepMs = SECOND_MS / protocol.budget.perSecond;
      while (!signal.aborted && !sent.take(peer, this.#clock.monotonicMs()))
        await wait(this.#clock, stepMs, signal);
    });
    signal.throwIfAborted();
  }

  #budgetsOf({ id, budget: { burst, perSecond } }: Budgeted): Budgets {
    const known = this.#budgets.get(id);
    if (known !== undefined) return known;
    const options = { burst: Math.max(1, Math.floor(burst * SHARE)), perSecond: perSecond * SHARE };
    const made = { promised: new Budget(options), sent: new Budget(options) };
    this.#budgets.set(id, made);
    return made;
  }
}
