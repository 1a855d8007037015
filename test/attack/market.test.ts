import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { draftReceipt, NO_COUNTERS } from '../../src/ledger/receipt-rules.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createOverlay } from '../../src/overlay/create-overlay.ts';
import {
  reserveProtocol,
  startProtocol,
  statusProtocol,
  stopProtocol,
} from '../../src/overlay/protocols/lease.ts';
import { logsProtocol } from '../../src/overlay/protocols/logs.ts';
import { digestsProtocol, fetchProtocol } from '../../src/overlay/protocols/offers.ts';
import { receiptProtocol, reportProtocol } from '../../src/overlay/protocols/receipt.ts';
import { tunnelProtocol } from '../../src/overlay/protocols/tunnel.ts';
import type { GossipRow, GossipTable, Overlay } from '../../src/overlay/terms/overlay.ts';
import { HELD } from '../../src/records/bid.ts';
import { encode, type Value } from '../../src/records/codec.ts';
import {
  assemble,
  openRecord,
  type SignedRecord,
  signRecord,
  signStatement,
  stateBody,
} from '../../src/records/envelope.ts';
import { parseId } from '../../src/records/id.ts';
import { createIdentity, type Identity, peerOf, publicKeyOf } from '../../src/records/identity.ts';
import { chainOf, encodeBeat } from '../../src/records/liveness.ts';
import { PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import { helloEngine, IMAGE, OFFERED, startPeer, type TestPeer } from '../support/mesh.ts';
import { BODIES } from '../support/records.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const NETWORK = 'test';

/** An adversary: a bare overlay with a key of its own, connected to a victim, that says what it likes. */
async function adversary(victim: TestPeer, identity: Identity = createIdentity()): Promise<Overlay> {
  const listen = ['/ip4/127.0.0.1/tcp/0'];
  const options = { network: NETWORK, listen, bootstrap: victim.peer.addresses() };
  const overlay = createOverlay(options, { identity, clock: systemClock, log: silentLog });
  const deaf: GossipRow<unknown> = {
    maxBytes: 1 << 20,
    decode: () => undefined,
    validate: () => 'ignore',
    apply: () => {},
  };
  const table = {
    offer: deaf,
    tombstone: deaf,
    liveness: deaf,
    vouch: deaf,
    outcome: deaf,
    'fork-proof': deaf,
  };
  overlay.gossip(table satisfies GossipTable);
  await overlay.start();
  onTestFinished(() => overlay.stop());
  await vi.waitFor(() => expect(overlay.connected().length).toBe(1), POLL);
  return overlay;
}

const known = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/market/offers', PAGE))).items;

function offerOf(
  identity: Identity,
  change: Partial<ReturnType<typeof BODIES.offer>> = {},
): SignedRecord<'offer'> {
  const nowMs = Date.now();
  const body = {
    ...BODIES.offer(),
    volunteer: identity.publicKey,
    network: NETWORK,
    issuedAtMs: nowMs,
    seq: nowMs,
  };
  return signRecord('offer', { ...body, series: new Uint8Array(randomBytes(16)), ...change }, identity);
}

/** Publishes fresh honest offers until one arrives: the way is open, and what went before it was judged. */
async function markArrival(attacker: Overlay, victim: TestPeer): Promise<void> {
  await vi.waitFor(async () => {
    const marker = offerOf(createIdentity());
    await attacker.publish('offer', marker.bytes);
    const arrived = async () =>
      expect((await known(victim)).map(({ volunteer }) => volunteer)).toContain(
        peerOf(marker.body.volunteer),
      );
    await vi.waitFor(arrived, { timeout: 500, interval: 20 });
  }, POLL);
}

async function publishAndSettle(
  attacker: Overlay,
  victim: TestPeer,
  ...messages: Uint8Array[]
): Promise<void> {
  await markArrival(attacker, victim);
  for (const message of messages) await attacker.publish('offer', message);
  await markArrival(attacker, victim);
}

describe('by gossip', () => {
  it('a forged offer has no effect', async () => {
    const victim = await startPeer();
    const attacker = await adversary(victim);
    const other = createIdentity();
    const honest = offerOf(other);
    const forged = assemble(honest, [createIdentity().sign(honest.bodyBytes)]);
    await publishAndSettle(attacker, victim, forged.bytes);
    expect((await known(victim)).map(({ volunteer }) => volunteer)).not.toContain(other.peer);
  });

  it('a replayed old offer has no effect, nor has one that outlived itself', async () => {
    const victim = await startPeer();
    const attacker = await adversary(victim);
    const volunteer = createIdentity();
    const series = new Uint8Array(randomBytes(16));
    const old = offerOf(volunteer, {
      series,
      seq: 1,
      prices: { cpuHour: 1, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 },
    });
    const current = offerOf(volunteer, { series, seq: 2 });
    const dead = offerOf(createIdentity(), { issuedAtMs: Date.now() - 86_400_000 * 3, beats: 1 });
    const future = offerOf(createIdentity(), { issuedAtMs: Date.now() + 3_600_000 });
    await publishAndSettle(attacker, victim, current.bytes, old.bytes, dead.bytes, future.bytes);
    const offers = await known(victim);
    expect(offers.filter((each) => each.volunteer === volunteer.peer).map(({ seq }) => seq)).toEqual([2]);
    expect(offers.map((each) => each.volunteer)).not.toContain(peerOf(dead.body.volunteer));
    expect(offers.map((each) => each.volunteer)).not.toContain(peerOf(future.body.volunteer));
  });

  it('a tombstone or a beat of another than the volunteer has no effect', async () => {
    const victim = await startPeer();
    const attacker = await adversary(victim);
    const volunteer = createIdentity();
    const chain = chainOf(new Uint8Array(32).fill(1), 10);
    const honest = offerOf(volunteer, { tip: chain[0]!, beats: 10 });
    await publishAndSettle(attacker, victim, honest.bytes);
    const { series, seq } = honest.body;
    const body = {
      ...BODIES.tombstone(),
      volunteer: volunteer.publicKey,
      network: NETWORK,
      series,
      seq: seq + 1,
    };
    const tombstone = stateBody('tombstone', {
      ...body,
      issuedAtMs: Date.now(),
      forgetAtMs: Date.now() + 60_000,
    });
    await attacker.publish(
      'tombstone',
      assemble(tombstone, [createIdentity().sign(tombstone.bodyBytes)]).bytes,
    );
    await attacker.publish('liveness', encodeBeat({ offer: honest.id, beat: 1, preimage: chain[5]! }));
    await publishAndSettle(attacker, victim);
    const [held] = (await known(victim)).filter((each) => each.volunteer === volunteer.peer);
    expect(held?.aliveUntilMs).toBe(honest.body.issuedAtMs + honest.body.lifetimeMs);
  });

  it('an offer over the size limit, and bytes that are none, have no effect', async () => {
    const victim = await startPeer();
    const attacker = await adversary(victim);
    const oversized = new Uint8Array(100_000).fill(0x61);
    const huge = createIdentity();
    const labels = Array.from({ length: 16 }, (_, i) => `label-${i}=${'x'.repeat(110)}`);
    const images = Array.from({ length: 32 }, (_, i) => ({
      name: `i${i}${'x'.repeat(250)}`,
      digest: IMAGE.digest,
    }));
    const tooLong = encode([
      'offer',
      1,
      encode({ ...offerOf(huge).body, labels, images } as unknown as Value),
      [new Uint8Array(64)],
    ]);
    expect(tooLong.length).toBeGreaterThan(12_288 + 256);
    await publishAndSettle(attacker, victim, oversized, tooLong, new Uint8Array(randomBytes(200)));
    expect((await known(victim)).map(({ volunteer }) => volunteer)).not.toContain(huge.peer);
    expect((await fetch(`${victim.peer.apiUrl}/v1/health`)).status).toBe(200);
  });

  it('one volunteer cannot fill the book', async () => {
    const victim = await startPeer();
    const attacker = await adversary(victim);
    const swarm = createIdentity();
    await publishAndSettle(attacker, victim, ...Array.from({ length: 30 }, () => offerOf(swarm).bytes));
    expect(
      (await known(victim)).filter(({ volunteer }) => volunteer === swarm.peer).length,
    ).toBeLessThanOrEqual(8);
  });
});

/** A volunteer with an offer, and an adversary that plays a tenant by hand. */
async function desk(): Promise<{
  volunteer: TestPeer;
  tenant: Overlay;
  identity: Identity;
  offer: Uint8Array;
}> {
  const volunteer = await startPeer({ engine: helloEngine() });
  const body = { resources: OFFERED, images: [IMAGE.name] };
  const { id } = await answerOf(volunteer.client.POST('/v1/offers', { body }));
  const identity = createIdentity();
  return { volunteer, tenant: await adversary(volunteer, identity), identity, offer: parseId(id) };
}

const payload = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16) });

