// Overlays of one network on loopback: requests, feeds, connections, and their ends.
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { describe, expect, test, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { overlayMetrics } from '../../src/metrics/overlay.ts';
import { createIdentity } from '../../src/records/identity.ts';
import {
  data,
  echoProtocol,
  feedProtocol,
  settled,
  someNetwork,
  somePeer,
  startPair,
  startPeer,
  textOf,
} from '../support/overlay.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const never = () => new Promise<never>(() => {});

describe('requests', () => {
  test('are answered by a peer that was only learned, not connected', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) => overlay.serve(echo, async (_peer, body) => body));
    expect(client.connected()).toEqual([]);
    expect(textOf(await client.request(echo, server.peer, data('hello')))).toBe('hello');
    expect(client.connected()).toMatchObject([{ peer: server.peer, direction: 'outbound' }]);
  });

  test('tell the handler who asks', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) => overlay.serve(echo, async (peer) => data(peer)));
    expect(textOf(await client.request(echo, server.peer, data('')))).toBe(client.peer);
  });

  test('are answered many at a time over one connection', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) => overlay.serve(echo, async (_peer, body) => body));
    const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
    const answers = await Promise.all(texts.map((text) => client.request(echo, server.peer, data(text))));
    expect(answers.map(textOf)).toEqual(texts);
    expect(client.connected()).toHaveLength(1);
  });

  test('carry the code that the remote handler threw', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) =>
      overlay.serve(echo, async () => {
        throw new TallyError('LEASE_UNKNOWN', { secret: 'stays at home' });
      }),
    );
    const failed = client.request(echo, server.peer, data(''));
    await expect(failed).rejects.toMatchObject({
      code: 'LEASE_UNKNOWN',
      details: { remote: true, peer: server.peer },
    });
    await expect(failed).rejects.not.toHaveProperty('details.secret');
  });

  test('carry the counts that the protocol tells, and nothing else of why', async () => {
    const echo = echoProtocol({ tells: ['owed', 'words'] });
    const { server, client } = await startPair((overlay) =>
      overlay.serve(echo, async () => {
        throw new TallyError('REFUSED_CREDIT', { owed: 7, words: 'stay at home', secret: 9 });
      }),
    );
    const failed = client.request(echo, server.peer, data(''));
    await expect(failed).rejects.toMatchObject({
      code: 'REFUSED_CREDIT',
      details: { remote: true, owed: 7 },
    });
    for (const name of ['words', 'secret'])
      await expect(failed).rejects.not.toHaveProperty(`details.${name}`);
  });

  test('answered by a bug read as INTERNAL', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) =>
      overlay.serve(echo, async () => {
        throw new RangeError('a bug');
      }),
    );
    const failed = client.request(echo, server.peer, data(''));
    await expect(failed).rejects.toMatchObject({ code: 'INTERNAL', details: { remote: true } });
  });

  test('fail as PEER_SILENT when the handler stays silent past the deadline', async () => {
    const echo = echoProtocol({ deadlineMs: 300 });
    const { server, client } = await startPair((overlay) => overlay.serve(echo, never));
    await expect(client.request(echo, server.peer, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
      details: { peer: server.peer },
    });
  });

  test('fail as PEER_SILENT when nobody knows the peer', async () => {
    const client = await startPeer({ network: someNetwork() });
    const stranger = createIdentity().peer;
    await expect(client.request(echoProtocol(), stranger, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
      details: { peer: stranger },
    });
  });

  test('fail as PEER_SILENT when the peer serves no such protocol', async () => {
    const { server, client } = await startPair(() => {});
    await expect(client.request(echoProtocol(), server.peer, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
    });
  });

  test('over the size limit are not sent', async () => {
    const echo = echoProtocol({ maxRequestBytes: 16 });
    const { server, client } = await startPair((overlay) => overlay.serve(echo, async (_peer, body) => body));
    await expect(client.request(echo, server.peer, data('x'.repeat(64)))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });
    expect(client.connected()).toEqual([]);
  });

  test('whose answer is over the size limit fail as MESSAGE_TOO_LARGE on either side', async () => {
    const generous = echoProtocol({ maxResponseBytes: 1_048_576 });
    const strict = echoProtocol({ maxResponseBytes: 256 });
    const large = async () => data('x'.repeat(100_000));
    const liar = await startPair((overlay) => overlay.serve(generous, large));
    await expect(liar.client.request(strict, liar.server.peer, data(''))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { peer: liar.server.peer },
    });
    const honest = await startPair((overlay) => overlay.serve(strict, large));
    await expect(honest.client.request(strict, honest.server.peer, data(''))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { remote: true },
    });
  });

  test('over the budget are refused', async () => {
    const echo = echoProtocol({ budget: { burst: 2, perSecond: 0.000_1 } });
    const { server, client } = await startPair((overlay) => overlay.serve(echo, async (_peer, body) => body));
    for (const text of ['one', 'two']) await client.request(echo, server.peer, data(text));
    await expect(client.request(echo, server.peer, data('three'))).rejects.toMatchObject({
      code: 'BUDGET_SPENT',
      details: { remote: true },
    });
  });

  test('end with the reason of the caller when the caller gives up, and the handler is told', async () => {
    const echo = echoProtocol();
    const began = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const { server, client } = await startPair((overlay) =>
      overlay.serve(echo, async (_peer, _body, signal) => {
        signal.addEventListener('abort', () => told.resolve());
        began.resolve();
        return never();
      }),
    );
    const giveUp = new AbortController();
    const asked = client.request(echo, server.peer, data(''), giveUp.signal);
    await began.promise;
    giveUp.abort(new Error('changed my mind'));
    await expect(asked).rejects.toThrow('changed my mind');
    await told.promise;
  });

  test('of a stopped overlay fail as STOPPING', async () => {
    const echo = echoProtocol();
    const { server, client } = await startPair((overlay) => overlay.serve(echo, never));
    const asked = client.request(echo, server.peer, data(''));
    await vi.waitFor(() => expect(client.connected()).toHaveLength(1), WAIT);
    const rejected = expect(asked).rejects.toMatchObject({ code: 'STOPPING' });
    await client.stop();
    await rejected;
    await expect(client.request(echo, server.peer, data(''))).rejects.toMatchObject({ code: 'STOPPING' });
  });
});

