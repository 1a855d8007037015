// Acknowledging: the tenant compares the reports of volunteers with its own observations, drafts receipts, and sends
// each draft until it comes back countersigned.
import type { CatchingUp } from '../../ledger/catching-up.ts';
import type { CoSigning } from '../../ledger/co-signing.ts';
import type { Meeting } from '../../ledger/meeting.ts';
import type { Draft } from '../../ledger/pairs.ts';
import { type Clock, every } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import {
  type LeaseReport,
  type ReportRequest,
  type ReportResponse,
  receiptProtocol,
} from '../../overlay/protocols/receipt.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import { showId } from '../../records/id.ts';
import type { LeaseTotal } from '../../records/receipt.ts';
import { REPORT_DRIFT, REPORT_TOLERANCE_MS, RETRY_MS } from '../terms/parameters.ts';
import { chargeFor } from '../terms/pricing.ts';
import { countedUntilMs, downUpTo, type Instance, isOver, isSuperseded } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { Tracking } from './tracking.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface AcknowledgingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'onConnect'>;
  readonly calls: VolunteerCalls;
  readonly coSigning: CoSigning;
  readonly catchingUp: CatchingUp;
  readonly meeting: Pick<Meeting, 'compare'>;
  readonly deployments: Deployments;
  readonly tracking: Tracking;
  readonly metrics?: { readonly market: MarketMetrics; readonly ledger: LedgerMetrics } | undefined;
}

export class Acknowledging implements Service {
  readonly #parts: AcknowledgingParts;
  /** What is checked and not drafted yet, by volunteer and lease. */
  readonly #waiting = new Map<string, Map<string, LeaseTotal>>();
  readonly #settling = new Set<string>();
  readonly #stopping = new AbortController();

  constructor(parts: AcknowledgingParts) {
    this.#parts = parts;
  }

