// Peers that lie about others: by gossip, by what they hand out when asked, by flooding.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { DAY_MS } from '../../src/lib/units.ts';
import { encode } from '../../src/records/codec.ts';
import {
  assemble,
  type SignedRecord,
  signRecord,
  type UnverifiedRecord,
} from '../../src/records/envelope.ts';
import { type EvidenceItem, encodeEvidence } from '../../src/records/evidence.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import {
  FETCH_PERIOD_MS,
  STRANGER_MAX_BYTES,
  STRANGERS_BUDGET,
  VOUCH_MAX_LIFETIME_MS,
} from '../../src/reputation/facts/parameters.ts';
import { NOW_MS } from '../support/records.ts';
import { StateHolder } from '../support/state-holder.ts';
import {
  answering,
  hear,
  leaseOf,
  newWorld,
  openTrustPeer,
  outcomeOf,
  receiptOf,
  type TrustPeer,
  vouchOf,
  type World,
} from '../support/trust-peers.ts';

const [friend, volunteer, stranger] = [createIdentity(), createIdentity(), createIdentity()];
const BREACH = 'INSTANCE_LOST';

let world: World;
let me: TrustPeer;

/** Resolves once everything that follows has followed. */
const settled = () => me.settled();
const item = (record: UnverifiedRecord, ...leases: UnverifiedRecord<'lease'>[]): EvidenceItem => ({
  record: record.bytes,
  leases: leases.map(({ bytes }) => bytes),
});
const gossip = (record: UnverifiedRecord<'outcome'>, ...leases: UnverifiedRecord<'lease'>[]) =>
  hear(me, 'outcome', encodeEvidence(item(record, ...leases)));

/** What the friend hands out when it is asked; resolves when it was asked and the scores followed. */
async function friendSays(...items: EvidenceItem[]): Promise<void> {
  world.answers.set(friend.peer, answering(items));
  me.met(friend.peer);
  await settled();
}

/** Signed by another key than the one that the body names. */
function forged<K extends 'outcome' | 'vouch'>(record: SignedRecord<K>): UnverifiedRecord<K> {
  return assemble(record, [createIdentity().sign(record.bodyBytes)]);
}

// The friend has standing by my vouch, and a word of its own that the volunteer served it well
beforeEach(async () => {
  world = newWorld();
  me = await openTrustPeer(world);
  world.answers.set(friend.peer, answering([]));
  await me.trust.vouch(friend.peer);
  await settled();
  const good = leaseOf(volunteer, friend);
  const holder = await StateHolder.open(friend);
  await holder.commit(receiptOf(volunteer, friend, 5_000_000));
  holder.joins(world);
  await friendSays(item(outcomeOf(friend, volunteer, [good], ''), good));
  expect(me.reputation.rating(volunteer.peer)).toMatchObject({ isKnown: true });
});

const rating = () => me.reputation.rating(volunteer.peer);

