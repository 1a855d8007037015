// Peers with a ledger and a reputation, joined by functions instead of sockets, and the records that they sign.

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { dayOf } from '../../src/ledger/decay.ts';
import type { Convictions } from '../../src/ledger/following/convictions.ts';
import type { Following } from '../../src/ledger/following/following.ts';
import { openConvictions, openFollowing } from '../../src/ledger/following/open-following.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { reputationMetrics } from '../../src/metrics/reputation.ts';
import { judge } from '../../src/overlay/node/gossip.ts';
import { evidenceProtocol } from '../../src/overlay/protocols/evidence.ts';
import {
  pairReceiptsProtocol,
  pairSampleProtocol,
  pairsProtocol,
} from '../../src/overlay/protocols/pairs.ts';
import { decode, encode } from '../../src/records/codec.ts';
import { type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { EVIDENCE_ITEM, sizeOfEvidence } from '../../src/records/evidence.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import type { Bodies } from '../../src/records/kinds.ts';
import type { FetchEvidence } from '../../src/reputation/evidence/fetching.ts';
import type { EvidencePage } from '../../src/reputation/evidence/own-evidence.ts';
import type { AskStates } from '../../src/reputation/evidence/replicating.ts';
import { type OpenReputation, openReputation } from '../../src/reputation/open-reputation.ts';
import { type HandClock, handClock } from './clock.ts';
import { LENDING } from './credit.ts';
import { temporaryHome, totals } from './ledgers.ts';
import { BODIES, NETWORK } from './records.ts';

/** A peer of these tests. */
export interface TrustPeer extends OpenReputation {
  readonly identity: Identity;
  readonly peer: string;
  readonly home: string;
  readonly ledger: Ledger;
  readonly convictions: Convictions;
  /** What the peer would have gossiped. */
  readonly published: { readonly topic: 'vouch' | 'outcome'; readonly bytes: Uint8Array }[];
  /** Value of a metric, by name without its prefix, and labels. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  /** What is kept on disk of one author. */
  storedBytes(author: string): Promise<number>;
  close(): Promise<void>;
}

/** A world: its clock, and who can be asked. */
export interface World {
  readonly clock: HandClock;
  readonly asked: string[];
  /** Answers in place of the peer's own, for peers that are not honest. */
  readonly answers: Map<string, (query: Parameters<FetchEvidence>[1]) => Promise<EvidencePage>>;
  /** Who shows which pair states. */
  readonly shows: Map<string, ShowStates>;
  /** Who answers questions about heads of chains. */
  readonly heads: Map<string, Following['serve']>;
}

/** What a peer answers when it is asked for its pair states. */
export type ShowStates = {
  [K in keyof AskStates]: AskStates[K] extends (peer: string, asked: infer Q, signal: AbortSignal) => infer A
    ? (asked: Q) => A
    : never;
};

/** A peer that shows what its ledger holds. */
export function showing({ pairList, proofs }: Pick<Ledger, 'pairList' | 'proofs'>): ShowStates {
  return {
    pairs: (query) => pairList.show(query),
    receipts: (ids) => pairList.receipts(ids),
    sample: (ranks) => proofs.ranked(ranks),
  };
}

export function newWorld(): World {
  return { clock: handClock(), asked: [], answers: new Map(), shows: new Map(), heads: new Map() };
}

/** Opens and starts a peer of a world. */
export async function openTrustPeer(
  world: World,
  {
    identity = createIdentity(),
    home = '',
    start = true,
  }: { identity?: Identity; home?: string; start?: boolean } = {},
): Promise<TrustPeer> {
  const folder = home === '' ? await temporaryHome() : home;
  const { clock } = world;
  const ledger = await openLedger({ home: folder, network: NETWORK }, { identity, clock, log: silentLog });
  const convictions = await openConvictions({
    ledger,
    network: NETWORK,
    log: silentLog,
    isOfInterest: () => true,
  });
  const registry = new Registry();
  const published: TrustPeer['published'] = [];
  const opened = await openReputation({
    ...{ identity, network: NETWORK, clock, log: silentLog, ledger, convictions },
    ...{ credit: LENDING, metrics: reputationMetrics(registry) },
    publish: async (topic, bytes) => published.push({ topic, bytes }),
    async fetch(peer, query) {
      world.asked.push(peer);
      const answer = world.answers.get(peer);
      if (answer === undefined) throw new TallyError('PEER_SILENT', { peer });
      // Over the wire and back, through the shapes of the protocol
      const request = evidenceProtocol.request(decode(encode(query)), 'request');
      return evidenceProtocol.response(decode(encode(await answer(request))), 'response');
    },
    ask: askingIn(world),
    judgeHeader: (author, header) => following.judge(author, header),
  });
  const following = await openFollowing({
    ...{ me: identity.peer, network: NETWORK, clock, log: silentLog, ledger, convictions },
    worth: (peer) => opened.reputation.rating(peer).standing,
    connected: () => [],
    async ask(peer, query) {
      const answer = world.heads.get(peer);
      if (answer === undefined) throw new TallyError('PEER_SILENT', { peer });
      return answer(query);
    },
    askConvictions: async () => ({ run: new Uint8Array(16), proofs: [], upTo: 0, more: 0 }),
  });
  world.heads.set(identity.peer, (query) => following.serve(query));
  world.shows.set(identity.peer, showing(ledger));
  world.answers.set(identity.peer, opened.serve);
  if (start) await opened.service.start();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= opened.service
      .stop()
      .then(() => following.stop())
      .then(() => ledger.close());
    return closed;
  };
  onTestFinished(close);
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const { values = [] } = (await registry.getSingleMetric(`tallymesh_reputation_${name}`)?.get()) ?? {};
    const fits = values.filter((value) =>
      Object.entries(labels).every(([label, text]) => value.labels[label as never] === text),
    );
    return fits.reduce((sum, { value }) => sum + value, 0);
  };
  const storedBytes = async (author: string) => {
    let bytes = 0;
    for await (const [key, item] of ledger.table('evidence', EVIDENCE_ITEM).entries())
      if (key.startsWith(author)) bytes += sizeOfEvidence(item);
    return bytes;
  };
  return {
    ...opened,
    identity,
    peer: identity.peer,
    home: folder,
    ledger,
    convictions,
    published,
    metric,
    storedBytes,
    close,
  };
}

