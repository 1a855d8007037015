// A peer of the DHT that floods, or answers with rubbish: it costs a bounded time, and nobody else much.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { DHT_ASKED_BUDGET, DHT_DIALS_PER_SECOND } from '../../src/overlay/terms/parameters.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { answerDht, askDht, keyOf, madeUp, message, type NamedPeer, TYPE } from '../support/dht.ts';
import { data, echoProtocol, someNetwork, startAdversary, startPeer, textOf } from '../support/overlay.ts';

const WAIT = { timeout: 30_000, interval: 100 };
const DEADLINE_MS = 5_000;

const echo = echoProtocol({ deadlineMs: DEADLINE_MS });
const answering = (overlay: Overlay) => overlay.serve(echo, async (_peer, body) => body);

/** Somebody who has nothing to do with it, and counts who knocks. */
async function startBystander() {
  let knocks = 0;
  const server = createServer((socket) => {
    knocks += 1;
    socket.on('error', () => {});
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { address: `/ip4/127.0.0.1/tcp/${port}`, knocks: () => knocks };
}

/** A victim whose DHT knows a liar that answers every question with these peers, and an honest hub. */
async function startLie(answer: (key: Uint8Array) => readonly NamedPeer[]) {
  const network = someNetwork();
  const hub = await startPeer({ network, dht: 'auto' });
  const liar = await startAdversary(network);
  let asked = 0;
  await answerDht(liar, network, (request) => {
    asked += 1;
    return message(TYPE.findNode, new Uint8Array(), { closer: answer(request) });
  });
  const bootstrap = [...hub.addresses(), ...liar.getMultiaddrs().map(String)];
  const victim = await startPeer({ network, bootstrap, dht: 'auto', prepare: answering });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0), WAIT);
  return { network, hub, liar, victim };
}

describe('a liar in the DHT', () => {
  test('that names hundreds of peers at the address of a bystander has few of them dialled, and soon none', async () => {
    const bystander = await startBystander();
    const startMs = performance.now();
    const { victim } = await startLie(() => madeUp(200, bystander.address));
    const askedMs = performance.now();
    const asked = victim.request(echo, createIdentity().peer, data(''));
    await expect(asked).rejects.toMatchObject({ code: 'PEER_SILENT' });
    expect(performance.now() - askedMs).toBeLessThan(DEADLINE_MS + 500);
    const seconds = (performance.now() - startMs) / 1_000;
    expect(bystander.knocks()).toBeGreaterThan(0);
    expect(bystander.knocks()).toBeLessThan(2 * DHT_DIALS_PER_SECOND * (seconds + 1));
  });

  test('does not keep an honest peer from being found', async () => {
    const bystander = await startBystander();
    const target = createIdentity();
    const { network, hub, victim } = await startLie(() => [
      { peer: target.peer, addresses: [bystander.address] },
      ...madeUp(100, bystander.address),
    ]);
    // It knows the hub alone, and asks nobody: it takes no part in the DHT but by being known to the hub.
    const server = await startPeer({
      network,
      identity: target,
      bootstrap: hub.addresses(),
      prepare: answering,
    });
    await vi.waitFor(() => expect(hub.connected().map(({ peer }) => peer)).toContain(server.peer), WAIT);
    await vi.waitFor(async () => {
      expect(textOf(await victim.request(echo, target.peer, data('hello')))).toBe('hello');
    }, WAIT);
  });

  test('that answers with more than an honest answer holds is not listened to', async () => {
    const bystander = await startBystander();
    const { victim } = await startLie(() => madeUp(2_000, bystander.address));
    await expect(victim.request(echo, createIdentity().peer, data(''))).rejects.toMatchObject({
      code: 'PEER_SILENT',
    });
    expect(bystander.knocks()).toBe(0);
  });
});

describe('a peer that asks the DHT', () => {
  /** A victim, and an adversary that is connected with it. */
  async function startAsking() {
    const network = someNetwork();
    const victim = await startPeer({ network, dht: 'auto', prepare: answering });
    const adversary = await startAdversary(network);
    const connection = await adversary.dial(victim.addresses().map((each) => multiaddr(each)));
    await adversary.services.identify.identify(connection);
    const ask = (bytes: Uint8Array) => askDht(adversary, network, victim.peer, bytes);
    return { network, victim, adversary, ask };
  }

  test('is answered so often and no more, and others are answered all the while', async () => {
    const { network, victim, ask } = await startAsking();
    const question = message(TYPE.findNode, keyOf(createIdentity().peer));
    expect(await ask(question)).toBeDefined();
    const startMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask(question)));
    const seconds = (performance.now() - startMs) / 1_000;
    const { burst, perSecond } = DHT_ASKED_BUDGET;
    const answered = answers.filter((each) => each !== undefined).length;
    expect(answered).toBeLessThanOrEqual(burst + perSecond * seconds + 1);
    const friend = await startPeer({ network, bootstrap: victim.addresses() });
    expect(textOf(await friend.request(echo, victim.peer, data('hello')))).toBe('hello');
  });

  test('has nothing stored', async () => {
    const { adversary, ask } = await startAsking();
    const self = { peer: adversary.peerId.toString(), addresses: ['/ip4/127.0.0.1/tcp/1'] };
    const cid = Buffer.concat([Buffer.of(1, 0x55, 0x12, 32), Buffer.alloc(32, 7)]);
    expect(await ask(message(TYPE.addProvider, cid, { providers: [self] }))).toBeUndefined();
    const providers = Buffer.from((await ask(message(TYPE.getProviders, cid))) ?? '');
    expect(providers.length).toBeGreaterThan(0);
    expect(providers.includes(Buffer.from(keyOf(self.peer)))).toBe(false);
  });

  test('with too large a question has its stream reset', async () => {
    const { ask } = await startAsking();
    expect(await ask(message(TYPE.findNode, Buffer.alloc(100_000)))).toBeUndefined();
    expect(await ask(message(TYPE.findNode, keyOf(createIdentity().peer)))).toBeDefined();
  });
});
