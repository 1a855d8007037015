import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { meaningful } from '../../src/overlay/node/scope.ts';

const LOOPBACK = ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'];
const LAN = ['/ip4/10.0.0.2/tcp/1', '/ip4/192.168.1.2/tcp/1', '/ip6/fe80::1/tcp/1'];
const WORLD = ['/ip4/8.8.8.8/tcp/1', '/ip6/2606:4700::1/tcp/1', '/dns4/peer.example/tcp/1'];

describe('addresses that others tell', () => {
  it.each([
    ['on the open network', [...LOOPBACK, ...LAN, WORLD[0]!], WORLD],
    ['by a name of its own', [LAN[0]!, WORLD[2]!], WORLD],
    ['on a LAN', [LOOPBACK[0]!, LAN[1]!], [...LAN, ...WORLD]],
    ['on this machine alone', [LOOPBACK[0]!], [...LOOPBACK, ...LAN, ...WORLD]],
    ['nowhere', [], [...LOOPBACK, ...LAN, ...WORLD]],
  ])('to a peer that is reached %s count as far as they mean something there', (_, own, expected) => {
    const told = [...LOOPBACK, ...LAN, ...WORLD].map((text) => multiaddr(text));
    const kept = meaningful(
      told,
      own.map((text) => multiaddr(text)),
    );
    expect(kept.map(String)).toEqual(expected);
  });
});
