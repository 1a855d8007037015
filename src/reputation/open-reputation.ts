// Reputation, put together: the own ledger, the evidence of others, the scores that follow, and the statements of this
// peer. The overlay is handed in as functions; the peer wires its topics and its protocol.

import type { Convictions } from '../ledger/following/convictions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sideOf } from '../ledger/pair-index.ts';
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { type Service, startAll, stopAll } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { ReputationMetrics } from '../metrics/reputation.ts';
import { isKind } from '../records/envelope.ts';
import { EVIDENCE_ITEM, type EvidenceItem } from '../records/evidence.ts';
import { type Identity, publicKeyOf } from '../records/identity.ts';
import { type Credit, type CreditBook, CreditDesk, type CreditTerms, GRANT_ROW } from './credit/credit.ts';
import { POOL_ROW } from './credit/day-pool.ts';
import { linesIn } from './credit/lines.ts';
import { EvidenceStore } from './evidence/evidence-store.ts';
import { type FetchEvidence, Fetching, type FetchingParts } from './evidence/fetching.ts';
import { Intake, type Row } from './evidence/intake.ts';
import { type EvidencePage, type EvidenceQuery, isLiveVouch, OwnEvidence } from './evidence/own-evidence.ts';
import { type AskStates, Replicating, type ReplicatingParts } from './evidence/replicating.ts';
import { Restoring } from './evidence/restoring.ts';
import { explain } from './explain/explanation.ts';
import { effectOfVouch } from './explain/supposing.ts';
import type { OwnVouch, Trust } from './explain/trust.ts';
import { Words, type WordsParts } from './explain/words.ts';
import { debtsOf } from './facts/debts.ts';
import type { Fact, VouchFact } from './facts/facts.ts';
import { INVITATION_TRUST_MICROCREDITS } from './facts/parameters.ts';
import type { Rating, Reputation } from './facts/reputation.ts';
import type { Score } from './walk/scores.ts';
import { Scoring } from './walk/scoring.ts';
import type { Walk } from './walk/walk.ts';
import { loadVisits, saveVisits, WALK_ROW } from './walk/walk-memory.ts';

/** What reputation is built from. */
export interface ReputationParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  /** Keys that are refused everywhere: what they say and what is said of them counts for nothing. */
  readonly convictions: Pick<Convictions, 'has' | 'onConvicted'>;
  /** Publishes on the topic of that name. */
  readonly publish: WordsParts['publish'];
  /** Asks a peer by the evidence protocol. */
  readonly fetch: FetchEvidence;
  /** Asks a peer by the protocols of pair states. */
  readonly ask: AskStates;
  readonly judgeHeader: ReplicatingParts['judgeHeader'];
  readonly credit: CreditTerms;
  readonly metrics?: ReputationMetrics | undefined;
}

/** Reputation, its life, and what the overlay must be told of it. */
export interface OpenReputation {
  readonly reputation: Reputation;
  readonly trust: Trust;
  readonly credit: Credit;
  readonly creditBook: CreditBook;
  readonly service: Service;
  /** Rows of the overlay's gossip table. */
  readonly gossip: { readonly vouch: Row; readonly outcome: Row };
  /** Answers the evidence protocol. */
  readonly serve: (query: EvidenceQuery) => Promise<EvidencePage>;
  /** A peer is connected now. */
  readonly met: (peer: string) => void;
  /** Resolves when nobody is being asked, the scores say what the evidence says, and what was taken in is on disk. */
  readonly settled: () => Promise<void>;
}