describe('outcomes by gossip', () => {
  const lease = leaseOf(volunteer, friend);

  it('of a tenant with its lease are heard, so that what follows can fail', async () => {
    const before = rating();
    expect(gossip(outcomeOf(friend, volunteer, [lease], BREACH), lease)).toBe('accept');
    await settled();
    expect(rating().quality).toBeLessThan(before.quality);
  });

  it.each<[string, 'reject' | 'ignore', () => [UnverifiedRecord<'outcome'>, ...UnverifiedRecord<'lease'>[]]]>(
    [
      ['forged', 'reject', () => [forged(outcomeOf(friend, volunteer, [lease], BREACH)), lease]],
      ['without its lease', 'reject', () => [outcomeOf(friend, volunteer, [lease], BREACH)]],
      [
        'with a lease that it does not name',
        'reject',
        () => [outcomeOf(friend, volunteer, [lease], BREACH), leaseOf(volunteer, friend)],
      ],
      [
        'with a lease of another tenant',
        'reject',
        () => {
          const foreign = leaseOf(volunteer, stranger);
          return [outcomeOf(friend, volunteer, [foreign], BREACH), foreign];
        },
      ],
      [
        'with a lease of another volunteer',
        'reject',
        () => {
          const foreign = leaseOf(stranger, friend);
          return [outcomeOf(friend, volunteer, [foreign], BREACH), foreign];
        },
      ],
      [
        'with a lease that the volunteer did not sign',
        'reject',
        () => {
          const invented = assemble(lease, [friend.sign(lease.bodyBytes)]);
          return [outcomeOf(friend, volunteer, [lease], BREACH), invented];
        },
      ],
      [
        'about its own author',
        'reject',
        () => {
          const own = leaseOf(friend, friend);
          return [outcomeOf(friend, friend, [own], BREACH), own];
        },
      ],
      ['that is no breach', 'reject', () => [outcomeOf(friend, volunteer, [lease], ''), lease]],
      [
        'from the future',
        'ignore',
        () => [outcomeOf(friend, volunteer, [lease], BREACH, { issuedAtMs: NOW_MS + DAY_MS }), lease],
      ],
      [
        'of a day to come',
        'ignore',
        () => [
          outcomeOf(friend, volunteer, [lease], BREACH, { day: Math.floor(NOW_MS / DAY_MS) + 2 }),
          lease,
        ],
      ],
    ],
  )('%s: %s, and nothing moves', async (_, verdict, make) => {
    const before = rating();
    expect(gossip(...make())).toBe(verdict);
    await settled();
    expect(rating()).toEqual(before);
  });

  it('count a lease once, whatever is said of it again or later', async () => {
    const first = outcomeOf(friend, volunteer, [lease], BREACH);
    expect(gossip(first, lease)).toBe('accept');
    await settled();
    const once = rating();
    expect(gossip(first, lease)).toBe('ignore');
    const again = outcomeOf(friend, volunteer, [lease], BREACH, { issuedAtMs: first.body.issuedAtMs + 1 });
    expect(gossip(again, lease)).toBe('accept');
    const turned = outcomeOf(friend, volunteer, [lease], '', { issuedAtMs: first.body.issuedAtMs + 2 });
    await friendSays(item(turned, lease));
    expect(rating()).toEqual(once);
    expect(me.trust.why(volunteer.peer)).toMatchObject({ good: 1, bad: 1 });
  });

  it('of strangers move nothing, however many', async () => {
    const before = rating();
    for (let i = 0; i < 50; i += 1) {
      const liar = createIdentity();
      const theirs = leaseOf(volunteer, liar);
      expect(gossip(outcomeOf(liar, volunteer, [theirs], BREACH), theirs)).toBe('accept');
    }
    await settled();
    expect(rating()).toEqual(before);
  });
});

describe('vouches', () => {
  it.each<[string, 'reject' | 'ignore', () => UnverifiedRecord<'vouch'>]>([
    ['forged', 'reject', () => forged(vouchOf(friend, stranger))],
    ['for oneself', 'reject', () => vouchOf(friend, friend)],
    ['expired', 'ignore', () => vouchOf(friend, stranger, { expiresAtMs: NOW_MS - 1 })],
    ['from the future', 'ignore', () => vouchOf(friend, stranger, { issuedAtMs: NOW_MS + DAY_MS })],
    [
      'for longer than any may',
      'reject',
      () => vouchOf(friend, stranger, { expiresAtMs: NOW_MS + VOUCH_MAX_LIFETIME_MS + 1 }),
    ],
  ])('%s: %s by gossip, refused when handed over, and nothing moves', async (_, verdict, make) => {
    const vouch = make();
    expect(hear(me, 'vouch', vouch.bytes)).toBe(verdict);
    const code = await me.trust.takeVouch(vouch.bytes).catch(codeOf);
    expect(['EVIDENCE_REFUSED', 'SIGNATURE_INVALID']).toContain(code);
    await settled();
    expect(me.reputation.rating(stranger.peer).standing).toBe(0);
  });

  it('that were taken back do not come back when they are said again', async () => {
    const vouch = vouchOf(friend, stranger);
    expect(hear(me, 'vouch', vouch.bytes)).toBe('accept');
    await settled();
    expect(me.reputation.rating(stranger.peer).standing).toBeGreaterThan(0);
    const revoked = vouchOf(friend, stranger, { seq: vouch.body.seq + 1, trustMicrocredits: 0 });
    expect(hear(me, 'vouch', revoked.bytes)).toBe('accept');
    expect(hear(me, 'vouch', vouch.bytes)).toBe('ignore');
    await friendSays(item(vouch));
    expect(me.reputation.rating(stranger.peer).standing).toBe(0);
  });

  it('of another network are rejected, of a later version nobody is blamed for', () => {
    const vouch = vouchOf(friend, stranger);
    const elsewhere = signRecord('vouch', { ...vouch.body, network: 'other' }, friend);
    expect(hear(me, 'vouch', elsewhere.bytes)).toBe('reject');
    expect(hear(me, 'vouch', encode(['vouch', 2, vouch.bodyBytes, vouch.signatures]))).toBe('ignore');
  });

  it('are not taken for outcomes, nor outcomes for vouches, nor bytes for either', () => {
    const lease = leaseOf(volunteer, friend);
    const outcome = outcomeOf(friend, volunteer, [lease], BREACH);
    expect(hear(me, 'vouch', outcome.bytes)).toBe('reject');
    expect(hear(me, 'outcome', encodeEvidence(item(vouchOf(friend, stranger))))).toBe('reject');
    expect(hear(me, 'outcome', encodeEvidence(item(receiptOf(volunteer, friend, 1))))).toBe('reject');
    expect(hear(me, 'vouch', new Uint8Array(100))).toBe('reject');
    expect(hear(me, 'outcome', new Uint8Array(100_000))).toBe('reject');
  });
});

