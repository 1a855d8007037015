// Keeps to the budgets that others give this peer: a request that would come too fast waits for its turn, and so is not
// refused.
import { Budget, type BudgetOptions } from '../../lib/budget.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';

/** The other side may hear of requests closer together than they were sent: so much of its budget is used. */
const SHARE = 0.9;

/** What a protocol says of its budget. */
interface Budgeted {
  readonly id: string;
  readonly budget: BudgetOptions;
  readonly openDeadlineMs: number;
}

/** Our own requests to each peer, by protocol. */
export class OwnPace {
  readonly #clock: Clock;
  readonly #budgets = new Map<string, Budget>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the request's turn. Throws BUDGET_SPENT when that were too late, or the signal's reason. */
  async turn(protocol: Budgeted, peer: string, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#budgetOf(protocol).reserve(peer, nowMs, protocol.openDeadlineMs);
    if (waitMs === undefined)
      throw new TallyError('BUDGET_SPENT', { reason: 'too many requests are waiting' });
    if (waitMs > 0) await wait(this.#clock, waitMs, signal);
    signal.throwIfAborted();
  }

  #budgetOf({ id, budget: { burst, perSecond } }: Budgeted): Budget {
    const known = this.#budgets.get(id);
    if (known !== undefined) return known;
    const made = new Budget({ burst: Math.max(1, Math.floor(burst * SHARE)), perSecond: perSecond * SHARE });
    this.#budgets.set(id, made);
    return made;
  }
}
