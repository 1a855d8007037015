import type { PeerId, Stream } from '@libp2p/interface';
import type { KadDHTComponents } from '@libp2p/kad-dht';
import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { DhtBounds } from '../../src/overlay/node/dht-bounds.ts';
import { DHT_DEAD_MS, DHT_MAX_CONNECTIONS } from '../../src/overlay/terms/parameters.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { handClock } from '../support/clock.ts';

const forever = new AbortController().signal;
const somebody = () => peerIdFromString(createIdentity().peer);

/** A node in memory: who is connected by which protocols, and what was dialled. */
function fakeNode() {
  const clock = handClock();
  const protocols = new Map<string, string[]>();
  const dialled: (PeerId | Multiaddr[])[] = [];
  const dead = new Set<string>();
  const merged: unknown[] = [];
  const stored = new Map<string, Multiaddr[]>();
  const nameOf = (target: PeerId | Multiaddr[]) =>
    Array.isArray(target)
      ? (target[0]
          ?.getComponents()
          .find(({ name }) => name === 'p2p')
          ?.value?.toString() ?? '')
      : target.toString();
  const connectionOf = (peer: string) => ({
    remotePeer: peerIdFromString(peer),
    streams: (protocols.get(peer) ?? []).map((protocol) => ({ protocol })),
    close: async () => void protocols.delete(peer),
  });
  const parts = {
    connectionManager: {
      getConnections: (peer?: PeerId) =>
        [...protocols.keys()]
          .filter((name) => peer === undefined || name === peer.toString())
          .map(connectionOf),
      openConnection: async (target: PeerId | Multiaddr[]) => {
        dialled.push(target);
        const name = nameOf(target);
        if (dead.has(name) || name === '') throw new Error('refused');
        protocols.set(name, ['/meshsub/1.1.0']);
      },
      openStream: async () => new EventTarget() as unknown as Stream,
    },
    peerStore: {
      get: async (peer: PeerId) => {
        const addresses = stored.get(peer.toString());
        if (addresses === undefined) throw new Error('not found');
        return { addresses: addresses.map((each) => ({ multiaddr: each })) };
      },
      merge: async (...change: unknown[]) => void merged.push(change),
    },
    registrar: { handle: async () => {} },
    ping: { ping: async () => 1 },
  } as unknown as KadDHTComponents;
  const bounds = new DhtBounds(parts, clock, forever);
  const { connectionManager, peerStore } = bounds.components();
  const ask = (peer: PeerId) => connectionManager.openStream(peer, '/kad', { signal: forever });
  /** Asks, moving the clock on so that it is its turn. */
  const askInTurn = async (peer: PeerId) => {
    clock.pass(1_000);
    return ask(peer);
  };
  return { clock, bounds, protocols, dialled, dead, merged, stored, peerStore, askInTurn };
}

describe('what the DHT may do', () => {
  it('is to hold so many connections: the oldest that nobody uses are closed', async () => {
    const { bounds, protocols, askInTurn } = fakeNode();
    const peers = Array.from({ length: DHT_MAX_CONNECTIONS + 3 }, somebody);
    for (const [index, peer] of peers.entries()) {
      bounds.hear(peer.toString(), [multiaddr('/ip4/192.0.2.1/tcp/1')]);
      await askInTurn(peer);
      if (index === 0) protocols.set(peer.toString(), ['/meshsub/1.1.0', '/tallymesh/tunnel/1.0.0']);
    }
    const [used, ...others] = peers.map(String);
    expect([...protocols.keys()].sort()).toEqual([used, ...others.slice(2)].sort());
  });

  it('is not to dial again soon who did not answer', async () => {
    const { clock, bounds, dialled, dead, askInTurn } = fakeNode();
    const peer = somebody();
    dead.add(peer.toString());
    bounds.hear(peer.toString(), [multiaddr('/ip4/192.0.2.1/tcp/1')]);
    await expect(askInTurn(peer)).rejects.toThrow('refused');
    await expect(askInTurn(peer)).rejects.toMatchObject({ code: 'PEER_SILENT' });
    expect(dialled).toHaveLength(1);
    clock.pass(DHT_DEAD_MS);
    dead.clear();
    await askInTurn(peer);
    expect(dialled).toHaveLength(2);
  });

  it('is to dial a peer where it said it is before it tries what others say', async () => {
    const { bounds, dialled, stored, askInTurn } = fakeNode();
    const peer = somebody();
    stored.set(peer.toString(), [multiaddr('/ip4/192.0.2.1/tcp/1')]);
    for (let port = 1; port <= 20; port += 1) {
      bounds.hear(peer.toString(), [multiaddr(`/ip4/198.51.100.1/tcp/${port}`)]);
    }
    await askInTurn(peer);
    const [addresses] = dialled as Multiaddr[][];
    expect(addresses?.map(String)[0]).toBe(`/ip4/192.0.2.1/tcp/1/p2p/${peer}`);
    expect(addresses).toHaveLength(9);
  });

  it('is not to tag peers in the store of addresses', async () => {
    const { merged, stored, peerStore } = fakeNode();
    const peer = somebody();
    stored.set(peer.toString(), []);
    await peerStore.merge(peer, { tags: { 'keep-alive-kad-dht': { value: 1 } } });
    expect(merged).toEqual([]);
  });
});
