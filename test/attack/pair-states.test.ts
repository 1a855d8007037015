// A peer that shows others less of its pairs than its header commits to, or something else: found out, and no gain.
import { beforeEach, describe, expect, it } from 'vitest';
import { dayOf } from '../../src/ledger/decay.ts';
import { joinLeaves, splitLeaves } from '../../src/ledger/pair-states/replica.ts';
import { PAIR_LIST_MAX } from '../../src/ledger/parameters.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { openRecord, signRecord } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { FETCH_PERIOD_MS, SAMPLED_PAIRS } from '../../src/reputation/facts/parameters.ts';
import { BODIES, NETWORK, NOW_MS } from '../support/records.ts';
import { StateHolder } from '../support/state-holder.ts';
import {
  answering,
  newWorld,
  openTrustPeer,
  receiptOf,
  type ShowStates,
  serve,
  type TrustPeer,
  type World,
} from '../support/trust-peers.ts';

type Change = (shows: ShowStates) => Partial<ShowStates>;

const [first, second, third, stranger] = Array.from({ length: 4 }, () => createIdentity()) as [
  Identity,
  Identity,
  Identity,
  Identity,
];

let world: World;
let me: TrustPeer;
/** Whom I vouch for, and who consumed from the first two volunteers. */
let friend: StateHolder;

beforeEach(async () => {
  world = newWorld();
  me = await openTrustPeer(world);
  friend = await StateHolder.open(createIdentity());
  world.answers.set(friend.identity.peer, answering([]));
  await friend.commit(served(first), served(second));
  await me.trust.vouch(friend.identity.peer);
});

const served = (volunteer: Identity, credits = 3, change = {}) =>
  receiptOf(volunteer, friend.identity, credits * CREDIT, change);
const standing = ({ peer }: Identity) => me.reputation.rating(peer).standing;
const outcomes = (outcome: string) => me.metric('fetches_total', { outcome });

/** Resolves when the friend, who answers so, was asked and the scores followed. */
async function ask(change: Change = () => ({})): Promise<void> {
  friend.joins(world, change(friend.shows));
  world.clock.pass(FETCH_PERIOD_MS);
  me.met(friend.identity.peer);
  for (let i = 0; i < 3; i += 1) await me.settled();
}

/** The answer about pairs with something else in it. */
const showing =
  (change: (answer: Awaited<ReturnType<ShowStates['pairs']>>) => object): Change =>
  ({ pairs }) => ({
    async pairs(query) {
      const answer = await pairs(query);
      return { ...answer, ...change(answer) };
    },
  });

describe('pair states', () => {
  it('count when all of them were shown, and are asked for once', async () => {
    const asked: number[] = [];
    const counting: Change = ({ receipts }) => ({
      receipts: (ids) => {
        asked.push(ids.length);
        return receipts(ids);
      },
    });
    await ask(counting);
    expect(standing(first)).toBeGreaterThan(0);
    expect(standing(first)).toBeCloseTo(standing(second), 12);
    await ask(counting);
    await friend.commit(served(third));
    await friend.commit(served(first, 6, { pairSeq: 2 }));
    await ask(counting);
    expect(standing(first)).toBeGreaterThan(standing(third));
    expect(asked).toEqual([2, 2]);
    expect(await me.metric('states_total', { shown: 'all' })).toBe(3);
  });

  it('of many are a sample by ranks that the peer cannot choose', async () => {
    const others = Array.from({ length: PAIR_LIST_MAX }, () => createIdentity());
    await friend.commit(...others.map((volunteer) => served(volunteer)));
    await ask();
    expect(await me.metric('states_total', { shown: 'sample' })).toBe(1);
    expect(await me.metric('evidence_total', { kind: 'receipt', verdict: 'accept' })).toBe(SAMPLED_PAIRS);
    const known = others.filter((volunteer) => standing(volunteer) > 0).length;
    expect(known).toBeGreaterThan(SAMPLED_PAIRS - 3);
  });
});