function bidOf(identity: Identity, change: Partial<ReturnType<typeof BODIES.bid>> = {}): SignedRecord<'bid'> {
  const nowMs = Date.now();
  const body = {
    ...BODIES.bid(),
    tenant: identity.publicKey,
    network: NETWORK,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
  };
  const image = { ...HELD, name: IMAGE.name, digest: IMAGE.digest };
  return signRecord('bid', { ...body, image, payloadHash: payload.hash, ...change }, identity);
}

describe('at the lease desk', () => {
  it('only a fitting bid of the very peer on the line gets a lease, and the same one when it asks again', async () => {
    const { volunteer, tenant, identity, offer } = await desk();
    const reserve = (bid: SignedRecord<'bid'>, of = offer) =>
      tenant.request(reserveProtocol, volunteer.peer.peer, {
        bid: bid.bytes,
        offer: of,
        replica: 0,
        incarnation: 1,
      });
    const refused = (bid: SignedRecord<'bid'>, of = offer) => reserve(bid, of).then(() => 'leased', codeOf);

    expect(await refused(bidOf(createIdentity()))).toBe('REFUSED_BID');
    expect(await refused(bidOf(identity, { expiresAtMs: Date.now() - 1 }))).toBe('REFUSED_BID');
    expect(
      await refused(bidOf(identity, { issuedAtMs: Date.now() + 600_000, expiresAtMs: Date.now() + 700_000 })),
    ).toBe('REFUSED_BID');
    expect(
      await refused(bidOf(identity, { resources: { ...BODIES.bid().resources, cpuMillis: 5_000 } })),
    ).toBe('REFUSED_CAPACITY');
    expect(await refused(bidOf(identity, { maxPriceMicrocreditsPerHour: 1 }))).toBe('REFUSED_TERMS');
    expect(
      await refused(bidOf(identity, { image: { ...HELD, name: 'x', digest: `sha256:${'00'.repeat(32)}` } })),
    ).toBe('REFUSED_IMAGE');
    expect(await refused(bidOf(identity), new Uint8Array(32))).toBe('REFUSED_OFFER_CHANGED');

    const bid = bidOf(identity);
    const [first, second] = await Promise.all([reserve(bid), reserve(bid)]);
    expect(first.lease).toEqual(second.lease);
    expect((await reserve(bid)).lease).toEqual(first.lease);
  });

  it('capacity is never given twice, however many ask at once', async () => {
    const { volunteer, tenant, identity, offer } = await desk();
    const ask = () => {
      const bid = bidOf(identity, {
        resources: { cpuMillis: 900, memoryBytes: 2 ** 27, diskBytes: 0, gpus: 0 },
      });
      return tenant
        .request(reserveProtocol, volunteer.peer.peer, { bid: bid.bytes, offer, replica: 0, incarnation: 1 })
        .then(() => 'leased', codeOf);
    };
    const answers = await Promise.all(Array.from({ length: 12 }, ask));
    expect(answers.filter((each) => each === 'leased')).toHaveLength(2);
    expect(answers.filter((each) => each === 'REFUSED_CAPACITY')).toHaveLength(10);
  });

  it('another payload than the bid committed to is not started, and others cannot see or touch the lease', async () => {
    const { volunteer, tenant, identity, offer } = await desk();
    const bid = bidOf(identity, {
      resources: { cpuMillis: 500, memoryBytes: 2 ** 27, diskBytes: 0, gpus: 0 },
    });
    const answer = await tenant.request(reserveProtocol, volunteer.peer.peer, {
      bid: bid.bytes,
      offer,
      replica: 0,
      incarnation: 1,
    });
    const lease = openRecord('lease', answer.lease, NETWORK).id;
    const other = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16), command: ['rm'] });
    const start = tenant.request(startProtocol, volunteer.peer.peer, { lease, payload: other.bytes });
    expect(await start.catch(codeOf)).toBe('REFUSED_PAYLOAD');
    await tenant.request(startProtocol, volunteer.peer.peer, { lease, payload: payload.bytes });

    const stranger = await adversary(volunteer);
    const to = volunteer.peer.peer;
    const codes = await Promise.all([
      stranger.request(statusProtocol, to, { leases: [lease] }).catch(codeOf),
      stranger.request(stopProtocol, to, { lease }).catch(codeOf),
      stranger.pipe(tunnelProtocol, to, { lease, port: 8080 }, AbortSignal.timeout(5_000)).catch(codeOf),
      stranger
        .feed(logsProtocol, to, { lease, tail: 10, follow: 0 }, AbortSignal.timeout(5_000))
        [Symbol.asyncIterator]()
        .next()
        .catch(codeOf),
    ]);
    expect(codes).toEqual(['LEASE_UNKNOWN', 'LEASE_UNKNOWN', 'LEASE_UNKNOWN', 'LEASE_UNKNOWN']);
  });
});

