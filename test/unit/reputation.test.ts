// Reputation put together, without sockets: its own words, what it asks of whom, and what survives a restart.
import { describe, expect, it } from 'vitest';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { CREDIT, HOUR_MS } from '../../src/lib/units.ts';
import {
  assemble,
  openRecord,
  parseRecord,
  type SignedRecord,
  stateBody,
} from '../../src/records/envelope.ts';
import { decodeEvidence, EVIDENCE_ITEM } from '../../src/records/evidence.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import {
  FETCH_PERIOD_MS,
  FETCH_TICK_MS,
  INVITATION_TRUST_MICROCREDITS,
  RECOMPUTE_PERIOD_MS,
  VOUCH_LIFETIME_MS,
  VOUCH_MAX_LIFETIME_MS,
  VOUCHES_MAX,
} from '../../src/reputation/facts/parameters.ts';
import { NETWORK, NOW_MS } from '../support/records.ts';
import {
  leaseOf,
  newWorld,
  openTrustPeer,
  reopen,
  serve,
  type TrustPeer,
  vouchOf,
  type World,
} from '../support/trust-peers.ts';

const open = async (world: World, count: number) => {
  const peers: TrustPeer[] = [];
  while (peers.length < count) peers.push(await openTrustPeer(world));
  return peers as [TrustPeer, TrustPeer, TrustPeer, TrustPeer, ...TrustPeer[]];
};

async function outcomesOf({ ledger }: TrustPeer): Promise<SignedRecord<'outcome'>[]> {
  const outcomes: SignedRecord<'outcome'>[] = [];
  for await (const outcome of ledger.records('outcome')) outcomes.push(outcome);
  return outcomes;
}

async function expectWholeLedger(peer: TrustPeer): Promise<void> {
  await peer.close();
  expect(await verifyLedger(peer.home, NETWORK)).toMatchObject({ ok: true, problems: [] });
}

describe('judging a lease', () => {
  it('says one word ever, on disk, and gossips a breach with its lease', async () => {
    const world = newWorld();
    const [me, volunteer] = await open(world, 2);
    const lease = await serve(volunteer, me, CREDIT, world.clock);
    await Promise.all([me.reputation.judge(lease, 'INSTANCE_LOST'), me.reputation.judge(lease, '')]);
    await me.reputation.judge(lease, '');
    const [outcome, another] = await outcomesOf(me);
    expect(another).toBeUndefined();
    expect(outcome!.body.leases).toEqual([{ lease: lease.id, code: 'INSTANCE_LOST' }]);
    expect(me.published.map(({ topic }) => topic)).toEqual(['outcome']);
    const shown = decodeEvidence(me.published[0]!.bytes);
    expect(showId(openRecord('outcome', shown.record, NETWORK).id)).toBe(showId(outcome!.id));
    expect(shown.leases.map((bytes) => showId(openRecord('lease', bytes, NETWORK).id))).toEqual([
      showId(lease.id),
    ]);

    const again = await reopen(world, me);
    await again.reputation.judge(lease, '');
    expect(await outcomesOf(again)).toHaveLength(1);
    expect(again.trust.why(volunteer.peer)).toMatchObject({ good: 0, bad: 1, quality: 0, isKnown: true });
    await expectWholeLedger(again);
  });

  it('keeps a good word to those who ask', async () => {
    const world = newWorld();
    const [me, volunteer] = await open(world, 2);
    const lease = await serve(volunteer, me, CREDIT, world.clock);
    await me.reputation.judge(lease, '');
    await me.settled();
    expect(me.published).toEqual([]);
    expect(me.reputation.rating(volunteer.peer)).toMatchObject({ quality: 1 / 2, isKnown: true });
  });

  it('refuses leases that are not in the ledger, and those of other tenants', async () => {
    const world = newWorld();
    const [me, volunteer] = await open(world, 2);
    expect(await me.reputation.judge(leaseOf(volunteer.identity, me.identity), '').catch(codeOf)).toBe(
      'LEASE_UNKNOWN',
    );
    const given = await serve(me, volunteer, CREDIT, world.clock);
    expect(await me.reputation.judge(given, '').catch(codeOf)).toBe('LEASE_UNKNOWN');
    const lease = await serve(volunteer, me, CREDIT, world.clock);
    expect(await me.reputation.judge(lease, 'no code').catch(codeOf)).toBe('RECORD_MALFORMED');
    expect(await outcomesOf(me)).toEqual([]);
  });
});