describe('what a peer hands out', () => {
  it('counts only as its own: records of others are refused, forged ones too', async () => {
    const before = me.trust.list();
    const lease = leaseOf(volunteer, stranger);
    for (const lie of [
      item(vouchOf(stranger, volunteer)),
      item(outcomeOf(stranger, volunteer, [lease], BREACH), lease),
      item(
        assemble(receiptOf(volunteer, friend, 9_000_000, { pairSeq: 9 }), [
          friend.sign(new Uint8Array(1)),
          friend.sign(new Uint8Array(1)),
        ]),
      ),
      { record: new Uint8Array(10), leases: [] },
    ]) {
      await friendSays(lie);
      expect(me.trust.list()).toEqual(before);
    }
    expect(await me.metric('evidence_total', { verdict: 'reject' })).toBe(3);
    expect(await me.metric('evidence_total', { verdict: 'ignore' })).toBe(1);
  });

  it('is heard beside a lie in the same answer', async () => {
    const lie = item(vouchOf(stranger, volunteer));
    await friendSays(lie, item(vouchOf(friend, stranger)), lie);
    expect(me.reputation.rating(stranger.peer).standing).toBeGreaterThan(0);
    expect(await me.metric('fetches_total', { outcome: 'EVIDENCE_REFUSED' })).toBe(1);
  });

  it('leaves a peer that lies alone for longer and longer, and others are asked on', async () => {
    world.answers.set(friend.peer, answering([item(vouchOf(stranger, volunteer))]));
    const asked = async (periods: number) => {
      const before = world.asked.filter((peer) => peer === friend.peer).length;
      for (let i = 0; i < periods * 12; i += 1) {
        world.clock.pass(FETCH_PERIOD_MS / 12);
        await settled();
      }
      return world.asked.filter((peer) => peer === friend.peer).length - before;
    };
    expect(await asked(4)).toBeGreaterThanOrEqual(2);
    expect(await asked(60)).toBeLessThanOrEqual(6);
  });
});

describe('floods', () => {
  const spam = (author: Identity, seq: number) =>
    vouchOf(author, createIdentity(), { seq, issuedAtMs: NOW_MS }).bytes;

  it('of one author do not take the place of others, nor more than its own part', async () => {
    const before = rating();
    let accepted = 0;
    for (let i = 0; i < 300; i += 1) {
      world.clock.pass(100);
      if (hear(me, 'vouch', spam(stranger, i + 1)) === 'accept') accepted += 1;
    }
    expect(accepted).toBeGreaterThan(20);
    await settled();
    expect(await me.storedBytes(stranger.peer)).toBeLessThanOrEqual(STRANGER_MAX_BYTES);
    expect(await me.storedBytes(friend.peer)).toBeGreaterThan(0);
    expect(rating()).toEqual(before);
  });

  it('of many strangers share one budget, and one with standing is heard through them', async () => {
    const verdicts = Array.from({ length: STRANGERS_BUDGET.burst + 100 }, () =>
      hear(me, 'vouch', spam(createIdentity(), 1)),
    );
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(STRANGERS_BUDGET.burst);
    expect(verdicts.slice(STRANGERS_BUDGET.burst)).toEqual(Array.from({ length: 100 }, () => 'ignore'));
    const lease = leaseOf(volunteer, friend);
    const before = rating();
    expect(gossip(outcomeOf(friend, volunteer, [lease], BREACH), lease)).toBe('accept');
    await settled();
    expect(rating().quality).toBeLessThan(before.quality);
  });
});
