// Reporting: the volunteer tells each tenant what it measured, until the tenant has signed it.
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { reportProtocol } from '../../overlay/protocols/receipt.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import { RECEIPT_MAX_LEASES } from '../../records/receipt.ts';
import { FINAL_REPORT_MS, RETRY_MS } from '../terms/parameters.ts';
import { refused, reported } from '../terms/payment.ts';
import { type GivenLease, type GivenLeases, reportOf } from './given-lease.ts';

export interface ReportingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'request'>;
  readonly leases: GivenLeases;
  /** The tenant says that another copy took this one's place. */
  readonly superseded: (given: GivenLease) => void;
  readonly signal: AbortSignal;
}

export class Reporting {
  readonly #parts: ReportingParts;
  /** On the clock that never goes back. */
  readonly #sentAtMs = new Map<string, number>();
  /** Tenants that have not answered yet: of two reports at once they could read the older last. */
  readonly #sending = new Set<string>();

  constructor(parts: ReportingParts) {
    this.#parts = parts;
  }

  /** How a lease stands is news for its tenant, also where nothing is to be signed. */
  tell(given: GivenLease): void {
    given.isNews = true;
    this.soon(given.tenant);
    this.sendDue();
  }

  /** Something new is to be said to this tenant: the next `sendDue` does not wait. */
  soon(tenant: string): void {
    this.#sentAtMs.delete(tenant);
  }

  /** Reports to the tenants that have something unsigned, to each at most every RETRY_MS. */
  sendDue(): void {
    const { clock, leases, log } = this.#parts;
    const nowMs = clock.monotonicMs();
    const unsigned = leases.all().filter((given) => isNews(given) || isUnsigned(given, clock.nowMs()));
    for (const [tenant, due] of Map.groupBy(unsigned, (given) => given.tenant)) {
      if (nowMs < (this.#sentAtMs.get(tenant) ?? -RETRY_MS) + RETRY_MS || this.#sending.has(tenant)) continue;
      this.#sentAtMs.set(tenant, nowMs);
      this.#sending.add(tenant);
      this.#send(tenant, due.slice(0, RECEIPT_MAX_LEASES))
        .catch((error) => log.debug({ code: codeOf(error), tenant }, 'a tenant did not answer a report'))
        .finally(() => this.#sent(tenant));
    }
  }

  /** What has become news meanwhile is told at once. */
  #sent(tenant: string): void {
    this.#sending.delete(tenant);
    if (!this.#sentAtMs.has(tenant)) this.sendDue();
  }

  async #send(tenant: string, leases: readonly GivenLease[]): Promise<void> {
    const { overlay, clock, signal } = this.#parts;
    let refusals: readonly string[] | undefined;
    const news = leases.filter(isNews);
    for (const given of news) given.isNews = false;
    try {
      ({ refusals } = await overlay.request(
        reportProtocol,
        tenant,
        { leases: leases.map(reportOf) },
        signal,
      ));
    } finally {
      if (refusals === undefined) for (const given of news) given.isNews = true;
      for (const [index, given] of leases.entries()) {
        const payment = reported(given.row.payment, refusals !== undefined, clock.nowMs());
        const refusal = refusals?.[index] ?? '';
        given.row = { ...given.row, payment: refusal === '' ? payment : refused(payment, given.lease.body) };
        if (refusal === 'SUPERSEDED') this.#parts.superseded(given);
      }
    }
  }
}

function isNews({ isNews = false, row }: GivenLease): boolean {
  return isNews && row.state !== 'ended';
}

/** Whether an epoch is over and not signed; what a tenant did not sign in time after the end is given up. */
function isUnsigned({ row }: GivenLease, nowMs: number): boolean {
  const isGivenUp = row.state === 'ended' && nowMs > row.endedAtMs + FINAL_REPORT_MS;
  return row.payment.ended > row.payment.signed && !isGivenUp;
}
