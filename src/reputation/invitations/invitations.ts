// Invitations, as the inviter keeps them. A signed record goes out as text; only its id and its state stay here. It is
// bound, on disk, to the first peer that shows it, and only then does a vouch leave.
import type { Ledger } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { newSalt } from '../../lib/salt.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import { MICROCREDITS, TIME_MS } from '../../records/common.ts';
import { openRecord, parseRecord, signRecord, verifyRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { type Identity, peerOf } from '../../records/identity.ts';
import { showInvitation } from '../../records/invitation-text.ts';
import { bytes, fields, text } from '../../records/shape.ts';
import {
  DEFAULT_INVITATION_MS,
  FORGET_INVITATION_MS,
  INVITATION_CREDIT_MICROCREDITS,
  LONGEST_INVITATION_MS,
  MAX_INVITATION_ADDRESSES,
  OPEN_INVITATIONS_MAX,
} from '../facts/parameters.ts';

const ROW = fields({
  issuedAtMs: TIME_MS,
  expiresAtMs: TIME_MS,
  /** What this peer answers for the one who joins with. */
  creditMicrocredits: MICROCREDITS,
  /** Who it is bound to; empty while it is open. */
  peer: text(128),
  boundAtMs: TIME_MS,
  /** Envelope of our vouch for the peer, as it was answered; empty before. */
  vouch: bytes(0, 768),
});
type Row = ReturnType<typeof ROW>;

/** What an inviter can say of an invitation; both have defaults. */
export interface InviteTerms {
  readonly expiresInMs?: number;
  /** What this peer answers for the one who joins with; INVITATION_CREDIT_MICROCREDITS without it. */
  readonly creditMicrocredits?: number;
}

/** An invitation to pass on, and the text that says it. */
export interface Invited extends InvitationView {
  readonly text: string;
  readonly addresses: readonly string[];
}

/** The state of an invitation. */
export interface InvitationView {
  readonly id: string;
  readonly state: 'open' | 'used' | 'expired';
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** What this peer answers for the one who joins with. */
  readonly creditMicrocredits: number;
  /** Who joined by it. */
  readonly peer?: string;
  readonly joinedAtMs?: number;
}

/** What is shown to join: both are envelopes. */
export type JoinShown = { readonly invitation: Uint8Array; readonly vouch: Uint8Array };

/** The two sides of a vouch. */
export interface Vouching {
  /** Our vouch for a peer, signed and on disk under a header; its envelope. It answers for so much. */
  vouchFor(peer: string, creditMicrocredits: number): Promise<Uint8Array>;
  /** Verifies another's vouch and keeps it; on disk when it resolves. */
  takeVouch(envelope: Uint8Array): Promise<void>;
}

/** What the inviter's side needs of the peer. */
export interface InvitationParts extends Vouching {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'table'>;
  /** Whether a text is an address to dial. */
  readonly isAddress: (text: string) => boolean;
}

/** The invitations of this peer. */
export class Invitations {
  readonly #parts: InvitationParts;
  readonly #table;
  readonly #lanes = new KeyedSerial();

  constructor(parts: InvitationParts) {
    this.#parts = parts;
    this.#table = parts.ledger.table('invitations', ROW);
  }

  /**
   * Signs an invitation; its id is on disk before the text is returned. Throws INVITATION_ADDRESSES when there is no
   * address to reach this peer at, or one that is none, and INVITATION_TOO_MANY.
   */
  async invite(options: InviteTerms & { addresses: readonly string[] }): Promise<Invited> {
    const { identity, network, clock } = this.#parts;
    const { expiresInMs = DEFAULT_INVITATION_MS, creditMicrocredits = INVITATION_CREDIT_MICROCREDITS } =
      options;
    const addresses = options.addresses.map((address) => address.replace(`/p2p/${identity.peer}`, ''));
    this.#requireAddresses(addresses);
    const issuedAtMs = clock.nowMs();
    const expiresAtMs = issuedAtMs + Math.min(expiresInMs, LONGEST_INVITATION_MS);
    const body = { inviter: identity.publicKey, network, salt: newSalt(), issuedAtMs, expiresAtMs };
    const record = signRecord('invitation', { ...body, addresses }, identity);
    const row: Row = {
      ...{ issuedAtMs, expiresAtMs, creditMicrocredits },
      ...{ peer: '', boundAtMs: 0, vouch: new Uint8Array() },
    };
    // One at a time, so that two calls do not both see room for one more.
    await this.#lanes.run('invite', async () => {
      await this.#requireRoom(issuedAtMs);
      await this.#table.put(showId(record.id), row);
    });
    return { ...viewOf(showId(record.id), row, issuedAtMs), text: showInvitation(record), addresses };
  }

  #requireAddresses(addresses: readonly string[]): void {
    const wrong = addresses.find((address) => !this.#parts.isAddress(address));
    if (wrong !== undefined) throw new TallyError('INVITATION_ADDRESSES', { address: wrong });
    if (addresses.length === 0 || addresses.length > MAX_INVITATION_ADDRESSES) {
      throw new TallyError('INVITATION_ADDRESSES', { got: addresses.length, max: MAX_INVITATION_ADDRESSES });
    }
  }

  /** Forgets what expired unused long ago, and refuses when too many are open. */
  async #requireRoom(nowMs: number): Promise<void> {
    let open = 0;
    for await (const [id, { peer, expiresAtMs }] of this.#table.entries()) {
      if (peer !== '') continue;
      if (expiresAtMs + FORGET_INVITATION_MS < nowMs) await this.#table.delete(id);
      else if (expiresAtMs > nowMs) open += 1;
    }
    if (open >= OPEN_INVITATIONS_MAX) {
      throw new TallyError('INVITATION_TOO_MANY', { max: OPEN_INVITATIONS_MAX });
    }
  }

  /** All invitations, in order of id. */
  async list(): Promise<InvitationView[]> {
    const nowMs = this.#parts.clock.nowMs();
    const views: InvitationView[] = [];
    for await (const [id, row] of this.#table.entries()) views.push(viewOf(id, row, nowMs));
    return views;
  }

  /**
   * A peer shows an invitation and its vouch for us; it gets our vouch for it, the same however often it asks. Throws
   * INVITATION_UNKNOWN, INVITATION_EXPIRED, INVITATION_USED, INVITATION_VOUCH, and RECORD_* for what is no record of
   * this network; nothing is written then.
   */
  async accept(peer: string, shown: JoinShown): Promise<{ vouch: Uint8Array }> {
    const { identity, network, takeVouch } = this.#parts;
    const invitation = parseRecord('invitation', shown.invitation, network);
    const id = showId(invitation.id);
    return this.#lanes.run(id, async () => {
      const row = await this.#table.get(id);
      // Ids are unguessable hashes, and only of what we signed: nothing else needs to be verified to be refused.
      if (row === undefined) throw new TallyError('INVITATION_UNKNOWN');
      verifyRecord(invitation);
      if (row.peer !== '' && row.peer !== peer) throw new TallyError('INVITATION_USED');
      requireVouch(shown.vouch, { voucher: peer, subject: identity.peer }, network);
      const bound = row.peer === peer ? row : await this.#bind(id, row, peer);
      const { vouch } = this.#isAnswered(bound) ? bound : await this.#answer(id, bound);
      // Ours comes first: its word has room here because we vouch for it.
      await takeVouch(shown.vouch);
      return { vouch };
    });
  }

  /** Whether our vouch was made, and still lives: a peer may ask again after months. */
  #isAnswered({ vouch }: Row): boolean {
    const { network, clock } = this.#parts;
    return vouch.length > 0 && openRecord('vouch', vouch, network).body.expiresAtMs > clock.nowMs();
  }

  async #answer(id: string, bound: Row): Promise<Row> {
    const answered = { ...bound, vouch: await this.#parts.vouchFor(bound.peer, bound.creditMicrocredits) };
    await this.#table.put(id, answered);
    return answered;
  }

  /** Binds an open invitation to the peer, on disk when it resolves. */
  async #bind(id: string, row: Row, peer: string): Promise<Row> {
    const nowMs = this.#parts.clock.nowMs();
    if (row.expiresAtMs <= nowMs) throw new TallyError('INVITATION_EXPIRED');
    const bound = { ...row, peer, boundAtMs: nowMs };
    await this.#table.put(id, bound);
    return bound;
  }
}

