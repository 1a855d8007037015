// The statements of this peer about others: outcomes of its leases, and vouches. They are committed under a header first
// and then published. A lost broadcast does not matter, because peers that need a statement ask for it.
import { dayOf } from '../../ledger/decay.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { newSalt } from '../../lib/salt.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import { ID } from '../../records/common.ts';
import { type SignedRecord, signRecord } from '../../records/envelope.ts';
import { encodeEvidence } from '../../records/evidence.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { type Identity, publicKeyOf } from '../../records/identity.ts';
import { fields } from '../../records/shape.ts';
import { isLiveVouch, type OwnEvidence } from '../evidence/own-evidence.ts';
import {
  INVITATION_TRUST_MICROCREDITS,
  VOUCH_LIFETIME_MS,
  VOUCH_MAX_LIFETIME_MS,
  VOUCHES_MAX,
} from '../facts/parameters.ts';

/** The terms of a vouch. */
export interface VouchTerms {
  /** As if the subject had served so much; 0 takes the vouch back. INVITATION_TRUST_MICROCREDITS when left out. */
  readonly trustMicrocredits?: number;
  /** What this peer answers for; 0 when left out. */
  readonly creditMicrocredits?: number;
  /** VOUCH_LIFETIME_MS when left out. */
  readonly lifetimeMs?: number;
}

/** Terms that take a vouch back. */
export const TAKEN_BACK: VouchTerms = { trustMicrocredits: 0 };

export interface WordsParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Pick<Ledger, 'commit' | 'record' | 'table'>;
  readonly own: OwnEvidence;
  readonly publish: (topic: 'vouch' | 'outcome', bytes: Uint8Array) => Promise<unknown>;
  readonly metrics?: ReputationMetrics | undefined;
}

/** Which outcome named a lease. */
const JUDGED_ROW = fields({ outcome: ID });

export class Words {
  readonly #parts: WordsParts;
  readonly #judged;
  readonly #lanes = new KeyedSerial();

  constructor(parts: WordsParts) {
    this.#parts = parts;
    this.#judged = parts.ledger.table('judged', JUDGED_ROW);
  }

  /** `Reputation.judge`. Throws LEASE_UNKNOWN for a lease that this peer's ledger does not hold as its tenant's. */
  judge(lease: SignedRecord<'lease'>, code: string): Promise<void> {
    return this.#lanes.run(showId(lease.id), async () => {
      if ((await this.#judged.get(showId(lease.id))) !== undefined) return;
      await this.#requireOwn(lease);
      const outcome = this.#outcomeOf(lease, code);
      await this.#parts.ledger.commit(
        [outcome],
        [this.#judged.writing(showId(lease.id), { outcome: outcome.id })],
      );
      this.#parts.metrics?.judgedTotal.inc({ outcome: code === '' ? 'good' : 'bad' });
      if (code !== '')
        this.#publish('outcome', encodeEvidence({ record: outcome.bytes, leases: [lease.bytes] }));
    });
  }

  async #requireOwn(lease: SignedRecord<'lease'>): Promise<void> {
    const { identity, ledger } = this.#parts;
    const stored = await ledger.record('lease', lease.id);
    const isOwn = stored !== undefined && sameBytes(stored.body.tenant, identity.publicKey);
    if (!isOwn || sameBytes(stored.body.volunteer, identity.publicKey))
      throw new TallyError('LEASE_UNKNOWN', { lease: showId(lease.id) });
  }

  #outcomeOf({ id, body }: SignedRecord<'lease'>, code: string): SignedRecord<'outcome'> {
    const { identity, network, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const { tenant, volunteer } = body;
    const said = { issuedAtMs: nowMs, day: dayOf(nowMs), leases: [{ lease: id, code }] };
    return signRecord('outcome', { tenant, volunteer, network, salt: newSalt(), ...said }, identity);
  }

  /**
   * Vouches for a peer, in place of any vouch before. On disk when it resolves. Throws KEY_INVALID for what is no
   * peer, VOUCH_REFUSED, RECORD_MALFORMED for amounts out of bounds.
   */
  vouch(subject: string, terms: VouchTerms = {}): Promise<SignedRecord<'vouch'>> {
    return this.#lanes.run(`vouch/${subject}`, async () => {
      const vouch = this.#vouchOf(subject, terms);
      await this.#parts.ledger.commit([vouch]);
      this.#publish('vouch', vouch.bytes);
      return vouch;
    });
  }

  /** Takes back the vouch for a peer. On disk when it resolves. Throws KEY_INVALID, VOUCH_UNKNOWN. */
  async revoke(subject: string): Promise<SignedRecord<'vouch'>> {
    publicKeyOf(subject);
    this.requireVouch(subject);
    return this.vouch(subject, TAKEN_BACK);
  }

  /** Throws VOUCH_UNKNOWN for a peer whom no vouch holds for. */
  requireVouch(subject: string): void {
    if (!isLiveVouch(this.#parts.own.vouchFor(subject), this.#parts.clock.nowMs()))
      throw new TallyError('VOUCH_UNKNOWN', { peer: subject });
  }

  #vouchOf(
    subject: string,
    {
      trustMicrocredits = INVITATION_TRUST_MICROCREDITS,
      creditMicrocredits = 0,
      lifetimeMs = VOUCH_LIFETIME_MS,
    }: VouchTerms,
  ): SignedRecord<'vouch'> {
    const { identity, network, clock, own } = this.#parts;
    const key = publicKeyOf(subject);
    if (sameBytes(key, identity.publicKey))
      throw new TallyError('VOUCH_REFUSED', { reason: 'a peer cannot vouch for itself' });
    if (!(lifetimeMs >= 1 && lifetimeMs <= VOUCH_MAX_LIFETIME_MS))
      throw new TallyError('VOUCH_REFUSED', {
        reason: 'the lifetime is too long',
        maxMs: VOUCH_MAX_LIFETIME_MS,
      });
    const nowMs = clock.nowMs();
    const before = own.vouchFor(subject);
    const isOneMore = trustMicrocredits > 0 && !isLiveVouch(before, nowMs);
    if (isOneMore && own.liveVouches(nowMs).length >= VOUCHES_MAX)
      throw new TallyError('VOUCH_REFUSED', {
        reason: 'this peer has too many valid vouches; take one back first',
        max: VOUCHES_MAX,
      });
    return signRecord(
      'vouch',
      {
        voucher: identity.publicKey,
        subject: key,
        network,
        salt: newSalt(),
        seq: Math.max(nowMs, (before?.seq ?? 0) + 1),
        issuedAtMs: nowMs,
        expiresAtMs: nowMs + Math.floor(lifetimeMs),
        trustMicrocredits,
        creditMicrocredits,
      },
      identity,
    );
  }

  #publish(topic: 'vouch' | 'outcome', bytes: Uint8Array): void {
    const { publish, log } = this.#parts;
    publish(topic, bytes).catch((error) =>
      log.debug({ topic, code: codeOf(error) }, 'failed to publish a vouch or an outcome'),
    );
  }
}