  /** Sends the drafts that the process before this one could not bring home. */
  async start(): Promise<void> {
    const { overlay, clock, log, catchingUp } = this.#parts;
    catchingUp.onLearnt(async (_, receipts) => {
      for (const { body } of receipts) for (const total of body.leases) await this.#signed(total);
    });
    overlay.onConnect((volunteer) => this.#settle(volunteer));
    every({ clock, log, signal: this.#stopping.signal }, RETRY_MS, () => this.#settlePending());
    await this.#settlePending();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  async #settlePending(): Promise<void> {
    const pending = await this.#parts.coSigning.draftsPending();
    this.#parts.metrics?.ledger.draftsPending.set(pending.length);
    for (const volunteer of new Set([...pending, ...this.#waiting.keys()])) this.#settle(volunteer);
  }

  /** A volunteer's report: an empty text for each lease that will be signed as reported, else why not. */
  async report(volunteer: string, { leases }: ReportRequest): Promise<ReportResponse> {
    const refusals: string[] = [];
    for (const report of leases) refusals.push(await this.#judge(volunteer, report));
    this.#settle(volunteer);
    return { refusals };
  }

  async #judge(volunteer: string, report: LeaseReport): Promise<string> {
    const { deployments, tracking } = this.#parts;
    const instance = deployments.byLease(report.lease);
    if (instance === undefined || instance.row.volunteer !== volunteer) return 'LEASE_UNKNOWN';
    const refusal = this.#refusal(instance, report);
    if (refusal !== 'REPORT_REFUSED') this.#accept(volunteer, instance, report);
    await tracking.observe(instance, report);
    return refusal;
  }

  /**
   * The tenant pays for no more time than it saw pass since it asked for the start, less the time in which the copy was
   * not up, and for no more money than that.
   * A copy that another took the place of, or that is over, is told so, and paid for as long as it was within reach.
   */
  #refusal(instance: Instance, report: LeaseReport): string {
    if (isSuperseded(instance) || isOver(instance)) return report.state === 'ended' ? '' : 'SUPERSEDED';
    const { priceMicrocreditsPerHour } = instance.row;
    const seenMs = this.#seenMs(instance);
    const fair =
      report.upMs <= seenMs && report.chargedMicrocredits <= chargeFor(priceMicrocreditsPerHour, report.upMs);
    if (fair) return '';
    this.#parts.log.warn(
      { volunteer: instance.row.volunteer, lease: instance.id, seenMs, upMs: report.upMs },
      'refused the report of a volunteer',
    );
    return 'REPORT_REFUSED';
  }

  /** How long the copy can have run, as far as this tenant saw. */
  #seenMs(instance: Instance): number {
    const { createdAtMs, issuedAtMs, endsAtMs } = instance.row;
    const untilMs = countedUntilMs(instance, this.#parts.clock.nowMs());
    const downMs = downUpTo(instance, untilMs);
    const seenMs = Math.min(untilMs - createdAtMs - downMs, endsAtMs - issuedAtMs);
    return seenMs * (1 + REPORT_DRIFT) + REPORT_TOLERANCE_MS;
  }

  #accept(volunteer: string, instance: Instance, report: LeaseReport): void {
    const { lease, epochs, cpuMilliseconds, memoryMibSeconds, diskMibSeconds, tunnelKib } = report;
    if (epochs <= instance.row.epochs) return;
    const most = chargeFor(instance.row.priceMicrocreditsPerHour, this.#seenMs(instance));
    const charge = Math.min(report.chargedMicrocredits, most);
    const chargedMicrocredits = Math.max(instance.row.chargedMicrocredits, charge);
    const counters = { chargedMicrocredits, cpuMilliseconds, memoryMibSeconds, diskMibSeconds, tunnelKib };
    const waiting = this.#waiting.get(volunteer) ?? new Map<string, LeaseTotal>();
    this.#waiting.set(volunteer, waiting.set(showId(lease), { lease, epochs, counters }));
  }

  /** Brings this volunteer's drafts home, one after the other, unless that is under way. */
  #settle(volunteer: string): void {
    if (this.#settling.has(volunteer) || this.#stopping.signal.aborted) return;
    this.#settling.add(volunteer);
    this.#settleAll(volunteer)
      .catch((error) =>
        this.#parts.log.debug(
          { code: codeOf(error), volunteer },
          'a volunteer has not countersigned a draft yet',
        ),
      )
      .finally(() => this.#settling.delete(volunteer));
  }

  async #settleAll(volunteer: string): Promise<void> {
    let hasCompared = false;
    for (;;) {
      const waiting = [...(this.#waiting.get(volunteer)?.values() ?? [])];
      const draft = await this.#draft(volunteer, waiting);
      if (draft === undefined) return;
      try {
        await this.#send(volunteer, draft);
      } catch (error) {
        if (hasCompared || !codeOf(error).startsWith('RECEIPT_')) throw error;
        // One of the two has an older ledger than it had: they tell each other what they know, and go on from there.
        hasCompared = true;
        const leases = draft.body.leases.map(({ lease }) => lease);
        await this.#parts.meeting.compare(volunteer, leases);
      }
    }
  }

  /** Totals that cannot be drafted, such as a fallen counter in a late report, are dropped: the next report is newer. */
  async #draft(volunteer: string, waiting: readonly LeaseTotal[]): Promise<Draft | undefined> {
    const { coSigning, deployments, log } = this.#parts;
    const news = waiting.filter(
      ({ lease, epochs }) => epochs > (deployments.byLease(lease)?.row.epochs ?? 0),
    );
    try {
      const draft = await coSigning.draft(volunteer, news);
      if (draft === undefined) this.#waiting.delete(volunteer);
      return draft;
    } catch (error) {
      log.warn({ code: codeOf(error), volunteer }, 'failed to draft a receipt for a report');
      this.#waiting.delete(volunteer);
      return undefined;
    }
  }

  async #send(volunteer: string, draft: Draft): Promise<void> {
    const { calls, coSigning, metrics } = this.#parts;
    const request = { body: draft.bodyBytes, signature: draft.tenantSignature };
    const { signature } = await calls.request(receiptProtocol, volunteer, request, this.#stopping.signal);
    const receipt = await coSigning.complete(volunteer, draft, signature);
    if (receipt !== undefined) metrics?.ledger.receiptsTotal.inc({ side: 'tenant' });
    for (const total of draft.body.leases) await this.#signed(total);
  }

  async #signed({ lease, epochs, counters }: LeaseTotal): Promise<void> {
    const { deployments, metrics } = this.#parts;
    const instance = deployments.byLease(lease);
    if (instance === undefined || instance.row.epochs >= epochs) return;
    const charge = counters.chargedMicrocredits - instance.row.chargedMicrocredits;
    metrics?.market.chargedMicrocreditsTotal.inc({ side: 'tenant' }, Math.max(0, charge));
    const { chargedMicrocredits, cpuMilliseconds, memoryMibSeconds, tunnelKib } = counters;
    const usage = { cpuMilliseconds, memoryMibSeconds, tunnelKib };
    await deployments.observe(instance, { epochs, chargedMicrocredits, usage });
  }
}