describe('vouching', () => {
  it('gives standing at once, is published, and is taken back by a later vouch', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    const vouch = await me.trust.vouch(friend.peer);
    expect(vouch.body).toMatchObject({
      trustMicrocredits: INVITATION_TRUST_MICROCREDITS,
      creditMicrocredits: 0,
      expiresAtMs: NOW_MS + VOUCH_LIFETIME_MS,
    });
    expect(me.published).toEqual([{ topic: 'vouch', bytes: vouch.bytes }]);
    await me.settled();
    expect(me.reputation.rating(friend.peer)).toMatchObject({ quality: 0, isKnown: false });
    expect(me.reputation.rating(friend.peer).standing).toBeGreaterThan(0.5);
    const taken = await me.trust.vouch(friend.peer, { trustMicrocredits: 0 });
    expect(taken.body.seq).toBeGreaterThan(vouch.body.seq);
    await me.settled();
    expect(me.reputation.rating(friend.peer).standing).toBe(0);
    await expectWholeLedger(me);
  });

  it('ends with its lifetime, when the scores are computed next', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    await me.trust.vouch(friend.peer, { lifetimeMs: HOUR_MS });
    await me.settled();
    expect(me.reputation.rating(friend.peer).standing).toBeGreaterThan(0);
    for (let i = 0; i < 3; i += 1) {
      world.clock.pass(RECOMPUTE_PERIOD_MS);
      await me.settled();
    }
    expect(me.reputation.rating(friend.peer).standing).toBe(0);
  });

  it('refuses oneself, what is no peer, a life too long, and more than a row has room for', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    const codeFor = (subject: string, terms = {}) =>
      me.trust.vouch(subject, terms).then(() => 'made', codeOf);
    expect(await codeFor(me.peer)).toBe('VOUCH_REFUSED');
    expect(await codeFor('nobody')).toBe('KEY_INVALID');
    expect(await codeFor(friend.peer, { lifetimeMs: VOUCH_MAX_LIFETIME_MS + 1 })).toBe('VOUCH_REFUSED');
    expect(await codeFor(friend.peer, { lifetimeMs: Number.NaN })).toBe('VOUCH_REFUSED');
    expect(await codeFor(friend.peer, { trustMicrocredits: -1 })).toBe('RECORD_MALFORMED');
    await Promise.all(Array.from({ length: VOUCHES_MAX }, () => me.trust.vouch(createIdentity().peer)));
    expect(await codeFor(friend.peer)).toBe('VOUCH_REFUSED');
  });

  it('takes in a vouch that is handed over, and still has it after a restart', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    const subject = createIdentity();
    await me.trust.vouch(friend.peer);
    const vouch = vouchOf(friend.identity, subject);
    expect(showId((await me.trust.takeVouch(vouch.bytes)).id)).toBe(showId(vouch.id));
    await me.trust.takeVouch(vouch.bytes);
    expect(await me.trust.takeVouch(vouchOf(me.identity, subject).bytes).catch(codeOf)).toBe(
      'EVIDENCE_REFUSED',
    );
    await me.settled();
    const before = me.reputation.rating(subject.peer);
    expect(before.standing).toBeGreaterThan(0);
    const again = await reopen(world, me);
    expect(again.reputation.rating(subject.peer)).toEqual(before);
  });
});

describe('asking for evidence', () => {
  it('goes on from those in reach to those whom they bring into reach', async () => {
    const world = newWorld();
    const [me, a, b, c] = await open(world, 4);
    await a.trust.vouch(b.peer);
    await serve(c, b, 3 * CREDIT, world.clock);
    await me.trust.vouch(a.peer);
    for (let i = 0; i < 4; i += 1) await me.settled();
    expect(me.reputation.rating(c.peer).standing).toBeGreaterThan(0);
    expect(new Set(world.asked)).toEqual(new Set([a.peer, b.peer, c.peer]));
    const { paths } = me.trust.why(c.peer);
    expect(paths[0]!.hops.map(({ to }) => to)).toEqual([a.peer, b.peer, c.peer]);
    expect(paths[0]!.standing).toBeCloseTo(me.reputation.rating(c.peer).standing, 12);
  });

  it('does not ask those whom nobody in reach trusts, however they connect', async () => {
    const world = newWorld();
    const [me, stranger] = await open(world, 2);
    me.met(stranger.peer);
    await me.settled();
    expect(world.asked).toEqual([]);
  });

  it('asks again about once a minute, and gets what is new alone', async () => {
    const world = newWorld();
    const [me, friend, volunteer] = await open(world, 3);
    await me.trust.vouch(friend.peer);
    const lease = await serve(volunteer, friend, CREDIT, world.clock);
    await friend.reputation.judge(lease, '');
    await me.settled();
    expect(me.trust.why(volunteer.peer)).toMatchObject({ good: 1, bad: 0 });
    const taken = await me.metric('evidence_total', { verdict: 'accept' });
    await friend.reputation.judge(await serve(volunteer, friend, CREDIT, world.clock), 'INSTANCE_LOST');
    for (let ms = 0; ms <= FETCH_PERIOD_MS; ms += FETCH_TICK_MS) {
      world.clock.pass(FETCH_TICK_MS);
      await me.settled();
    }
    expect(me.trust.why(volunteer.peer)).toMatchObject({ good: 1, bad: 1, serviceMicrocredits: 2 * CREDIT });
    // The second outcome, and the pair's new state
    expect(await me.metric('evidence_total', { verdict: 'accept' })).toBe(taken + 2);
    // Both sides may have been asked for that state at once
    expect(await me.metric('evidence_total', { verdict: 'known' })).toBeLessThanOrEqual(1);
  });

  it('knows after a restart what it knew before, without asking', async () => {
    const world = newWorld();
    const [me, friend, volunteer] = await open(world, 3);
    const lease = await serve(volunteer, friend, CREDIT, world.clock);
    await friend.reputation.judge(lease, 'INSTANCE_LOST');
    await me.trust.vouch(friend.peer);
    await me.settled();
    await me.settled();
    const before = me.trust.list();
    expect(before.map(({ peer }) => peer).sort()).toEqual([friend.peer, volunteer.peer].sort());
    const asked = world.asked.length;
    const again = await reopen(world, me);
    expect(again.trust.list()).toEqual(before);
    expect(world.asked).toHaveLength(asked);
  });
});

