// Both sides of joining over ledgers in temporary homes, with vouches that are simply committed or put into a table.
import { randomBytes } from 'node:crypto';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { DAY_MS } from '../../src/lib/units.ts';
import { isAddress } from '../../src/overlay/terms/address-rules.ts';
import { openRecord, signRecord } from '../../src/records/envelope.ts';
import { type Identity, peerOf, publicKeyOf } from '../../src/records/identity.ts';
import { bytes, fields } from '../../src/records/shape.ts';
import type { VouchBody } from '../../src/records/vouch.ts';
import { Invitations, type Vouching } from '../../src/reputation/invitations/invitations.ts';
import { Joining, type JoiningParts } from '../../src/reputation/invitations/joining.ts';
import { NETWORK } from './records.ts';

/** One side: its key, its open ledger, its clock. */
export interface Side {
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

export const ADDRESSES = ['/ip4/192.0.2.7/tcp/4801'];

/** Opens a side in a home; whoever opens it closes its ledger. */
export async function openSide(home: string, identity: Identity, clock: Clock): Promise<Side> {
  const ledger = await openLedger({ home, network: NETWORK }, { identity, clock, log: silentLog });
  return { identity, ledger, clock };
}

/** A vouch of one peer for another. */
export function someVouch(
  voucher: Identity,
  subject: string,
  nowMs: number,
  network = NETWORK,
  creditMicrocredits = 0,
): Uint8Array {
  const names = { voucher: voucher.publicKey, subject: publicKeyOf(subject), network, salt: randomBytes(16) };
  const times = { seq: nowMs, issuedAtMs: nowMs, expiresAtMs: nowMs + 90 * DAY_MS };
  const amounts = { trustMicrocredits: 1_000_000, creditMicrocredits };
  return signRecord('vouch', { ...names, ...times, ...amounts }, voucher).bytes;
}

const takenIn = (ledger: Ledger) => ledger.table('logs', fields({ vouch: bytes(1, 768) }));

/** Own vouches are committed to the ledger of a side; those of others, which say nothing of its own, stand beside. */
export function vouchingOf({ identity, ledger, clock }: Side): Vouching {
  return {
    async vouchFor(peer, creditMicrocredits) {
      const vouch = someVouch(identity, peer, clock.nowMs(), NETWORK, creditMicrocredits);
      await ledger.commit([openRecord('vouch', vouch, NETWORK)]);
      return vouch;
    },
    async takeVouch(envelope) {
      const vouch = openRecord('vouch', envelope, NETWORK);
      if (vouch.body.expiresAtMs <= clock.nowMs()) throw new TallyError('RECORD_MALFORMED');
      await takenIn(ledger).put(peerOf(vouch.body.voucher), { vouch: envelope });
    },
  };
}

/** The inviter's side. */
export function invitationsOf(side: Side, change: Partial<Vouching> = {}): Invitations {
  const { identity, ledger, clock } = side;
  return new Invitations({
    ...{ identity, ledger, clock, network: NETWORK, isAddress },
    ...vouchingOf(side),
    ...change,
  });
}

/** The invitee's side. */
export function joiningOf(
  side: Side,
  text: string,
  ask: JoiningParts['ask'],
  change: Partial<Vouching> = {},
  creditMicrocredits = 0,
): Joining {
  const { identity, ledger, clock } = side;
  const parts = { identity, ledger, clock, network: NETWORK, log: silentLog, creditMicrocredits };
  return new Joining(text, { ...parts, ...vouchingOf(side), joined: () => {}, ...change, ask });
}

/** Asks an inviter in this process, whose codes arrive as they would over the wire. */
export function askingOf(invitations: Invitations, asking: Identity): JoiningParts['ask'] {
  return async (_peer, _addresses, shown) => {
    try {
      return await invitations.accept(asking.peer, shown);
    } catch (error) {
      if (error instanceof TallyError) throw new TallyError(error.code, { remote: true });
      throw error;
    }
  };
}

/** Who vouches for whom as a side holds it, each once. */
export async function vouchesIn({ ledger }: Side): Promise<string[]> {
  const found = new Set<string>();
  const add = ({ voucher, subject }: VouchBody) => found.add(`${peerOf(voucher)} for ${peerOf(subject)}`);
  for await (const { body } of ledger.records('vouch')) add(body);
  for await (const [, { vouch }] of takenIn(ledger).entries()) add(openRecord('vouch', vouch, NETWORK).body);
  return [...found].sort();
}