describe('feeds', () => {
  test('deliver the items in order and then end', async () => {
    const protocol = feedProtocol();
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* () {
        for (const text of ['one', 'two', 'three']) yield data(text);
      }),
    );
    const items: string[] = [];
    for await (const item of client.feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000))) {
      items.push(textOf(item));
    }
    expect(items).toEqual(['one', 'two', 'three']);
  });

  test('carry the code that ended them, after the items before it', async () => {
    const protocol = feedProtocol();
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* () {
        yield data('one');
        throw new TallyError('LEASE_UNKNOWN');
      }),
    );
    const items = client
      .feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000))
      [Symbol.asyncIterator]();
    expect(textOf((await items.next()).value)).toBe('one');
    await expect(items.next()).rejects.toMatchObject({ code: 'LEASE_UNKNOWN', details: { remote: true } });
  });

  test('may stay quiet for longer than their deadline of opening', async () => {
    const protocol = feedProtocol({ openDeadlineMs: 400 });
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* () {
        await delay(2 * protocol.openDeadlineMs);
        yield data('at last');
      }),
    );
    const items = client
      .feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000))
      [Symbol.asyncIterator]();
    expect(textOf((await items.next()).value)).toBe('at last');
  });

  test('stop the handler when the reader leaves the loop', async () => {
    const protocol = feedProtocol();
    const told = Promise.withResolvers<void>();
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* (_peer, _body, signal) {
        signal.addEventListener('abort', () => told.resolve());
        yield data('one');
        await never();
      }),
    );
    for await (const _item of client.feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000)))
      break;
    await told.promise;
  });

  test('end with the reason of the signal, and stop the handler', async () => {
    const protocol = feedProtocol();
    const told = Promise.withResolvers<void>();
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* (_peer, _body, signal) {
        signal.addEventListener('abort', () => told.resolve());
        yield data('one');
        await never();
      }),
    );
    const leave = new AbortController();
    const items = client.feed(protocol, server.peer, data(''), leave.signal)[Symbol.asyncIterator]();
    await items.next();
    const next = items.next();
    leave.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    await told.promise;
  });

  test('are said to be open before there is an item', async () => {
    const protocol = feedProtocol();
    const { server, client } = await startPair((overlay) =>
      // biome-ignore lint/correctness/useYield: it has nothing to say.
      overlay.serveFeed(protocol, async function* () {
        await never();
      }),
    );
    const { promise: open, resolve: opened } = Promise.withResolvers<void>();
    const leave = AbortSignal.timeout(20_000);
    const first = client.feed(protocol, server.peer, data(''), leave, opened)[Symbol.asyncIterator]().next();
    await Promise.race([open, first]);
    await server.stop();
    await expect(first).rejects.toMatchObject({ code: 'PEER_SILENT' });
  });

  test('fail as PEER_SILENT when the server goes away', async () => {
    const protocol = feedProtocol();
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* () {
        yield data('one');
        await never();
      }),
    );
    const items = client
      .feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000))
      [Symbol.asyncIterator]();
    await items.next();
    const next = expect(items.next()).rejects.toMatchObject({
      code: 'PEER_SILENT',
      details: { peer: server.peer },
    });
    await server.stop();
    await next;
  });

  test('are written only as fast as they are read', async () => {
    const protocol = feedProtocol();
    let written = 0;
    const { server, client } = await startPair((overlay) =>
      overlay.serveFeed(protocol, async function* () {
        for (;;) {
          yield { data: Buffer.alloc(60_000) };
          written += 60_000;
        }
      }),
    );
    const items = client
      .feed(protocol, server.peer, data(''), AbortSignal.timeout(20_000))
      [Symbol.asyncIterator]();
    await items.next();
    await settled(() => written);
    expect(written).toBeLessThan(4 * 1_048_576);
    await items.return?.();
  });
});