describe('stored evidence', () => {
  it('whose signature does not verify any more is used until that is found, and forgotten for good', async () => {
    const world = newWorld();
    const [me, friend, volunteer] = await open(world, 3);
    await me.trust.vouch(friend.peer);
    await serve(volunteer, friend, CREDIT, world.clock);
    await me.settled();
    expect(me.reputation.rating(volunteer.peer).standing).toBeGreaterThan(0);
    const rows = me.ledger.table('evidence', EVIDENCE_ITEM);
    for await (const [key, { record, leases }] of rows.entries()) {
      const { body, signatures } = parseRecord('receipt', record, NETWORK);
      const changed = stateBody('receipt', { ...body, pairSeq: 7 });
      await rows.put(key, { record: assemble(changed, signatures).bytes, leases });
    }
    world.answers.delete(friend.peer);
    world.shows.clear();
    const again = await reopen(world, me);
    await again.service.start();
    await again.settled();
    expect(again.reputation.rating(volunteer.peer).standing).toBe(0);
    expect(await again.storedBytes(friend.peer)).toBe(0);
  });
});

describe('what is handed out', () => {
  const whole = async ({ serve: page }: TrustPeer) => {
    const items: { record: Uint8Array; leases: readonly Uint8Array[] }[] = [];
    let query: Parameters<TrustPeer['serve']>[0] = { run: new Uint8Array(), since: 0 };
    for (;;) {
      const answer = await page(query);
      items.push(...answer.items);
      query = { run: answer.run, since: answer.upTo };
      if (answer.more === 0) return { items, query };
    }
  };

  it('is what I said, not what I asked of others; receipts are shown with their header alone', async () => {
    const world = newWorld();
    const [me, friend, volunteer] = await open(world, 3);
    await me.trust.vouch(friend.peer);
    await serve(me, friend, CREDIT, world.clock);
    const lease = await serve(volunteer, me, CREDIT, world.clock);
    await serve(volunteer, friend, CREDIT, world.clock);
    await me.reputation.judge(lease, '');
    await me.settled();
    const { items } = await whole(me);
    expect(items).toHaveLength(2);
    const vouches = me.published.filter(({ topic }) => topic === 'vouch').map(({ bytes }) => bytes);
    const [outcome] = await outcomesOf(me);
    const expected = [outcome!.bytes, ...vouches].map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(items.map(({ record }) => Buffer.from(record).toString('hex')).sort()).toEqual(expected.sort());
    expect(items.flatMap(({ leases }) => leases)).toHaveLength(1);
  });

  it('comes in pages, then only what is new, and all of it anew after a restart', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    await Promise.all(Array.from({ length: 150 }, () => me.trust.vouch(createIdentity().peer)));
    expect((await me.serve({ run: new Uint8Array(), since: 0 })).items.length).toBeLessThanOrEqual(64);
    const { items, query } = await whole(me);
    expect(items).toHaveLength(150);
    expect((await me.serve(query)).items).toEqual([]);
    await me.trust.vouch(friend.peer);
    expect((await me.serve(query)).items).toHaveLength(1);
    const again = await reopen(world, me);
    expect((await again.serve(query)).items).toHaveLength(64);
    expect((await whole(again)).items).toHaveLength(151);
  });

  it('is no vouch that has expired', async () => {
    const world = newWorld();
    const [me, friend] = await open(world, 2);
    await me.trust.vouch(friend.peer, { lifetimeMs: HOUR_MS });
    world.clock.pass(2 * HOUR_MS);
    expect((await whole(me)).items).toEqual([]);
  });
});

describe('the latest state of a pair', () => {
  it('counts from the side that I know it from, though the tenant hides it', async () => {
    const world = newWorld();
    const [me, tenant, volunteer] = await open(world, 3);
    await serve(me, tenant, 3 * CREDIT, world.clock);
    await serve(volunteer, tenant, CREDIT, world.clock);
    // The tenant shows nobody anything; the volunteer, who is known by my vouch, shows its side
    world.shows.delete(tenant.peer);
    await me.trust.vouch(tenant.peer);
    await me.trust.vouch(volunteer.peer);
    await me.settled();
    const { paths } = me.trust.why(volunteer.peer);
    // A row of W0, one credit to the volunteer, and mine cut at half of it: R = 2 / (1 - 1/2)
    const throughTenant = paths.find(({ hops }) => hops.length === 2);
    expect(throughTenant!.hops.at(-1)!.chance).toBeCloseTo(1 / 4, 12);
  });
});
