// How the evidence of others arrives: by gossip, by pull from its author, or handed over. One function judges all three
// (judge-evidence.ts), and what passes is kept in the store.
import { Budget } from '../../lib/budget.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import { ENVELOPE_BYTES, type SignedRecord } from '../../records/envelope.ts';
import { decodeEvidence, type EvidenceItem } from '../../records/evidence.ts';
import { vouchKind } from '../../records/vouch.ts';
import {
  AUTHOR_BUDGET,
  GOSSIPED_OUTCOME_MAX_BYTES,
  STRANGERS_BUDGET,
  WORTH_STANDING,
} from '../facts/parameters.ts';
import type { EvidenceStore } from './evidence-store.ts';
import {
  type ParsedEvidence,
  parseEvidence,
  refusalOf,
  type VerifiedEvidence,
  verifyEvidence,
} from './judge-evidence.ts';

/** Accept passes a message on; Reject counts against the sender; Ignore is nobody's fault. */
export type Admission = 'accept' | 'reject' | 'ignore';

/** A row of the overlay's gossip table. */
export interface Row {
  readonly maxBytes: number;
  decode(bytes: Uint8Array): unknown;
  validate(item: unknown): Admission;
  apply(item: unknown): void;
}

export interface IntakeParts {
  readonly me: string;
  readonly network: string;
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly standing: (peer: string) => number;
  /** Called when what was taken in can move a score. */
  readonly changed: () => void;
  readonly metrics?: ReputationMetrics | undefined;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #authors = new Budget(AUTHOR_BUDGET);
  readonly #strangers = new Budget(STRANGERS_BUDGET);

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** The rows of the topics `vouch` and `outcome`. */
  rows(): { readonly vouch: Row; readonly outcome: Row } {
    const vouch = (record: Uint8Array) => this.#parse({ record, leases: [] }, 'vouch');
    const outcome = (bytes: Uint8Array) => this.#parse(decodeEvidence(bytes), 'outcome');
    return {
      vouch: this.#row(vouchKind.maxBytes + ENVELOPE_BYTES, vouch),
      outcome: this.#row(GOSSIPED_OUTCOME_MAX_BYTES, outcome),
    };
  }