describe('a peer that', () => {
  const leavesOut = (leaves: Uint8Array) => joinLeaves(splitLeaves(leaves, 'tenant').slice(1));
  it.each<[string, string, Change]>([
    ['leaves out a pair', 'STATES_PARTIAL', showing(({ tenant }) => ({ tenant: leavesOut(tenant) }))],
    ['says that nothing changed', 'STATES_PARTIAL', showing(() => ({ isAll: 0, tenant: joinLeaves([]) }))],
    [
      'lists a pair that it does not have',
      'STATES_PARTIAL',
      showing(({ tenant }) => ({
        volunteer: joinLeaves([{ name: new Uint8Array(32).fill(1), receipt: tenant.slice(32, 64) }]),
      })),
    ],
    [
      'hides whom it consumed from as whom it served',
      'STATES_FORGED',
      showing(({ tenant }) => ({ tenant: joinLeaves([]), volunteer: tenant })),
    ],
    ['lists half a leaf', 'PROTOCOL_VIOLATION', showing(({ tenant }) => ({ tenant: tenant.slice(1) }))],
    ['withholds the receipts', 'STATES_WITHHELD', () => ({ receipts: async () => [] })],
    [
      'withholds one receipt',
      'STATES_WITHHELD',
      ({ receipts }) => ({ receipts: async (ids) => (ids.length === 1 ? [] : receipts(ids.slice(0, 1))) }),
    ],
    [
      'hands out a receipt with another',
      'PROTOCOL_VIOLATION',
      () => ({ receipts: async () => [served(first, 100).bytes] }),
    ],
    [
      'shows a header that it did not sign',
      'SIGNATURE_INVALID',
      showing(({ header: [header] }) => {
        const { body } = openRecord('header', header!, NETWORK);
        return { header: [signRecord('header', body, stranger).bytes] };
      }),
    ],
    [
      'shows the header of another peer',
      'PROTOCOL_VIOLATION',
      showing(({ header: [header] }) => {
        const { body } = openRecord('header', header!, NETWORK);
        const theirs = { ...body, peer: stranger.publicKey };
        return { header: [signRecord('header', theirs, stranger).bytes] };
      }),
    ],
  ])('%s: %s, and nothing of it counts', async (_, code, change) => {
    await ask(change);
    expect(await outcomes(code)).toBeGreaterThan(0);
    expect([standing(first), standing(second)]).toEqual([0, 0]);
    await ask();
    expect(standing(first)).toBeGreaterThan(0);
    const before = [standing(first), standing(second)];
    await friend.commit(served(third), served(second, 9, { pairSeq: 2 }));
    await ask(change);
    expect(await outcomes(code)).toBeGreaterThan(1);
    expect([standing(first), standing(second), standing(third)]).toEqual([...before, 0]);
  });

  it('shows what stood before: STATES_STALE, and what is known stays', async () => {
    const old = await friend.shows.pairs({ id: new Uint8Array(), seq: 0 });
    await friend.commit(served(third));
    await ask();
    const before = standing(third);
    expect(before).toBeGreaterThan(0);
    await ask(() => ({ pairs: async () => old }));
    expect(await outcomes('STATES_STALE')).toBe(1);
    expect(standing(third)).toBe(before);
  });

  it('says it has no chain any more: STATES_STALE, and what is known stays', async () => {
    await ask();
    const before = standing(first);
    await ask(showing(() => ({ header: [], isAll: 1, tenant: joinLeaves([]) })));
    expect(await outcomes('STATES_STALE')).toBe(1);
    expect(standing(first)).toBe(before);
  });

  it('commits to a state of a pair with me that I know to be old: STATES_STALE', async () => {
    const holder = { identity: friend.identity, peer: friend.identity.peer };
    const ledger = (await openTrustPeer(newWorld(), { identity: friend.identity })).ledger;
    for (let i = 1; i <= 3; i += 1) await serve(me, { ...holder, ledger }, CREDIT, world.clock);
    const known = me.ledger.latestReceipt('volunteer', friend.identity.peer);
    expect((await known)?.body.pairSeq).toBe(3);
    await friend.commit(served(me.identity, 1, { pairSeq: 1 }));
    await ask();
    expect(await outcomes('STATES_STALE')).toBe(1);
    expect(standing(first)).toBe(0);
  });

  it('shows me one history and others another is convicted by what it shows me', async () => {
    await ask();
    const [envelope] = (await friend.shows.pairs({ id: new Uint8Array(), seq: 0 })).header;
    const { body } = openRecord('header', envelope!, NETWORK);
    const branch = signRecord('header', { ...body, salt: new Uint8Array(16).fill(7) }, friend.identity);
    await ask(showing(() => ({ header: [branch.bytes] })));
    expect(await outcomes('EVIDENCE_REFUSED')).toBe(1);
    expect(me.convictions.has(friend.identity.peer)).toBe(true);
    expect([standing(friend.identity), standing(first)]).toEqual([0, 0]);
  });

  it('signed more service than charges with a volunteer, or a day to come, gains nothing by it', async () => {
    const day = dayOf(NOW_MS);
    const counters = { ...BODIES.receipt().counters, chargedMicrocredits: 5 };
    await friend.commit(served(third, 9, { counters }), served(first, 9, { pairSeq: 2, day: day + 3 }));
    await ask();
    expect([standing(first), standing(third)]).toEqual([0, 0]);
    expect(standing(second)).toBeGreaterThan(0);
  });

  it('is silent has no better standing for it, nor those whom it consumed from', async () => {
    await ask(() => ({ pairs: () => Promise.reject(new Error('silent')) }));
    const silent = [friend.identity, first, second].map(standing);
    await ask();
    const heard = [friend.identity, first, second].map(standing);
    expect(heard[0]).toBeCloseTo(silent[0]!, 12);
    for (const i of [1, 2]) expect(heard[i]).toBeGreaterThan(silent[i]!);
  });
});
