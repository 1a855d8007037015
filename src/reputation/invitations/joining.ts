// Joining by an invitation, as the invitee does it: it shows the invitation with its own vouch until it has the vouch of
// the inviter, or is refused for good. Each step is on disk before the next, so that a kill costs only a repetition.
import type { Ledger } from '../../ledger/ledger.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { codeOf, type ErrorCode, TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { MICROCREDITS } from '../../records/common.ts';
import { openRecord, type SignedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { type Identity, peerOf } from '../../records/identity.ts';
import { readInvitation } from '../../records/invitation-text.ts';
import { bytes, fields, text } from '../../records/shape.ts';
import { JOIN_RETRY_MAX_MS, JOIN_RETRY_MIN_MS } from '../facts/parameters.ts';
import { type JoinShown, requireVouch, type Vouching } from './invitations.ts';

/** Answers of the inviter after which asking again is of no use. */
const FINAL: readonly ErrorCode[] = [
  'INVITATION_UNKNOWN',
  'INVITATION_EXPIRED',
  'INVITATION_USED',
  'RECORD_WRONG_NETWORK',
];

const ROW = fields({
  state: text(8, /^(waiting|joined|refused)$/),
  /** Why it was refused; empty before. */
  code: text(64, /^[A-Z_]*$/),
  /** Envelope of our vouch for the inviter, as it is sent. */
  vouch: bytes(1, 768),
  /** What the inviter answers for us with, once we have joined. */
  creditMicrocredits: MICROCREDITS,
});
type Row = ReturnType<typeof ROW>;

/** Whether the inviter refused this invitation for good, as far as the ledger of this peer says. */
export async function isJoinRefused(ledger: Pick<Ledger, 'table'>, invite: string): Promise<boolean> {
  const row = await ledger.table('joining', ROW).get(showId(readInvitation(invite).id));
  return row?.state === 'refused';
}

/** The state of joining. */
export interface JoinView {
  /** The inviter. */
  readonly peer: string;
  readonly state: 'waiting' | 'joined' | 'refused';
  /** Why the inviter refused; empty unless it did. */
  readonly code: string;
  /** What the inviter answers for this peer with; 0 until it has joined. */
  readonly creditMicrocredits: number;
}

/** What joining needs of the peer. */
export interface JoiningParts extends Vouching {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Pick<Ledger, 'table'>;
  /** What this peer answers for its inviter with. */
  readonly creditMicrocredits: number;
  /** Called when this peer has joined. */
  joined(inviter: string): void;
  /** Shows the invitation to the inviter, reached at these addresses or wherever it is by now. */
  ask(
    peer: string,
    addresses: readonly string[],
    shown: JoinShown,
    signal: AbortSignal,
  ): Promise<{ vouch: Uint8Array }>;
}

/** The joining of one peer by the invitation in its settings. */
export class Joining implements Service {
  readonly #parts: JoiningParts;
  readonly #invitation: SignedRecord<'invitation'>;
  readonly #inviter: string;
  readonly #table;
  readonly #stopping = new AbortController();
  #row: Row | undefined;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** Throws INVITATION_MALFORMED, RECORD_WRONG_NETWORK. */
  constructor(invitation: string, parts: JoiningParts) {
    this.#parts = parts;
    this.#invitation = readInvitation(invitation);
    if (this.#invitation.body.network !== parts.network) {
      throw new TallyError('RECORD_WRONG_NETWORK', { kind: 'invitation', expected: parts.network });
    }
    this.#inviter = peerOf(this.#invitation.body.inviter);
    this.#table = parts.ledger.table('joining', ROW);
  }

  async start(): Promise<void> {
    this.#row = await this.#table.get(this.#key);
    this.#running ??= this.#join();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new TallyError('STOPPING'));
    await this.#running;
  }

  /** The inviter has just been seen: a waiting try is made at once. */
  met(peer: string): void {
    if (peer === this.#inviter) this.#wake?.();
  }

  /** Whether it waits for its next try. */
  isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  view(): JoinView {
    const { state = 'waiting', code = '', creditMicrocredits = 0 } = this.#row ?? {};
    return { peer: this.#inviter, state: state as JoinView['state'], code, creditMicrocredits };
  }

  get #key(): string {
    return showId(this.#invitation.id);
  }

  async #join(): Promise<void> {
    const { log } = this.#parts;
    const { signal } = this.#stopping;
    for (let waitMs = JOIN_RETRY_MIN_MS; !this.#isOver(); waitMs = Math.min(waitMs * 2, JOIN_RETRY_MAX_MS)) {
      try {
        await this.#tryOnce();
      } catch (error) {
        if (signal.aborted) return;
        log.debug({ err: error, waitMs }, 'the inviter did not answer; will ask again');
        await this.#pause(waitMs);
      }
      if (signal.aborted) return;
    }
  }

  #isOver(): boolean {
    return this.#row !== undefined && this.#row.state !== 'waiting';
  }

  async #pause(waitMs: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await wait(this.#parts.clock, waitMs, AbortSignal.any([this.#stopping.signal, woken.signal]));
    this.#wake = undefined;
  }

  async #tryOnce(): Promise<void> {
    const { identity, network, ask, takeVouch, joined, log } = this.#parts;
    const row = this.#live(this.#row) ?? (await this.#prepare());
    const shown = { invitation: this.#invitation.bytes, vouch: row.vouch };
    try {
      const { addresses } = this.#invitation.body;
      const { vouch } = await ask(this.#inviter, addresses, shown, this.#stopping.signal);
      requireVouch(vouch, { voucher: this.#inviter, subject: identity.peer }, network);
      await takeVouch(vouch);
      const { creditMicrocredits } = openRecord('vouch', vouch, network).body;
      await this.#put({ ...row, state: 'joined', creditMicrocredits });
      log.info({ inviter: this.#inviter, creditMicrocredits }, 'joined by an invitation');
      joined(this.#inviter);
    } catch (error) {
      const code = codeOf(error);
      if (!isFinal(error)) throw error;
      await this.#put({ ...row, state: 'refused', code });
      log.warn({ code, inviter: this.#inviter }, 'the inviter refused this invitation; ask for a new one');
    }
  }

  /** The row, unless its vouch has expired while the inviter was away. */
  #live(row: Row | undefined): Row | undefined {
    const { network, clock } = this.#parts;
    const live = row && openRecord('vouch', row.vouch, network).body.expiresAtMs > clock.nowMs();
    return live ? row : undefined;
  }

  /** Our own vouch, written down before it is sent, so that every try sends the same. */
  async #prepare(): Promise<Row> {
    const vouch = await this.#parts.vouchFor(this.#inviter, this.#parts.creditMicrocredits);
    return this.#put({ state: 'waiting', code: '', vouch, creditMicrocredits: 0 });
  }

  async #put(row: Row): Promise<Row> {
    await this.#table.put(this.#key, row);
    this.#row = row;
    return row;
  }
}

/** Whether the inviter itself said no for good. */
function isFinal(error: unknown): boolean {
  return error instanceof TallyError && error.details.remote === true && FINAL.includes(error.code);
}