describe('a tenant that does not pay', () => {
  /** Reserves and starts by hand; `report` decides what the tenant says to reports. */
  async function running(report: (overlay: Overlay, volunteer: TestPeer, bytes: Value) => string) {
    const volunteer = await startPeer({ engine: helloEngine() });
    const { id } = await answerOf(
      volunteer.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } }),
    );
    const identity = createIdentity();
    const options = {
      network: NETWORK,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: volunteer.peer.addresses(),
    };
    const tenant = createOverlay(options, { identity, clock: systemClock, log: silentLog });
    tenant.serve(reportProtocol, async (_, request) => ({
      refusals: request.leases.map((each) => report(tenant, volunteer, each as Value)),
    }));
    await tenant.start();
    onTestFinished(() => tenant.stop());
    await vi.waitFor(() => expect(tenant.connected().length).toBe(1), POLL);
    const bid = bidOf(identity, {
      resources: { cpuMillis: 500, memoryBytes: 2 ** 27, diskBytes: 0, gpus: 0 },
    });
    const request = { bid: bid.bytes, offer: parseId(id), replica: 0, incarnation: 1 };
    const { lease } = await tenant.request(reserveProtocol, volunteer.peer.peer, request);
    const record = openRecord('lease', lease, NETWORK);
    await tenant.request(startProtocol, volunteer.peer.peer, { lease: record.id, payload: payload.bytes });
    return { volunteer, tenant, identity, lease: record };
  }

  const leaseOf = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/leases', PAGE))).items[0]!;

  it('and answers is paused after one unsigned epoch more, then stopped, owing no more than the lease prints', async () => {
    const { volunteer, lease } = await running(() => '');
    await vi.waitFor(async () => expect((await leaseOf(volunteer)).state).toBe('paused'), POLL);
    await vi.waitFor(async () => {
      expect(await leaseOf(volunteer)).toMatchObject({
        state: 'ended',
        cause: 'TENANT_REFUSED',
        chargedMicrocredits: 0,
      });
    }, POLL);
    expect((await leaseOf(volunteer)).unsignedMicrocredits).toBeLessThanOrEqual(
      lease.body.atRiskMicrocredits,
    );
    await vi.waitFor(() => expect(volunteer.engine?.running()).toEqual([]), POLL);
  });

  it('and signs for more epochs than there were, at no charge, is ended as one that pays too little', async () => {
    const reported = Promise.withResolvers<void>();
    const { volunteer, tenant, identity, lease } = await running(() => {
      reported.resolve();
      return '';
    });
    // The first epoch is over
    await reported.promise;
    const draft = (leases: Parameters<typeof draftReceipt>[1]) => {
      const names = {
        volunteer: publicKeyOf(volunteer.peer.peer),
        tenant: identity.publicKey,
        network: NETWORK,
      };
      const context = { ...names, salt: randomBytes(16), nowMs: Date.now() };
      const statement = stateBody(
        'receipt',
        draftReceipt(undefined, leases, () => undefined, context),
      );
      return { body: statement.bodyBytes, signature: signStatement(statement, identity) };
    };
    const send = (leases: Parameters<typeof draftReceipt>[1]) =>
      tenant.request(receiptProtocol, volunteer.peer.peer, draft(leases));
    await expect(send([])).rejects.toMatchObject({ code: 'RECEIPT_LEASE' });
    await send([{ lease: lease.id, epochs: 1_000_000, counters: NO_COUNTERS }]);
    await vi.waitFor(async () => {
      expect(await leaseOf(volunteer)).toMatchObject({ state: 'ended', cause: 'UNDERPAID' });
    }, POLL);
  });

  it('and cannot be reached is stopped after its awayMs', async () => {
    const { volunteer, tenant, lease } = await running(() => '');
    await tenant.stop();
    await vi.waitFor(async () => {
      expect(await leaseOf(volunteer)).toMatchObject({
        state: 'ended',
        cause: 'TENANT_AWAY',
        chargedMicrocredits: 0,
      });
    }, POLL);
    expect((await leaseOf(volunteer)).unsignedMicrocredits).toBeLessThanOrEqual(
      lease.body.atRiskMicrocredits,
    );
  });
});

