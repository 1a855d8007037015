// The routes of vouches: what one would do, signing it, taking it back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { CREDIT, DAY_MS } from '../../src/lib/units.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { VOUCH_CAP_MICROCREDITS } from '../../src/reputation/facts/parameters.ts';
import { type InjectedApi, injectedApi } from '../support/api.ts';
import { newWorld, openTrustPeer, serve, type TrustPeer, type World } from '../support/trust-peers.ts';

let world: World;
let me: TrustPeer;
let friend: TrustPeer;
let far: TrustPeer;
let api: InjectedApi;

beforeEach(async () => {
  world = newWorld();
  [me, friend, far] = [await openTrustPeer(world), await openTrustPeer(world), await openTrustPeer(world)];
  await friend.trust.vouch(far.peer);
  api = await injectedApi({}, { trust: me.trust });
});

afterEach(() => api.close());

const put = (peer: string, body: object, query = '') =>
  api.call(`/v1/vouches/${peer}${query}`, { method: 'PUT', body });
const listed = async () => (await api.call('/v1/vouches')).json().items;
const ratings = () => [friend.peer, far.peer].map((peer) => me.reputation.rating(peer).standing);

describe('a vouch', () => {
  it('is shown before it is signed, and then does what was shown', async () => {
    const dry = await put(friend.peer, { trustMicrocredits: CREDIT / 2 }, '?dryRun=true');
    expect(dry.json()).toMatchObject({ effect: { peer: friend.peer, before: { standing: 0, quality: 0 } } });
    expect(dry.json()).not.toHaveProperty('vouch');
    expect(await listed()).toEqual([]);
    await me.settled();
    expect(ratings()).toEqual([0, 0]);

    const signed = (await put(friend.peer, { trustMicrocredits: CREDIT / 2, lifetimeMs: DAY_MS })).json();
    expect(signed.effect).toEqual(dry.json().effect);
    await me.settled();
    expect(ratings()[0]).toBeCloseTo(signed.effect.after.standing, 12);
    expect(await listed()).toMatchObject([
      { vouch: signed.vouch, peer: friend.peer, trustMicrocredits: CREDIT / 2 },
    ]);

    // Now there is somebody behind it whom another vouch moves
    const more = (await put(friend.peer, { trustMicrocredits: VOUCH_CAP_MICROCREDITS })).json();
    expect(more.effect.others).toMatchObject([{ peer: far.peer }]);
    await me.settled();
    const [itself, behind] = [more.effect, ...more.effect.others].map(({ after }) => after.standing);
    expect(ratings()[0]).toBeCloseTo(itself, 12);
    expect(ratings()[1]).toBeCloseTo(behind, 12);
    expect(await listed()).toHaveLength(1);
  });

  it('is taken back, and can be taken back once', async () => {
    await put(friend.peer, {});
    await me.settled();
    expect(ratings()[1]).toBeGreaterThan(0);
    const away = `/v1/vouches/${friend.peer}`;
    expect((await api.call(`${away}?dryRun=true`, { method: 'DELETE' })).json().effect.after.standing).toBe(
      0,
    );
    expect(await listed()).toHaveLength(1);
    expect((await api.call(away, { method: 'DELETE' })).statusCode).toBe(200);
    await me.settled();
    expect(ratings()).toEqual([0, 0]);
    for (const query of ['', '?dryRun=true']) {
      const again = await api.call(`${away}${query}`, { method: 'DELETE' });
      expect([again.statusCode, again.json().code]).toEqual([404, 'VOUCH_UNKNOWN']);
    }
    await expect(me.trust.revoke(friend.peer)).rejects.toMatchObject({ code: 'VOUCH_UNKNOWN' });
  });

  it('adds to what was served, and what was served stays when it is taken back', async () => {
    await serve(friend, me, 300_000, world.clock);
    await me.settled();
    const [served] = ratings();
    const { effect } = (await put(friend.peer, {})).json();
    expect(effect.before.standing).toBe(served);
    expect(effect.after.standing).toBeGreaterThan(served!);
    await me.settled();
    const gone = (await api.call(`/v1/vouches/${friend.peer}`, { method: 'DELETE' })).json();
    expect(gone.effect.after.standing).toBeCloseTo(served!, 12);
  });

  it('is refused for oneself, for what is no peer, and out of bounds, in a dry run too', async () => {
    const codes: unknown[] = [];
    for (const query of ['', '?dryRun=true']) {
      codes.push(
        (await put(me.peer, {}, query)).json().code,
        (await put('12D3KooWnope', {}, query)).json().code,
      );
      for (const body of [{ trustMicrocredits: 0 }, { lifetimeMs: 367 * DAY_MS }, { trust: 1 }])
        codes.push((await put(friend.peer, body, query)).json().code);
    }
    const once = ['VOUCH_REFUSED', 'KEY_INVALID', 'BAD_REQUEST', 'BAD_REQUEST', 'BAD_REQUEST'];
    expect(codes).toEqual([...once, ...once]);
    expect(await listed()).toEqual([]);
    expect(() => me.trust.effectOf('nobody')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
    expect(codeOf(await me.trust.vouch(createIdentity().peer, { lifetimeMs: 0 }).catch((e) => e))).toBe(
      'VOUCH_REFUSED',
    );
  });
});