/** Asks over the wire and back, through the shapes of the protocols. */
function askingIn({ shows }: World): AskStates {
  const of = (peer: string) => {
    const shown = shows.get(peer);
    if (shown === undefined) throw new TallyError('PEER_SILENT', { peer });
    return shown;
  };
  return {
    async pairs(peer, query) {
      const asked = pairsProtocol.request(decode(encode(query)), 'request');
      return pairsProtocol.response(decode(encode(await of(peer).pairs(asked))), 'response');
    },
    async receipts(peer, ids) {
      const asked = pairReceiptsProtocol.request(decode(encode({ ids })), 'request');
      const receipts = await of(peer).receipts(asked.ids);
      return pairReceiptsProtocol.response(decode(encode({ receipts })), 'response').receipts;
    },
    async sample(peer, ranks) {
      const asked = pairSampleProtocol.request(decode(encode({ ranks })), 'request');
      return pairSampleProtocol.response(decode(encode(await of(peer).sample(asked.ranks))), 'response');
    },
  };
}

/** Closes a peer and opens it again over the same folder, not started. */
export async function reopen(world: World, peer: TrustPeer): Promise<TrustPeer> {
  await peer.close();
  await rm(join(peer.home, 'db', 'LOCK'), { force: true });
  return openTrustPeer(world, { identity: peer.identity, home: peer.home, start: false });
}

