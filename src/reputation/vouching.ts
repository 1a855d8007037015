// Vouches as joining needs them: ours is signed and committed, another's is verified and committed.
import { randomBytes } from 'node:crypto';
import type { Ledger } from '../ledger/ledger.ts';
import { CLOCK_TOLERANCE_MS } from '../ledger/parameters.ts';
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { CREDIT, DAY_MS } from '../lib/units.ts';
import { openRecord, signRecord } from '../records/envelope.ts';
import { type Identity, publicKeyOf } from '../records/identity.ts';
import type { Vouching } from './invitations.ts';

/** What an invitation's vouch weighs: as much as an hour of service, enough for a newcomer to see by. */
const TRUST_MICROCREDITS = CREDIT;

/** A quarter of a year; by then service says more. */
const LIFETIME_MS = 90 * DAY_MS;

/** What vouching needs of the peer. */
export interface VouchingParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'commit'>;
}

/** Vouches that are committed under the headers of this peer's ledger. */
export function committedVouches({ identity, network, clock, ledger }: VouchingParts): Vouching {
  return {
    async vouchFor(peer) {
      const nowMs = clock.nowMs();
      const vouch = signRecord(
        'vouch',
        {
          ...{ voucher: identity.publicKey, subject: publicKeyOf(peer), network, salt: randomBytes(16) },
          ...{ seq: nowMs, issuedAtMs: nowMs, expiresAtMs: nowMs + LIFETIME_MS },
          ...{ trustMicrocredits: TRUST_MICROCREDITS, creditMicrocredits: 0 },
        },
        identity,
      );
      await ledger.commit([vouch]);
      return vouch.bytes;
    },
    async takeVouch(envelope) {
      const vouch = openRecord('vouch', envelope, network);
      const { issuedAtMs, expiresAtMs } = vouch.body;
      const nowMs = clock.nowMs();
      if (issuedAtMs > nowMs + CLOCK_TOLERANCE_MS || expiresAtMs <= nowMs) {
        throw new TallyError('INVITATION_VOUCH', { issuedAtMs, expiresAtMs, nowMs });
      }
      await ledger.commit([vouch]);
    },
  };
}
