// Which requests the door for browsers takes.
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { NameDoor } from '../../src/api/names/name-door.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { MarketFake } from '../support/market-fake.ts';

const door = new NameDoor({
  tenancy: new MarketFake(),
  tunnelsOf: () => {
    throw new Error('no tunnel is needed');
  },
  allowedHosts: ['tally.localhost', 'deep.localhost:4800'],
  tokens: [],
  clock: systemClock,
});

const from = (remoteAddress: string | undefined, host = 'site.localhost:4800', more: object = {}) =>
  ({ method: 'GET', headers: { host, ...more }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('a request at the host of a deployment', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('from %s is taken', (address) => {
    expect(door.takes(from(address))).toBe(true);
  });

  test.each([
    '192.0.2.7',
    '10.0.0.1',
    '::ffff:192.0.2.7',
    'fe80::1',
    '2001:db8::1',
    '128.0.0.1',
    '',
    undefined,
  ])('from %s, another machine, is not', (address) => {
    expect(door.takes(from(address))).toBe(false);
  });

  test.each([
    'localhost:4800',
    '127.0.0.1:4800',
    'tally.localhost',
    'tally.localhost:1',
    'deep.localhost:4800',
  ])('is not taken where the host is one of the API: %s', (host) => {
    expect(door.takes(from('127.0.0.1', host))).toBe(false);
  });
});

describe('a WebSocket', () => {
  const asks = { connection: 'Upgrade', upgrade: 'WebSocket' };

  test('is asked for by a plain GET', () => {
    expect(door.isSocket(from('127.0.0.1', 'site.localhost', asks))).toBe(true);
    expect(door.isSocket(from('127.0.0.1', 'site.localhost', { ...asks, 'content-length': '0' }))).toBe(true);
  });

  test.each([
    [{ ...asks, upgrade: 'h2c' }],
    [{ ...asks, 'content-length': '1' }],
    [{ ...asks, 'content-length': 'x' }],
    [{ ...asks, 'transfer-encoding': 'chunked' }],
    [{}],
  ])('is not asked for by %j', (headers) => {
    expect(door.isSocket(from('127.0.0.1', 'site.localhost', headers))).toBe(false);
  });
});
