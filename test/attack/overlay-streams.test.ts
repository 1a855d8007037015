// A peer of the network that breaks the rules of direct streams: it may hurt itself, nobody else.

import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Stream } from '@libp2p/interface';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readFrame } from '../../src/overlay/streams/frames.ts';
import { duplexOf } from '../../src/overlay/streams/stream-duplex.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { decode, encode } from '../../src/records/codec.ts';
import {
  data,
  echoProtocol,
  openRaw,
  rawFrame,
  someNetwork,
  startAdversary,
  startPeer,
  textOf,
} from '../support/overlay.ts';

const MIB = 1_048_576;
const WAIT = { timeout: 20_000, interval: 20 };
const echo = echoProtocol();

/** A victim that serves the echo protocol, and an adversary of its network. */
async function startAttack(change = {}) {
  const network = someNetwork();
  const protocol = { ...echo, ...change };
  const prepare = (overlay: Overlay) => overlay.serve(protocol, async (_peer, body) => body);
  const victim = await startPeer({ network, prepare });
  return { network, protocol, victim, adversary: await startAdversary(network) };
}

/** The code that comes back on a raw stream after these bytes. */
async function refusalAfter(stream: Stream, bytes: Uint8Array): Promise<unknown> {
  const duplex = duplexOf(stream);
  duplex.write(bytes);
  const frame = await readFrame(duplex, 4_096, AbortSignal.timeout(15_000));
  duplex.destroy();
  return frame && (decode(frame) as { error?: unknown }).error;
}

async function expectServes(network: string, victim: Overlay): Promise<void> {
  const honest = await startPeer({ network });
  await honest.learn(victim.peer, victim.addresses());
  expect(textOf(await honest.request(echo, victim.peer, data('still here')))).toBe('still here');
}

test('announcing two gigabytes is refused before a byte of them is taken', async () => {
  const { network, victim, adversary } = await startAttack();
  const before = process.memoryUsage().arrayBuffers;
  const stream = await openRaw(adversary, victim, echo);
  expect(await refusalAfter(stream, rawFrame(Buffer.alloc(1_000), 0x7fff_ffff))).toBe('MESSAGE_TOO_LARGE');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MIB);
  await expectServes(network, victim);
});

test.for<[string, Uint8Array]>([
  ['no CBOR', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['nothing', new Uint8Array()],
  ['another shape', encode({ other: 1 })],
  ['an item too many', Buffer.concat([encode({ data: new Uint8Array() }), Buffer.of(0)])],
  ['nesting', Buffer.alloc(4_000, 0x81)],
])('a request of %s is refused as malformed', async ([, body]) => {
  const { network, victim, adversary } = await startAttack();
  const stream = await openRaw(adversary, victim, echo);
  expect(await refusalAfter(stream, rawFrame(body))).toBe('RECORD_MALFORMED');
  await expectServes(network, victim);
});

test('a request that ends half-way is refused', async () => {
  const { victim, adversary } = await startAttack();
  const duplex = duplexOf(await openRaw(adversary, victim, echo));
  duplex.end(rawFrame(Buffer.alloc(10), 500));
  const frame = await readFrame(duplex, 4_096, AbortSignal.timeout(15_000));
  expect(frame && decode(frame)).toEqual({ error: 'PROTOCOL_VIOLATION' });
});

test('a request that trickles in is given up on, and its stream is closed', async () => {
  const { network, victim, adversary } = await startAttack();
  const stream = await openRaw(adversary, victim, echo);
  const duplex = duplexOf(stream);
  const trickle = setInterval(() => duplex.writable && duplex.write(Buffer.of(0)), 100);
  onTestFinished(() => clearInterval(trickle));
  duplex.write(rawFrame(Buffer.alloc(0), 4_000));
  const frame = await readFrame(duplex, 4_096, AbortSignal.timeout(20_000));
  expect(frame && decode(frame)).toEqual({ error: 'PEER_SILENT' });
  await vi.waitFor(() => expect(duplex.destroyed).toBe(true), WAIT);
  await expectServes(network, victim);
});

/** Collects garbage, so that what is left of memory is what is held. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

test('a flood after the request costs no memory', async () => {
  const { victim, adversary } = await startAttack();
  const duplex = duplexOf(await openRaw(adversary, victim, echo));
  let sent = 0;
  duplex.write(rawFrame(encode(data('hello'))));
  const flood = () => {
    while (duplex.writable && duplex.write(Buffer.alloc(65_536))) sent += 65_536;
  };
  duplex.on('drain', flood);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  flood();
  await vi.waitFor(() => expect(duplex.destroyed).toBe(true), WAIT);
  expect(sent).toBeGreaterThan(0);
  // What the adversary still had in its own socket goes with the next turns
  await vi.waitFor(() => {
    collectGarbage();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MIB);
  }, WAIT);
});

test('streams that stay open use up the slots of their own peer alone', async () => {
  const { network, victim, adversary } = await startAttack();
  const held = await Promise.all(Array.from({ length: 64 }, () => openRaw(adversary, victim, echo)));
  const last = await openRaw(adversary, victim, echo);
  expect(await refusalAfter(last, rawFrame(encode(data('one more'))))).toBe('BUDGET_SPENT');
  await expectServes(network, victim);
  for (const stream of held) stream.abort(new Error('done'));
});

test('a budget is spent by its own peer alone', async () => {
  const { network, victim, adversary } = await startAttack({ budget: { burst: 1, perSecond: 0.001 } });
  const first = await openRaw(adversary, victim, echo);
  expect(await refusalAfter(first, rawFrame(encode(data('one'))))).toBeUndefined();
  const second = await openRaw(adversary, victim, echo);
  expect(await refusalAfter(second, rawFrame(encode(data('two'))))).toBe('BUDGET_SPENT');
  await expectServes(network, victim);
});

test.for<[string, Uint8Array, string]>([
  ['is garbage', rawFrame(Buffer.from('garbage')), 'PROTOCOL_VIOLATION'],
  ['has another shape', rawFrame(encode({ ok: { other: 1 } })), 'PROTOCOL_VIOLATION'],
  [
    'says both ok and error',
    rawFrame(encode({ ok: { data: new Uint8Array() }, error: 'INTERNAL' })),
    'PROTOCOL_VIOLATION',
  ],
  ['announces two gigabytes', rawFrame(Buffer.alloc(10), 0x7fff_ffff), 'MESSAGE_TOO_LARGE'],
  ['ends half-way', rawFrame(Buffer.alloc(10), 100), 'PROTOCOL_VIOLATION'],
  ['is nothing at all', Buffer.alloc(0), 'PROTOCOL_VIOLATION'],
  ['names a code of a later version', rawFrame(encode({ error: 'NOT_INVENTED_YET' })), 'INTERNAL'],
  ['names a code that is no code', rawFrame(encode({ error: 'rm -rf /' })), 'PROTOCOL_VIOLATION'],
])('an answer that %s fails the request with a code', async ([, bytes, code]) => {
  const network = someNetwork();
  const adversary = await startAdversary(network);
  await adversary.handle(echo.id, (stream) => {
    const duplex = duplexOf(stream);
    duplex.resume();
    duplex.end(bytes);
  });
  const client = await startPeer({ network });
  const peer = adversary.peerId.toString();
  await client.learn(peer, adversary.getMultiaddrs().map(String));
  await expect(client.request(echo, peer, data('hello'))).rejects.toMatchObject({ code, details: { peer } });
});

test('a stranger that talks no libp2p is dropped', async () => {
  const { network, victim } = await startAttack();
  const [address = ''] = victim.addresses();
  const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1]);
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await expectServes(network, victim);
  await closed;
});
