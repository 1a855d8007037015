// A peer of the network that gossips what no honest peer would.

import { multiaddr } from '@multiformats/multiaddr';
import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { overlayMetrics } from '../../src/metrics/overlay.ts';
import { topicName } from '../../src/overlay/node/gossip.ts';
import type { OverlayNode } from '../../src/overlay/node/node.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { gossipLog, someNetwork, startAdversary, startPeer } from '../support/overlay.ts';

const WAIT = { timeout: 25_000, interval: 50 };

/** A victim, a bystander behind it, and an adversary whose first message has come through. */
async function startAttack() {
  const registry = new Registry();
  const network = someNetwork();
  const logs = { victim: gossipLog(), bystander: gossipLog() };
  const victim = await startPeer({
    network,
    metrics: overlayMetrics(registry),
    prepare: (each) => each.gossip(logs.victim.table),
  });
  const bystander = await startPeer({
    network,
    bootstrap: victim.addresses(),
    prepare: (each) => each.gossip(logs.bystander.table),
  });
  const adversary = await connectAdversary(network, victim);
  const topic = topicName(network, 'offer');
  const say = (bytes: Uint8Array) => adversary.services.pubsub.publish(topic, bytes);
  await vi.waitFor(async () => {
    await say(Buffer.from(`hello ${Math.random()}`));
    expect(logs.bystander.accepted).not.toEqual([]);
  }, WAIT);
  return { logs, network, registry, victim, bystander, adversary, say };
}

/** How many of the victim's peers have which score. */
async function scores(registry: Registry): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('tallymesh_overlay_gossip_peers')?.get();
  return Object.fromEntries(metric?.values.map(({ labels, value }) => [labels.score, value]) ?? []);
}

async function connectAdversary(network: string, victim: Overlay): Promise<OverlayNode> {
  const adversary = await startAdversary(network);
  const connection = await adversary.dial(victim.addresses().map((address) => multiaddr(address)));
  await adversary.services.identify.identify(connection);
  adversary.services.pubsub.subscribe(topicName(network, 'offer'));
  return adversary;
}

test('an oversized message is not decoded and not forwarded', async () => {
  const { logs, say } = await startAttack();
  await say(Buffer.alloc(2_000, 'x'));
  await say(Buffer.from('afterwards'));
  await vi.waitFor(() => expect(logs.bystander.accepted).toContain('afterwards'), WAIT);
  expect(logs.victim.seen.filter((text) => text.startsWith('xxx'))).toEqual([]);
  expect(logs.bystander.seen.filter((text) => text.startsWith('xxx'))).toEqual([]);
});

test('a peer that goes on sending what must be rejected is not listened to any more', async () => {
  const { logs, victim, bystander, say } = await startAttack();
  for (let count = 0; count < 20; count += 1) await say(Buffer.from(`malformed ${count}`));
  await vi.waitFor(async () => {
    const text = `honest for once ${Math.random()}`;
    const before = logs.victim.seen.length;
    await say(Buffer.from(text));
    await bystander.publish('offer', Buffer.from(`from the bystander ${text}`));
    await vi.waitFor(() => expect(logs.victim.accepted).toContain(`from the bystander ${text}`), WAIT);
    expect(logs.victim.seen.slice(before)).not.toContain(text);
  }, WAIT);
  expect(logs.bystander.seen.filter((text) => text.startsWith('malformed'))).toEqual([]);
  expect(victim.connected().map(({ peer }) => peer)).toContain(bystander.peer);
});

test('only the score of who sends what must be rejected falls, to where nothing of it is heard', async () => {
  const { logs, network, registry, victim, say } = await startAttack();
  const honest: Overlay[] = [];
  for (let count = 0; count < 12; count += 1) {
    const prepare = (each: Overlay) => each.gossip(gossipLog().table);
    honest.push(await startPeer({ network, bootstrap: victim.addresses(), prepare }));
  }
  for (const [index, peer] of honest.entries()) {
    await vi.waitFor(async () => {
      const text = `from honest ${index} ${Math.random()}`;
      await peer.publish('offer', Buffer.from(text));
      await vi.waitFor(() => expect(logs.victim.accepted).toContain(text), { timeout: 500 });
    }, WAIT);
  }
  await say(Buffer.from('malformed once'));
  await vi.waitFor(async () => {
    expect(await scores(registry)).toEqual({ fine: honest.length + 1, faulty: 1, ignored: 0 });
  }, WAIT);
  for (let count = 0; count < 12; count += 1) await say(Buffer.from(`malformed ${count}`));
  await vi.waitFor(async () => {
    expect(await scores(registry)).toEqual({ fine: honest.length + 1, faulty: 0, ignored: 1 });
  }, WAIT);
});

test('what is only ignored is held against nobody', async () => {
  const { logs, say } = await startAttack();
  for (let count = 0; count < 40; count += 1) await say(Buffer.from('the same again'));
  await say(Buffer.from('still heard'));
  await vi.waitFor(() => expect(logs.bystander.accepted).toContain('still heard'), WAIT);
});