describe('on direct streams', () => {
  it('oversized and malformed messages change nothing, and the service goes on', async () => {
    const { volunteer, tenant } = await desk();
    const to = volunteer.peer.peer;
    const huge = { ...reserveProtocol, maxRequestBytes: 10_000_000, request: (value: Value) => value };
    const codes = [
      await tenant.request(huge, to, { bid: new Uint8Array(5_000_000) }).catch(codeOf),
      await tenant.request(huge, to, { nonsense: 1 }).catch(codeOf),
      await tenant
        .request(receiptProtocol, to, { body: encode({ a: 1 }), signature: new Uint8Array(64) })
        .catch(codeOf),
      await tenant.request(fetchProtocol, to, { ids: [new Uint8Array(32)] }).then(({ items }) => items),
      await tenant.request(digestsProtocol, to, { digests: [] }).then(({ entries }) => entries.length),
    ];
    expect(codes.slice(0, 3)).toEqual([
      expect.stringMatching(/MESSAGE_TOO_LARGE|PEER_SILENT/),
      expect.any(String),
      'RECORD_MALFORMED',
    ]);
    expect(codes.slice(3)).toEqual([[], 1]);
    expect((await answerOf(volunteer.client.GET('/v1/leases', PAGE))).items).toEqual([]);
  });
});