/** Gossips bytes to a peer as the overlay would; its verdict. */
export function hear(peer: TrustPeer, topic: 'vouch' | 'outcome', bytes: Uint8Array) {
  return judge(peer.gossip[topic], topic, bytes, silentLog);
}

/** A lease signed by the volunteer for the tenant. */
export function leaseOf(
  volunteer: Identity,
  tenant: Identity,
  change: Partial<Bodies['lease']> = {},
): SignedRecord<'lease'> {
  const names = { volunteer: volunteer.publicKey, tenant: tenant.publicKey, network: NETWORK };
  return signRecord('lease', { ...BODIES.lease(), ...names, ...change }, volunteer);
}

/** The tenant's word on leases, a code each; they need not be its own. */
export function outcomeOf(
  tenant: Identity,
  volunteer: Identity,
  leases: readonly SignedRecord<'lease'>[],
  code: string,
  change: Partial<Bodies['outcome']> = {},
): SignedRecord<'outcome'> {
  const body = BODIES.outcome();
  const names = { volunteer: volunteer.publicKey, tenant: tenant.publicKey };
  const named = leases.map(({ id }) => ({ lease: id, code }));
  const day = dayOf(body.issuedAtMs);
  return signRecord('outcome', { ...body, ...names, day, leases: named, ...change }, tenant);
}

/** A vouch by `voucher`. */
export function vouchOf(
  voucher: Identity,
  subject: Pick<Identity, 'publicKey'>,
  change: Partial<Bodies['vouch']> = {},
): SignedRecord<'vouch'> {
  const names = { voucher: voucher.publicKey, subject: subject.publicKey };
  return signRecord('vouch', { ...BODIES.vouch(), ...names, ...change }, voucher);
}

/** A receipt that both keys signed, for so many microcredits. */
export function receiptOf(
  volunteer: Identity,
  tenant: Identity,
  serviceMicrocredits: number,
  change: Partial<Bodies['receipt']> = {},
): SignedRecord<'receipt'> {
  const body = BODIES.receipt();
  const names = { volunteer: volunteer.publicKey, tenant: tenant.publicKey, leases: [] };
  const counters = { ...body.counters, chargedMicrocredits: serviceMicrocredits };
  return signRecord(
    'receipt',
    { ...body, ...names, counters, serviceMicrocredits, ...change },
    volunteer,
    tenant,
  );
}

/** Whoever has a key and a ledger. */
type Signing = Pick<TrustPeer, 'identity' | 'peer' | 'ledger'>;

/** Service between two peers of a world: a lease in both ledgers and one receipt over it; the lease. */
export async function serve(
  volunteer: Signing,
  tenant: Signing,
  microcredits: number,
  clock: Clock,
): Promise<SignedRecord<'lease'>> {
  const bid = signRecord(
    'bid',
    { ...BODIES.bid(), tenant: tenant.identity.publicKey, issuedAtMs: clock.nowMs() },
    tenant.identity,
  );
  const lease = leaseOf(volunteer.identity, tenant.identity, { bid: bid.id, salt: randomBytes(16) });
  await Promise.all([volunteer, tenant].map(({ ledger }) => ledger.commit([bid, lease])));
  const draft = await tenant.ledger.coSigning.draft(volunteer.peer, [totals(lease.id, 1, microcredits)]);
  if (draft === undefined) throw new Error('there was nothing to draft');
  const { bodyBytes, tenantSignature } = draft;
  const receipt = await volunteer.ledger.coSigning.countersign(tenant.peer, bodyBytes, tenantSignature);
  await tenant.ledger.coSigning.complete(volunteer.peer, draft, receipt.signatures[0] ?? new Uint8Array());
  return lease;
}

/** An answer of a dishonest peer: these items, once. */
export function answering(items: EvidencePage['items']) {
  return async (): Promise<EvidencePage> => ({ run: new Uint8Array(16), items, upTo: items.length, more: 0 });
}
