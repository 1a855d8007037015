// Whole peers in one process: what one learns of another through a third.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import type { Following } from '../../src/ledger/following/following.ts';
import { openConvictions } from '../../src/ledger/following/open-following.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createOverlay } from '../../src/overlay/create-overlay.ts';
import type { GossipRow, Overlay } from '../../src/overlay/terms/overlay.ts';
import { openOffline } from '../../src/peer.ts';
import { createIdentity } from '../../src/records/identity.ts';
import type { OpenReputation } from '../../src/reputation/open-reputation.ts';
import { followingOver, reputationOver } from '../../src/wiring.ts';
import { LENDING } from '../support/credit.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { helloEngine, IMAGE, OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import { NETWORK } from '../support/records.ts';
import { serve, type TrustPeer } from '../support/trust-peers.ts';

const POLL = { timeout: 30_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };

const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 3_600_000_000,
  durationMs: 600_000,
};

const trustOf = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/trust', PAGE))).items;
const why = ({ client }: TestPeer, peer: string) =>
  answerOf(client.GET('/v1/trust/{peer}', { params: { path: { peer } } }));

/** Offers, and lets a tenant run something there until both have signed a receipt. */
async function use(volunteer: TestPeer, tenant: TestPeer): Promise<void> {
  const prices = { cpuHour: 1_000_000_000, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
  await volunteer.client.POST('/v1/offers', { body: { resources: OFFERED, prices, images: [IMAGE.name] } });
  await vi.waitFor(async () => {
    const { items } = await answerOf(tenant.client.GET('/v1/market/offers', PAGE));
    expect(items.map((offer) => offer.volunteer)).toContain(volunteer.peer.peer);
  }, POLL);
  await placeBid(tenant.client, BID);
  await vi.waitFor(async () => {
    const { items } = await answerOf(tenant.client.GET('/v1/receipts', PAGE));
    expect(items.map((receipt) => receipt.volunteer)).toContain(volunteer.peer.peer);
  }, POLL);
}

describe('whole peers', () => {
  it('know a volunteer through the receipts of one whom they used themselves', async () => {
    const volunteer = await startPeer({ engine: helloEngine() });
    const friend = await startPeer({ engine: helloEngine(), bootstrap: [volunteer] });
    await use(volunteer, friend);
    const me = await startPeer({ bootstrap: [friend] });
    expect(await trustOf(me)).toEqual([]);
    await volunteer.peer.stop();
    await use(friend, me);
    await vi.waitFor(async () => {
      const known = await trustOf(me);
      const standings = new Map(known.map(({ peer, standing }) => [peer, standing]));
      expect(standings.get(friend.peer.peer)).toBeGreaterThan(0);
      expect(standings.get(volunteer.peer.peer)).toBeGreaterThan(0);
    }, POLL);
    const { paths } = await why(me, volunteer.peer.peer);
    expect(paths[0]?.hops.map(({ from, to }) => [from, to])).toEqual([
      [me.peer.peer, friend.peer.peer],
      [friend.peer.peer, volunteer.peer.peer],
    ]);
    await me.peer.stop();
    expect(await openOffline(me.home).verifyLedger()).toMatchObject({ ok: true });
  });
});

/** A peer with ledger, overlay and reputation alone, so that it can be made to judge and to vouch. */
interface Node extends Omit<TrustPeer, 'published' | 'metric' | 'storedBytes'> {
  readonly overlay: Overlay;
}

async function startNode(bootstrap: readonly Node[] = []): Promise<Node> {
  const identity = createIdentity();
  const home = await temporaryHome();
  const parts = { identity, clock: systemClock, log: silentLog };
  const ledger = await openLedger({ home, network: NETWORK }, parts);
  const overlay = createOverlay(
    {
      network: NETWORK,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: bootstrap.flatMap((node) => node.overlay.addresses()),
    },
    parts,
  );
  const convictions = await openConvictions({
    ...{ network: NETWORK, log: silentLog, ledger },
    isOfInterest: () => true,
  });
  const wired = { ...parts, network: NETWORK, ledger, convictions };
  const opened: OpenReputation = await reputationOver(overlay, {
    ...{ ...wired, credit: LENDING },
    judgeHeader: (author, header) => following.judge(author, header),
  });
  const following: Following = await followingOver(overlay, opened, wired);
  const deaf: GossipRow<unknown> = {
    maxBytes: 1,
    decode: () => 0,
    validate: () => 'ignore',
    apply: () => {},
  };
  overlay.gossip({ offer: deaf, tombstone: deaf, liveness: deaf, 'fork-proof': deaf, ...opened.gossip });
  await overlay.start();
  await opened.service.start();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= opened.service
      .stop()
      .then(() => following.stop())
      .then(() => overlay.stop())
      .then(() => ledger.close());
    return closed;
  };
  onTestFinished(close);
  return {
    ...opened,
    identity,
    peer: identity.peer,
    home,
    ledger,
    convictions,
    overlay,
    close,
  };
}

describe('reputation over the overlay', () => {
  it('brings the words of those whom I vouch for, theirs of others, and breaches by gossip', async () => {
    const volunteer = await startNode();
    const friend = await startNode([volunteer]);
    const me = await startNode([friend]);
    await vi.waitFor(() => expect(me.overlay.connected()).toHaveLength(1), POLL);
    const lease = await serve(volunteer, friend, 5_000_000, systemClock);
    await friend.reputation.judge(lease, '');
    expect(me.reputation.rating(volunteer.peer)).toEqual({ standing: 0, quality: 0, isKnown: false });

    // My vouch is reason enough to ask the friend, and what it says of the volunteer is heard
    await me.trust.vouch(friend.peer);
    await vi.waitFor(() => {
      const { standing, quality, isKnown } = me.reputation.rating(volunteer.peer);
      expect({ reached: standing > 0, good: quality > 0, isKnown }).toEqual({
        reached: true,
        good: true,
        isKnown: true,
      });
    }, POLL);

    const before = me.reputation.rating(volunteer.peer);
    const second = await serve(volunteer, friend, 1_000_000, systemClock);
    await friend.reputation.judge(second, 'INSTANCE_LOST');
    await vi.waitFor(() => {
      const { testimonies, quality } = me.trust.why(volunteer.peer);
      expect(testimonies).toMatchObject([{ author: friend.peer, good: 1, bad: 1, codes: ['INSTANCE_LOST'] }]);
      expect(quality).toBeLessThan(before.quality);
    }, POLL);

    for (const node of [volunteer, friend, me]) {
      await node.close();
      expect(await verifyLedger(node.home, NETWORK)).toMatchObject({ ok: true, problems: [] });
    }
  });
});
