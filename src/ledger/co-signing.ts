// Co-signing: the tenant drafts a receipt, stores the draft, and sends it until it comes back countersigned. The
// volunteer countersigns what follows its last receipt, and answers a repeated draft with the signature that it already
// gave. Whatever a signature promises is on disk before the signature leaves.

import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { newSalt } from '../lib/salt.ts';
import type { KeyedSerial } from '../lib/serial.ts';
import {
  countersign,
  readStatement,
  type SignedRecord,
  type Statement,
  signStatement,
  stateBody,
} from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { type Identity, peerOf, publicKeyOf } from '../records/identity.ts';
import type { LeaseTotal, ReceiptBody } from '../records/receipt.ts';
import { tenantCompletes, tenantDrafts, volunteerSigns } from './co-signing-steps.ts';
import type { StoredTotals } from './pair-index.ts';
import type { Draft, Pairs } from './pairs.ts';
import { checkReceipt, draftReceipt, isSame, rulesOf, type TotalsOf } from './receipt-rules.ts';

type Receipt = SignedRecord<'receipt'>;

/** What co-signing needs of the peer. */
export interface CoSigningParts {
  readonly pairs: Pairs;
  /** One pair's steps never overlap. */
  readonly lanes: KeyedSerial;
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
}

/** Both halves of co-signing. */
export class CoSigning {
  readonly #parts: CoSigningParts;

  constructor(parts: CoSigningParts) {
    this.#parts = parts;
  }

  /**
   * Tenant: the draft to send to this volunteer. A draft that still waits for its countersignature comes first;
   * only then are new totals drafted, so what was sent is never changed. Undefined when nothing is to be signed.
   */
  draft(volunteer: string, leases: readonly LeaseTotal[]): Promise<Draft | undefined> {
    return this.#parts.lanes.run(volunteer, async () => {
      const disk = await this.#parts.pairs.tenantDisk(volunteer);
      const totals = await this.#parts.pairs.totals(leases.map(({ lease }) => lease));
      // What closes no epoch would be refused, and wait for ever.
      const news = leases.filter(({ lease, epochs }) => epochs > (totals.get(showId(lease))?.epochs ?? 0));
      const { write, say } = tenantDrafts<Statement<'receipt'>>(disk, (last) =>
        news.length === 0 ? undefined : this.#state(volunteer, last, news, totals),
      );
      if (write === undefined || say === undefined) return disk.draft;
      const tenantSignature = signStatement(say, this.#parts.identity);
      const draft = { ...say, tenantSignature };
      await this.#parts.pairs.keepDraft(volunteer, draft);
      return draft;
    });
  }

  #state(
    volunteer: string,
    last: Statement<'receipt'> | undefined,
    leases: readonly LeaseTotal[],
    totals: ReadonlyMap<string, StoredTotals>,
  ): Statement<'receipt'> {
    const { identity, network, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const names = {
      volunteer: publicKeyOf(volunteer),
      tenant: identity.publicKey,
      network,
      salt: newSalt(),
    };
    const totalsOf: TotalsOf = (lease) => totals.get(lease);
    const body = draftReceipt(last?.body, leases, totalsOf, { ...names, nowMs });
    checkReceipt(last?.body, body, totalsOf, nowMs);
    return stateBody('receipt', body);
  }

  /** Tenant: the draft that waits for this volunteer's countersignature. */
  pendingDraft(volunteer: string): Promise<Draft | undefined> {
    return this.#parts.lanes.run(volunteer, () => this.#parts.pairs.draft(volunteer));
  }

  /** Tenant: the volunteers whose countersignature is awaited. */
  draftsPending(): Promise<string[]> {
    return this.#parts.pairs.drafted();
  }

  /**
   * Tenant: the countersignature came. Undefined when the draft was completed before; throws SIGNATURE_INVALID, and
   * keeps the draft, when it is none.
   */
  complete(
    volunteer: string,
    draft: Draft,
    signature: Uint8Array,
  ): Promise<SignedRecord<'receipt'> | undefined> {
    return this.#parts.lanes.run(volunteer, async () => {
      const { write } = tenantCompletes(await this.#parts.pairs.tenantDisk(volunteer), draft, { isSame });
      if (write === undefined) return undefined;
      const receipt = countersign(draft, this.#parts.identity, signature);
      await this.#parts.pairs.follow(receipt);
      return receipt;
    });
  }

  /**
   * Volunteer: countersigns a tenant's draft. Throws RECEIPT_* for what does not follow the last receipt,
   * SIGNATURE_INVALID, RECEIPT_STRANGER, RECEIPT_LEASE; nothing is written then.
   */
  countersign(tenant: string, bodyBytes: Uint8Array, tenantSignature: Uint8Array): Promise<Receipt> {
    return this.#parts.lanes.run(tenant, async () => {
      const { pairs, identity, network } = this.#parts;
      const draft = readStatement('receipt', bodyBytes, network);
      this.#requirePair(draft.body, tenant);
      const last = await pairs.last('volunteer', tenant);
      const totals = await pairs.totals(draft.body.leases.map(({ lease }) => lease));
      const { write, say } = volunteerSigns({ last }, draft, rulesOf(totals, this.#parts.clock.nowMs()));
      if (say !== undefined && 'refused' in say) throw say.refused;
      if (write === undefined && last !== undefined) return last;
      for (const { lease } of draft.body.leases) await pairs.requireLeaseOf(lease, draft.body.tenant);
      const receipt = countersign(draft, identity, tenantSignature);
      await pairs.follow(receipt);
      return receipt;
    });
  }

  #requirePair(body: ReceiptBody, tenant: string): void {
    const between = [peerOf(body.volunteer), peerOf(body.tenant)];
    if (between[0] === this.#parts.identity.peer && between[1] === tenant) return;
    throw new TallyError('RECEIPT_STRANGER', { between });
  }
}
