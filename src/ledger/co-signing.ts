// Co-signing: the tenant drafts, writes the draft down and sends it until it comes back countersigned; the volunteer
// countersigns what follows its last receipt, and answers a repeated draft with the signature it already gave.
// Whatever a signature promises is on disk before the signature leaves.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { KeyedSerial } from '../lib/serial.ts';
import { decode, encode } from '../records/codec.ts';
import {
  assemble,
  openRecord,
  readStatement,
  type SignedRecord,
  type Statement,
  signStatement,
  stateBody,
  verifyStatement,
} from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import { type Identity, peerOf, publicKeyOf } from '../records/identity.ts';
import type { LeaseTotal, ReceiptBody } from '../records/receipt.ts';
import { bytes, fields } from '../records/shape.ts';
import type { Chain } from './chain.ts';
import type { Database } from './database.ts';
import { draftKey, PREFIX, recordKey } from './keys.ts';
import { indexWrites, latestReceipt, totalsOf } from './pair-index.ts';
import { checkReceipt, draftReceipt, type TotalsOf } from './receipt-rules.ts';

const STORED_DRAFT = fields({ body: bytes(1, 16_384), signature: bytes(64) });

/** A receipt that only the tenant has signed. */
export interface Draft extends Statement<'receipt'> {
  readonly tenantSignature: Uint8Array;
}

/** A receipt that closes no epoch says nothing, and would cost the volunteer a signature and the room to keep it. */
function requireNews({ leases }: ReceiptBody, totals: TotalsOf): void {
  const isNews = leases.some(({ lease, epochs }) => epochs > (totals(showId(lease))?.epochs ?? 0));
  if (!isNews) throw new TallyError('RECEIPT_LEASE', { reason: 'no epoch is closed' });
}

/** What co-signing needs of the peer. */
export interface CoSigningParts {
  readonly database: Database;
  readonly chain: Chain;
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
}

/** Both halves of co-signing; one pair's steps never overlap. */
export class CoSigning {
  readonly #parts: CoSigningParts;
  readonly #lanes = new KeyedSerial();

  constructor(parts: CoSigningParts) {
    this.#parts = parts;
  }

  /**
   * Tenant: the draft to send to this volunteer. A draft that still waits for its countersignature comes first;
   * only then are new totals drafted, so what was sent is never changed. Undefined when nothing is to be signed.
   */
  draft(volunteer: string, leases: readonly LeaseTotal[]): Promise<Draft | undefined> {
    return this.#lanes.run(volunteer, async () => {
      const pending = await this.pendingDraft(volunteer);
      if (pending !== undefined || leases.length === 0) return pending;
      const statement = await this.#state(volunteer, leases);
      const tenantSignature = signStatement(statement, this.#parts.identity);
      const value = encode({ body: statement.bodyBytes, signature: tenantSignature });
      await this.#parts.database.write([{ key: draftKey(volunteer), value }]);
      return { ...statement, tenantSignature };
    });
  }

  async #state(volunteer: string, leases: readonly LeaseTotal[]): Promise<Statement<'receipt'>> {
    const { database, identity, network, clock } = this.#parts;
    const previous = await latestReceipt(database, network, 'tenant', volunteer);
    const totals = await totalsOf(database, leases);
    const nowMs = clock.nowMs();
    const names = {
      volunteer: publicKeyOf(volunteer),
      tenant: identity.publicKey,
      network,
      salt: randomBytes(16),
    };
    const body = draftReceipt(previous?.body, leases, totals, { ...names, nowMs });
    checkReceipt(previous?.body, body, totals, nowMs);
    return stateBody('receipt', body);
  }

  /** Tenant: the draft that waits for this volunteer's countersignature. */
  async pendingDraft(volunteer: string): Promise<Draft | undefined> {
    const stored = await this.#parts.database.get(draftKey(volunteer));
    if (stored === undefined) return undefined;
    const { body, signature } = STORED_DRAFT(decode(stored), 'draft');
    return { ...readStatement('receipt', body, this.#parts.network), tenantSignature: signature };
  }

  /** Tenant: the volunteers whose countersignature is awaited. */
  async draftsPending(): Promise<string[]> {
    const volunteers: string[] = [];
    for await (const [key] of this.#parts.database.entries(PREFIX.draft)) {
      volunteers.push(key.slice(PREFIX.draft.length));
    }
    return volunteers;
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
    return this.#lanes.run(volunteer, async () => {
      const pending = await this.pendingDraft(volunteer);
      if (pending === undefined || !sameBytes(pending.id, draft.id)) return undefined;
      if (!verifyStatement(draft, draft.body.volunteer, signature)) {
        throw new TallyError('SIGNATURE_INVALID', { kind: 'receipt', by: volunteer });
      }
      const receipt = assemble(draft, [signature, draft.tenantSignature]);
      await this.#store(receipt, [{ key: draftKey(volunteer) }]);
      return receipt;
    });
  }

  /**
   * Volunteer: countersigns a tenant's draft. Throws RECEIPT_* for what does not follow the last receipt,
   * SIGNATURE_INVALID, RECEIPT_STRANGER, RECEIPT_LEASE; nothing is written then.
   */
  countersign(
    tenant: string,
    bodyBytes: Uint8Array,
    tenantSignature: Uint8Array,
  ): Promise<SignedRecord<'receipt'>> {
    return this.#lanes.run(tenant, async () => {
      const { database, identity, network } = this.#parts;
      const statement = readStatement('receipt', bodyBytes, network);
      this.#requirePair(statement.body, tenant);
      const previous = await latestReceipt(database, network, 'volunteer', tenant);
      if (previous !== undefined && sameBytes(previous.id, statement.id)) return previous;
      const totals = await totalsOf(database, statement.body.leases);
      checkReceipt(previous?.body, statement.body, totals, this.#parts.clock.nowMs());
      requireNews(statement.body, totals);
      await this.#requireLeases(statement.body);
      if (!verifyStatement(statement, statement.body.tenant, tenantSignature)) {
        throw new TallyError('SIGNATURE_INVALID', { kind: 'receipt', by: tenant });
      }
      const receipt = assemble(statement, [signStatement(statement, identity), tenantSignature]);
      await this.#store(receipt, []);
      return receipt;
    });
  }

  #requirePair(body: ReceiptBody, tenant: string): void {
    const between = [peerOf(body.volunteer), peerOf(body.tenant)];
    if (between[0] === this.#parts.identity.peer && between[1] === tenant) return;
    throw new TallyError('RECEIPT_STRANGER', { between });
  }

  /** Every lease that the receipt names must be one that this volunteer signed for this tenant. */
  async #requireLeases(body: ReceiptBody): Promise<void> {
    for (const { lease } of body.leases) {
      const id = showId(lease);
      const stored = await this.#parts.database.get(recordKey('lease', id));
      const tenant = stored === undefined ? undefined : this.#leaseTenant(stored);
      if (tenant === undefined || !sameBytes(tenant, body.tenant))
        throw new TallyError('RECEIPT_LEASE', { lease: id });
    }
  }

  #leaseTenant(stored: Uint8Array): Uint8Array {
    return openRecord('lease', stored, this.#parts.network).body.tenant;
  }

  async #store(receipt: SignedRecord<'receipt'>, also: readonly { key: string }[]): Promise<void> {
    await this.#parts.chain.commit([receipt], [...indexWrites(receipt, this.#parts.identity.peer), ...also]);
  }
}