/** Opens reputation: what is on disk is read and scored before it resolves. */
export async function openReputation(parts: ReputationParts): Promise<OpenReputation> {
  const { identity, clock, log, ledger, metrics } = parts;
  const me = identity.peer;
  const rows = ledger.table('evidence', EVIDENCE_ITEM);
  const standing = (peer: string) => scoring.standing(peer);
  const own = new OwnEvidence(parts);
  const touched = (author: string) => scoring.touched(author);
  const store = new EvidenceStore({ rows, log, standing, touched });
  const { convictions } = parts;
  const facts = function* (author?: string): Iterable<Fact> {
    const isRefused = ({ author, subject }: Fact) => convictions.has(author) || convictions.has(subject);
    const sources =
      author === undefined ? [own.facts(), store.facts()] : [own.factsOf(author), store.factsOf(author)];
    for (const source of sources) for (const fact of source) if (!isRefused(fact)) yield fact;
  };
  const walkRows = ledger.table('walk', WALK_ROW);
  const visits = await loadVisits(walkRows);
  const keep = (walk: Walk) => saveVisits(walkRows, walk);
  const scoring = new Scoring({ me, clock, log, facts, keep, visits, metrics });
  const changed = () => scoring.changed();
  const intake = new Intake({ me, network: parts.network, clock, store, standing, changed, metrics });
  const take = (item: EvidenceItem, from: string) => intake.takeFrom(item, from);
  const replicating = new Replicating({
    ...{ ...parts, me, trusted: () => scoring.worthAsking() },
    known: (tenant, volunteer) => own.pairState(tenant, volunteer) ?? store.pairState(tenant, volunteer),
    kept: (tenant) => store.receiptsOf(tenant),
    keep: (state) => intake.keepState(state),
  });
  const refresh: FetchingParts['refresh'] = (peer, signal) => replicating.refresh(peer, signal);
  const fetching = new Fetching({ clock, log, scoring, fetch: parts.fetch, take, refresh, metrics });
  const restoring = new Restoring({ network: parts.network, rows, store, clock, log, changed });
  const words = new Words({ ...parts, own });
  const credit = new CreditDesk({
    ...{ me, clock, log, metrics, terms: parts.credit, rows: ledger.table('credit', GRANT_ROW) },
    poolRows: ledger.table('credit-pool', POOL_ROW),
    owed: (peer) => own.debtWith(peer, clock.nowMs()).owedMicrocredits,
    counterparties: () => own.counterparties(),
    isVouchedFor: (peer) => isLiveVouch(own.vouchFor(peer), clock.nowMs()),
    lines: () => linesIn(scoring.scores),
  });

  await own.load();
  await restoring.load();
  await credit.load();
  scoring.onScored(() => {
    store.review(clock.nowMs());
    for (const [kind, count] of Object.entries(store.counts())) metrics?.evidenceRecords.set({ kind }, count);
    fetching.askDue();
  });
  ledger.onCommit((records) => {
    const authors = records.flatMap((record) => own.take(record) ?? []);
    for (const record of records)
      if (isKind(record, 'receipt')) credit.lower(sideOf(record.body, me).counterparty);
    for (const author of authors) scoring.touched(author);
    if (authors.length > 0) changed();
  });
  convictions.onConvicted(() => scoring.allChanged());
  scoring.changed();
  await scoring.settled();

  const services = [storeService(store), restoring, scoring, fetching, credit];
  return {
    reputation: {
      rating(peer) {
        if (convictions.has(peer)) return CONVICTED;
        const { owedMicrocredits } = own.debtWith(peer, clock.nowMs());
        return owedMicrocredits > 0 ? { ...scoring.rating(peer), isOwing: true } : scoring.rating(peer);
      },
      judge: (lease, code) => words.judge(lease, code),
    },
    trust: {
      list: () => [...scoring.scores.byPeer.values()].sort(bestFirst),
      why(peer) {
        publicKeyOf(peer);
        return explain(scoring.scores, peer);
      },
      debts: () => debtsOf(me, own.facts(), clock.nowMs()),
      vouches: () => own.liveVouches(clock.nowMs()).map(showVouch),
      effectOf(peer, terms = {}) {
        const { trustMicrocredits = INVITATION_TRUST_MICROCREDITS, creditMicrocredits = 0 } = terms;
        publicKeyOf(peer);
        if (peer === me) throw new TallyError('VOUCH_REFUSED', { reason: 'a peer cannot vouch for itself' });
        if (trustMicrocredits === 0) words.requireVouch(peer);
        return {
          ...effectOfVouch(scoring.scores, peer, trustMicrocredits),
          mayOweMicrocredits: credit.effectOfVouch(peer, creditMicrocredits),
        };
      },
      vouch: (subject, terms) => words.vouch(subject, terms),
      revoke: (subject) => words.revoke(subject),
      async takeVouch(bytes) {
        // Whether there is room for it may follow from a vouch of mine a moment ago
        await scoring.settled();
        const vouch = intake.takeVouch(bytes);
        await store.written();
        return vouch;
      },
    },
    ...{ credit, creditBook: credit },
    service: { start: () => startAll(services), stop: () => stopAll(services) },
    gossip: intake.rows(),
    serve: (query) => own.page(query),
    met: (peer) => fetching.met(peer),
    async settled() {
      await restoring.settled();
      await fetching.settled();
      await scoring.settled();
      // New scores may be reason to ask others
      await fetching.settled();
      await scoring.settled();
      await store.written();
    },
  };
}

/** Worse than whom nobody knows: it is known for what it did. */
const CONVICTED: Rating = { standing: 0, quality: 0, isKnown: true };

/** What was taken in is on disk before the database closes. */
function storeService(store: EvidenceStore): Service {
  return { start: async () => {}, stop: () => store.written() };
}

function showVouch({ id, subject, ...vouch }: VouchFact): OwnVouch {
  const { trustMicrocredits, creditMicrocredits, issuedAtMs, expiresAtMs } = vouch;
  return { vouch: id, peer: subject, trustMicrocredits, creditMicrocredits, issuedAtMs, expiresAtMs };
}

function bestFirst(a: Score, b: Score): number {
  return b.quality - a.quality || b.standing - a.standing || (a.peer < b.peer ? -1 : 1);
}
