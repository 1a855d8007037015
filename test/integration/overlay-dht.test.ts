// Peers that find each other by id alone, over real libp2p on loopback.
import { Registry } from 'prom-client';
import { describe, expect, test, vi } from 'vitest';
import { overlayMetrics } from '../../src/metrics/overlay.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { data, echoProtocol, someNetwork, startPeer, textOf } from '../support/overlay.ts';

const WAIT = { timeout: 30_000, interval: 100 };

const echo = echoProtocol({ deadlineMs: 5_000 });
const answering = (overlay: Overlay) => overlay.serve(echo, async (_peer, body) => body);
const peersOf = (overlay: Overlay) => overlay.connected().map(({ peer }) => peer);

/** How many lookups found their peer. */
async function foundIn(registry: Registry): Promise<number> {
  const metric = await registry.getSingleMetric('tallymesh_overlay_dht_lookups_total')?.get();
  return metric?.values.find(({ labels }) => labels.outcome === 'found')?.value ?? 0;
}

/** A line of peers in which each knows only the one before it. */
async function startLine(network: string, count: number): Promise<Overlay[]> {
  const line: Overlay[] = [];
  for (let index = 0; index < count; index += 1) {
    const bootstrap = line.at(-1)?.addresses() ?? [];
    line.push(await startPeer({ network, bootstrap, dht: 'auto', prepare: answering }));
  }
  return line;
}

describe('the DHT', () => {
  test('finds a peer that nobody told this one of', async () => {
    const line = await startLine(someNetwork(), 4);
    const [first, last] = [line[0]!, line[3]!];
    await vi.waitFor(async () => {
      expect(textOf(await first.request(echo, last.peer, data('hello')))).toBe('hello');
    }, WAIT);
  });

  test('finds a peer that came back at another address within the deadline of one request', async () => {
    const network = someNetwork();
    const identity = createIdentity();
    const returned = Promise.withResolvers<void>();
    let met = 0;
    const hub = await startPeer({
      network,
      dht: 'auto',
      prepare: (overlay) =>
        overlay.onConnect((peer) => {
          if (peer !== identity.peer) return;
          met += 1;
          if (met === 2) returned.resolve();
        }),
    });
    const bootstrap = hub.addresses();
    const before = await startPeer({ network, bootstrap, identity, dht: 'auto', prepare: answering });
    const registry = new Registry();
    const asking = await startPeer({ network, bootstrap, dht: 'auto', metrics: overlayMetrics(registry) });
    await vi.waitFor(() => asking.request(echo, before.peer, data('before')), WAIT);
    await before.stop();
    await vi.waitFor(() => expect(peersOf(asking)).not.toContain(before.peer), WAIT);
    const lookedUp = await foundIn(registry);

    const after = await startPeer({ network, bootstrap, identity, dht: 'auto', prepare: answering });
    expect(after.addresses()).not.toEqual(before.addresses());
    await returned.promise;
    expect(textOf(await asking.request(echo, after.peer, data('after')))).toBe('after');
    expect(await foundIn(registry)).toBe(lookedUp + 1);
  });

  test('is not asked where the peer answers at its known address', async () => {
    const network = someNetwork();
    const registry = new Registry();
    const server = await startPeer({ network, dht: 'auto', prepare: answering });
    const asking = await startPeer({ network, dht: 'auto', metrics: overlayMetrics(registry) });
    await asking.learn(server.peer, server.addresses());
    await asking.request(echo, server.peer, data('hello'));
    expect(await registry.metrics()).not.toMatch(/dht_lookups_total\{.*\} [1-9]/);
  });

  test('lets a request for a peer that nobody knows fail as PEER_SILENT before its deadline', async () => {
    const line = await startLine(someNetwork(), 3);
    const stranger = createIdentity().peer;
    await expect(line[0]!.request(echo, stranger, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
      details: { peer: stranger },
    });
  });

  test('that is off leaves a peer at an unknown address unreachable', async () => {
    const network = someNetwork();
    const hub = await startPeer({ network, dht: 'auto' });
    const bootstrap = hub.addresses();
    const server = await startPeer({ network, bootstrap, dht: 'auto', prepare: answering });
    const asking = await startPeer({ network, bootstrap, dht: 'off' });
    await vi.waitFor(() => expect(peersOf(hub)).toHaveLength(2), WAIT);
    await expect(asking.request(echo, server.peer, data(''))).rejects.toMatchObject({ code: 'PEER_SILENT' });
  });

  test('of another network is not asked', async () => {
    const [one, other] = [someNetwork(), someNetwork()];
    const line = await startLine(one, 2);
    const asking = await startPeer({ network: other, bootstrap: line[0]!.addresses(), dht: 'auto' });
    await expect(asking.request(echo, line[1]!.peer, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
    });
  });
});