function viewOf(
  id: string,
  { issuedAtMs, expiresAtMs, creditMicrocredits, peer, boundAtMs }: Row,
  nowMs: number,
): InvitationView {
  const terms = { issuedAtMs, expiresAtMs, creditMicrocredits };
  if (peer !== '') return { id, state: 'used', ...terms, peer, joinedAtMs: boundAtMs };
  return { id, state: expiresAtMs <= nowMs ? 'expired' : 'open', ...terms };
}

/** Requires a vouch by one peer for another; throws INVITATION_VOUCH when it is something else. */
export function requireVouch(
  envelope: Uint8Array,
  expected: { voucher: string; subject: string },
  network: string,
): void {
  const { body } = openRecord('vouch', envelope, network);
  const named = { voucher: peerOf(body.voucher), subject: peerOf(body.subject) };
  if (named.voucher !== expected.voucher || named.subject !== expected.subject) {
    throw new TallyError('INVITATION_VOUCH', named);
  }
}

/** Of the addresses where a peer listens, those to write into an invitation: loopback only where there is no other. */
export function addressesToTell(listening: readonly string[]): string[] {
  const bare = [...new Set(listening.map((address) => address.replace(/\/p2p\/[^/]+$/, '')))];
  const outward = bare.filter((address) => !/^\/(?:ip4\/127\.|ip6\/::1\/)/.test(address));
  return (outward.length > 0 ? outward : bare).slice(0, MAX_INVITATION_ADDRESSES);
}