  #row(maxBytes: number, decode: (bytes: Uint8Array) => ParsedEvidence | undefined): Row {
    return {
      maxBytes,
      decode,
      validate: (item) => this.#judgeGossip(item as ParsedEvidence | undefined),
      apply: (item) => this.#keep(verifyEvidence(item as ParsedEvidence)),
    };
  }

  /** Undefined for a kind or version that this peer does not know, which is nobody's fault. */
  #parse(item: EvidenceItem, kind: 'vouch' | 'outcome'): ParsedEvidence | undefined {
    try {
      const parsed = parseEvidence(item, this.#parts.network);
      if (parsed.fact.kind === kind) return parsed;
      throw new TallyError('RECORD_MALFORMED', { reason: 'the record belongs to another topic' });
    } catch (error) {
      if (codeOf(error) === 'RECORD_UNKNOWN_KIND') return undefined;
      throw error;
    }
  }

  #judgeGossip(parsed: ParsedEvidence | undefined): Admission {
    // [IGNORE] of a later version
    if (parsed === undefined) return 'ignore';
    const verdict = this.#verdictOf(parsed);
    if (verdict !== 'accept') this.#count(parsed, verdict);
    return verdict;
  }

  #verdictOf(parsed: ParsedEvidence): Admission {
    const { clock, store, me } = this.#parts;
    const { fact } = parsed;
    // [REJECT] gossip carries breaches alone
    if (fact.kind === 'outcome' && !fact.leases.some(({ code }) => code !== '')) return 'reject';
    const refusal = refusalOf(parsed, clock.nowMs());
    // [REJECT] or [IGNORE] as the door says
    if (refusal !== undefined) return refusal.verdict;
    // [IGNORE] what I said myself I know
    if (fact.author === me) return 'ignore';
    // [IGNORE] known, or older than what is known
    if (!store.wants(parsed)) return 'ignore';
    // [IGNORE] its author has said enough for now. Forgers can spend its budget and are rejected for it; what matters
    // comes by pull
    if (!this.#afford(fact.author)) return 'ignore';
    // [REJECT] not signed by whom it names
    return isSigned(parsed) ? 'accept' : 'reject';
  }

  #afford(author: string): boolean {
    const { clock, standing } = this.#parts;
    const isStranger = standing(author) < WORTH_STANDING;
    const [budget, key] = isStranger ? [this.#strangers, 'strangers'] : [this.#authors, author];
    return budget.take(key, clock.monotonicMs());
  }

  /**
   * Takes in what a peer handed out as its own. What is known, or refused without fault, is passed over; throws
   * RECORD_*, SIGNATURE_INVALID or EVIDENCE_REFUSED for what no honest peer hands out.
   */
  takeFrom(item: EvidenceItem, from: string): void {
    const parsed = this.#parseCounted(item);
    if (parsed === undefined) return;
    try {
      const verdict = this.#judgeFrom(parsed, from);
      if (verdict === 'accept') this.#keep(verifyEvidence(parsed));
      else this.#count(parsed, verdict);
    } catch (error) {
      this.#count(parsed, 'reject');
      throw error;
    }
  }

  #judgeFrom(parsed: ParsedEvidence, from: string): 'accept' | 'ignore' | 'known' {
    // A peer answers for what it hands out: only its own
    if (parsed.fact.author !== from)
      throw new TallyError('EVIDENCE_REFUSED', { reason: 'the record has another author' });
    // Receipts count with the header that commits to them alone (replicating.ts)
    if (parsed.fact.kind === 'receipt') return 'ignore';
    const refusal = refusalOf(parsed, this.#parts.clock.nowMs());
    if (refusal?.verdict === 'ignore') return 'ignore';
    if (refusal !== undefined) throw new TallyError('EVIDENCE_REFUSED', { reason: refusal.reason });
    if (!this.#parts.store.wants(parsed)) return 'known';
    return 'accept';
  }

  #parseCounted(item: EvidenceItem): ParsedEvidence | undefined {
    try {
      return parseEvidence(item, this.#parts.network);
    } catch (error) {
      if (codeOf(error) === 'RECORD_UNKNOWN_KIND') return undefined;
      this.#parts.metrics?.evidenceTotal.inc({ kind: 'unreadable', verdict: 'reject' });
      throw error;
    }
  }

  /** Keeps the state of a pair that was proven (replicating.ts); one from the future is passed over. */
  keepState(parsed: VerifiedEvidence): void {
    const { me, clock } = this.#parts;
    // What I signed myself I know
    const isFine = parsed.fact.author !== me && refusalOf(parsed, clock.nowMs()) === undefined;
    if (isFine && this.#parts.store.wants(parsed)) this.#keep(parsed);
    else this.#count(parsed, isFine ? 'known' : 'ignore');
  }

  /** Takes in a vouch that was handed over. Throws RECORD_*, SIGNATURE_INVALID, EVIDENCE_REFUSED. */
  takeVouch(record: Uint8Array): SignedRecord<'vouch'> {
    const parsed = this.#parse({ record, leases: [] }, 'vouch');
    if (parsed === undefined) throw new TallyError('RECORD_UNKNOWN_KIND', { expected: 'vouch' });
    const refusal = refusalOf(parsed, this.#parts.clock.nowMs());
    if (refusal !== undefined) throw new TallyError('EVIDENCE_REFUSED', { reason: refusal.reason });
    if (parsed.fact.author === this.#parts.me)
      throw new TallyError('EVIDENCE_REFUSED', { reason: 'this peer wrote the record itself' });
    const verified = verifyEvidence(parsed);
    if (this.#keep(verified) === 'full')
      throw new TallyError('EVIDENCE_REFUSED', { reason: 'the store is full' });
    return verified.record as SignedRecord<'vouch'>;
  }

  #keep(parsed: VerifiedEvidence): 'new' | 'known' | 'full' {
    const taken = this.#parts.store.take(parsed);
    this.#count(parsed, taken === 'new' ? 'accept' : taken);
    // Words of those whom the walk does not reach move nothing
    if (taken === 'new' && this.#parts.standing(parsed.fact.author) > 0) this.#parts.changed();
    return taken;
  }

  #count({ fact }: ParsedEvidence, verdict: Admission | 'known' | 'full'): void {
    this.#parts.metrics?.evidenceTotal.inc({ kind: fact.kind, verdict });
  }
}

function isSigned(parsed: ParsedEvidence): boolean {
  try {
    verifyEvidence(parsed);
    return true;
  } catch (error) {
    if (codeOf(error) === 'SIGNATURE_INVALID') return false;
    throw error;
  }
}
