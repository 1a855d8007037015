// When following asks whom: side by side, in turn, and once something was signed.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryTable } from '../../sim/ground/memory-table.ts';
import { VirtualTime } from '../../sim/ground/virtual-time.ts';
import { Convictions } from '../../src/ledger/following/convictions.ts';
import { FollowedChains } from '../../src/ledger/following/followed-chains.ts';
import { Following, type HeadersQuery } from '../../src/ledger/following/following.ts';
import {
  FOLLOW_MAX_NEIGHBOURS,
  FOLLOW_MET_AGAIN,
  FOLLOW_MOVED_DELAY_MS,
  FOLLOW_MOVED_MS,
  FOLLOW_PERIOD_MS,
} from '../../src/ledger/parameters.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createIdentity } from '../../src/records/identity.ts';

const peers = Array.from({ length: FOLLOW_MAX_NEIGHBOURS + 8 }, () => createIdentity().peer).toSorted();

describe('following', () => {
  let time: VirtualTime;
  let following: Following;
  let asked: string[];
  let askedForProofs: string[];
  let connected: readonly string[];
  /** Peers that never answer. */
  let silent: readonly string[];

  beforeEach(async () => {
    [time, asked, askedForProofs, connected, silent] = [new VirtualTime(0), [], [], [], []];
    const network = 'test';
    following = new Following({
      ...{ me: createIdentity().peer, network, clock: time, log: silentLog },
      chains: new FollowedChains(new MemoryTable<Uint8Array>(), silentLog),
      convictions: new Convictions({
        ...{ rows: new MemoryTable<Uint8Array>(), network, log: silentLog, isOfInterest: () => true },
      }),
      ownHeaders: async () => [],
      ownHead: () => undefined,
      isCounterparty: async () => true,
      worth: () => 1,
      connected: () => connected,
      async ask(peer, { heads }: HeadersQuery) {
        asked.push(peer);
        if (silent.includes(peer)) return new Promise(() => {});
        return { chains: heads.map(() => ({ headers: [], isAll: 1, proof: new Uint8Array() })) };
      },
      async askConvictions(peer) {
        askedForProofs.push(peer);
        return { run: new Uint8Array(16), proofs: [], upTo: 0, more: 0 };
      },
    });
    await following.start();
  });
  afterEach(() => void following.stop());

  const passed = async (ms: number) => {
    await time.runUntil(time.monotonicMs() + ms);
    await turn();
  };

  it('asks its neighbours side by side: one that is silent keeps nobody waiting', async () => {
    connected = peers.slice(0, 3);
    silent = peers.slice(0, 1);
    await passed(FOLLOW_PERIOD_MS);
    expect(asked.toSorted()).toEqual(connected);
  });

  it('asks so many at a time, the others the next time, and few of them for proofs', async () => {
    connected = peers;
    await passed(FOLLOW_PERIOD_MS);
    expect(asked).toHaveLength(FOLLOW_MAX_NEIGHBOURS);
    expect(askedForProofs).toHaveLength(FOLLOW_MET_AGAIN);
    await passed(FOLLOW_PERIOD_MS + 10);
    expect(new Set(asked)).toEqual(new Set(peers));
  });

  it('asks whom something was signed with, a moment later and not again for a while', async () => {
    const [peer = ''] = peers;
    for (let receipt = 0; receipt < 3; receipt += 1) following.moved(peer);
    expect(asked).toEqual([]);
    await passed(FOLLOW_MOVED_DELAY_MS);
    expect(asked).toEqual([peer]);
    expect(askedForProofs).toEqual([]);
    following.moved(peer);
    await passed(FOLLOW_MOVED_MS);
    expect(asked).toEqual([peer]);
    following.moved(peer);
    await passed(FOLLOW_MOVED_DELAY_MS);
    expect(asked).toEqual([peer, peer]);
  });
});
