// Answers and reports about many leases: the longest fits into what its protocol allows.
import { expect, it } from 'vitest';
import { HEALTH_FAILURE_BYTES, statusProtocol, stopProtocol } from '../../src/overlay/protocols/lease.ts';
import { reportProtocol } from '../../src/overlay/protocols/receipt.ts';
import { encode, type Value } from '../../src/records/codec.ts';
import { RECEIPT_MAX_LEASES } from '../../src/records/receipt.ts';
import { MESSAGES } from '../support/messages.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const STATUS_LEASES = 128;

/** An honest message with every field as long as its shape takes it. */
function longest(honest: Value): Value {
  const lengthened = Object.entries(honest as object).map(([name, value]) => {
    if (name === 'healthFailure') return [name, 'x'.repeat(HEALTH_FAILURE_BYTES)];
    if (name === 'cause') return [name, 'X'.repeat(64)];
    if (name === 'state' || name === 'health') return [name, name === 'state' ? 'restarting' : 'unhealthy'];
    return [name, name === 'exitCode' ? 255 : typeof value === 'number' ? MOST : value];
  });
  return Object.fromEntries(lengthened);
}

const status = longest(MESSAGES[stopProtocol.id]!.answer!);

it.each([
  ['one lease', stopProtocol, 'response', status],
  ['many leases', statusProtocol, 'response', { leases: Array(STATUS_LEASES).fill(status) }],
  [
    'all that a receipt closes',
    reportProtocol,
    'request',
    {
      leases: Array(RECEIPT_MAX_LEASES).fill(
        longest((MESSAGES[reportProtocol.id]!.request as { leases: Value[] }).leases[0]!),
      ),
    },
  ],
] as const)('the longest message about %s fits', (_, protocol, way, message) => {
  expect(() => protocol[way](message as Value, 'message')).not.toThrow();
  const most = way === 'request' ? protocol.maxRequestBytes : protocol.maxResponseBytes;
  expect(encode(message as Value).length).toBeLessThanOrEqual(most);
  // And it is no looser than that
  expect(encode(message as Value).length).toBeGreaterThan(most / 2);
});