describe('connections', () => {
  test('to a bootstrap peer that appears later are made once it is there', async () => {
    const network = someNetwork();
    const identity = createIdentity();
    const early = await startPeer({ network, identity });
    const [address = ''] = early.addresses();
    await early.stop();
    const peer = await startPeer({ network, bootstrap: [address] });
    expect(peer.connected()).toEqual([]);
    const listen = [address.slice(0, address.indexOf('/p2p/'))];
    const late = await startPeer({ network, identity, listen });
    await vi.waitFor(() => expect(peer.connected()).toMatchObject([{ peer: late.peer }]), WAIT);
  });

  test('announce a new peer once, when its protocols answer', async () => {
    const network = someNetwork();
    const echo = echoProtocol();
    const server = await startPeer({
      network,
      prepare: (each) => each.serve(echo, async (_peer, body) => body),
    });
    const answers: string[] = [];
    const client = somePeer({ network, bootstrap: server.addresses() });
    client.onConnect(async (peer) => answers.push(textOf(await client.request(echo, peer, data(peer)))));
    await client.start();
    await vi.waitFor(() => expect(answers).toEqual([server.peer]), WAIT);
  });

  test('announce a peer again when it comes back', async () => {
    const network = someNetwork();
    const identity = createIdentity();
    const first = await startPeer({ network, identity });
    const [address = ''] = first.addresses();
    const met: string[] = [];
    const client = somePeer({ network, bootstrap: [address] });
    client.onConnect((peer) => met.push(peer));
    await client.start();
    await vi.waitFor(() => expect(met).toHaveLength(1), WAIT);
    await first.stop();
    await startPeer({ network, identity, listen: [address.slice(0, address.indexOf('/p2p/'))] });
    await vi.waitFor(() => expect(met).toEqual([first.peer, first.peer]), WAIT);
  });

  test('between peers of different networks are closed, and never announced', async () => {
    const met: string[] = [];
    const one = await startPeer({
      network: someNetwork(),
      prepare: (each) => each.onConnect((peer) => met.push(peer)),
    });
    const other = somePeer({ network: someNetwork(), bootstrap: one.addresses() });
    const mates = await startPeer({ network: someNetwork() });
    other.onConnect((peer) => met.push(peer));
    await other.start();
    await other.learn(mates.peer, mates.addresses());
    await vi.waitFor(() => expect([...one.connected(), ...other.connected()]).toEqual([]), WAIT);
    expect(met).toEqual([]);
  });

  test('are refused to a bootstrap address that names no peer', () => {
    expect(() => somePeer({ network: 'x', bootstrap: ['/ip4/127.0.0.1/tcp/1'] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  test('use only those learned addresses that are addresses of that peer', async () => {
    const echo = echoProtocol();
    const network = someNetwork();
    const server = await startPeer({
      network,
      prepare: (each) => each.serve(echo, async (_peer, body) => body),
    });
    const client = await startPeer({ network });
    const stranger = createIdentity().peer;
    await client.learn(server.peer, [
      'nonsense',
      `/ip4/127.0.0.1/tcp/1/p2p/${stranger}`,
      ...server.addresses(),
    ]);
    expect(textOf(await client.request(echo, server.peer, data('hello')))).toBe('hello');
    await expect(client.learn('nobody', [])).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });
});

describe('life', () => {
  test('start and stop may be called twice, and nothing is open before start', async () => {
    const peer = somePeer({ network: someNetwork() });
    expect(peer.addresses()).toEqual([]);
    await Promise.all([peer.start(), peer.start()]);
    expect(peer.addresses()).toEqual([expect.stringMatching(new RegExp(`/p2p/${peer.peer}$`))]);
    await Promise.all([peer.stop(), peer.stop()]);
    await peer.stop();
  });

  test('stop without start does nothing', async () => {
    await somePeer({ network: someNetwork() }).stop();
  });

  test('an address in use fails the start', async () => {
    const network = someNetwork();
    const first = await startPeer({ network });
    const [address = ''] = first.addresses();
    const second = somePeer({ network, listen: [address.slice(0, address.indexOf('/p2p/'))] });
    await expect(second.start()).rejects.toThrow();
  });
});

describe('metrics', () => {
  test('count peers, requests and their outcomes', async () => {
    const echo = echoProtocol();
    const network = someNetwork();
    const registry = new Registry();
    const metrics = overlayMetrics(registry);
    const server = await startPeer({
      network,
      prepare: (each) => each.serve(echo, async (_peer, body) => body),
    });
    const client = await startPeer({ network, bootstrap: server.addresses(), metrics });
    await client.request(echo, server.peer, data('hello'));
    const text = await registry.metrics();
    expect(text).toContain('tallymesh_overlay_connected_peers 1');
    expect(text).toContain(`protocol="${echo.id}",direction="outbound",outcome="ok"} 1`);
    expect(text).toContain(`tallymesh_overlay_request_seconds_count{protocol="${echo.id}"} 1`);
  });
});
