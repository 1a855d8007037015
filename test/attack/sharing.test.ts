// Layers that come from other volunteers, against both sides: whoever reads with a grant that is not its own, and a holder that sends
// other bytes, or none. Each attack stands beside what is granted, which comes.
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import {
  HOLDER_LOOK_MS,
  HOLDER_PATIENCE_MS,
  SHARED_AT_ONCE,
  SHARED_MOST_TIMES,
} from '../../src/market/terms/parameters.ts';
import { Fetching, type FetchingParts } from '../../src/market/volunteer/images/fetching.ts';
import { Holdings } from '../../src/market/volunteer/images/holdings.ts';
import type { SharedImages } from '../../src/market/volunteer/images/shared-images.ts';
import { TenantSource } from '../../src/market/volunteer/images/tenant-source.ts';
import {
  type LayerPiece,
  type LayerRequest,
  layerProtocol,
  MOST_GRANTS,
  type SharedLayerRequest,
} from '../../src/overlay/protocols/images.ts';
import type { FeedProtocol, Overlay } from '../../src/overlay/terms/overlay.ts';
import { assemble, signRecord, stateBody } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, piecesOf, someLayer, type TestImage, temporaryStore } from '../support/images.ts';
import { BODIES, volunteer as holder, NOW_MS, tenant } from '../support/records.ts';
import { askingParts, sharedImages } from '../support/sharing.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const asker = createIdentity(new Uint8Array(32).fill(40));
const thief = createIdentity(new Uint8Array(32).fill(41));
const stranger = createIdentity(new Uint8Array(32).fill(42));
const HOUR_MS = 3_600_000;
const never = () => new Promise<never>(() => {});

let clock: HandClock;
/** The store of the holder. */
let held: LayerStore;
let shared: SharedImages;
let image: TestImage;
let traffic: OwnTraffic;

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  ({ store: held } = await temporaryStore());
  traffic = new OwnTraffic();
  shared = sharedImages(held, clock, { traffic });
  image = imageOf([someLayer('base', 300_000), someLayer('app', 100_000)]);
  await bring(image, held);
  await shared.add(tenant.peer, image.digest, diffIds(image));
});

const diffIds = ({ layers }: TestImage) => layers.map(({ diffId }) => diffId);

async function bring({ layers, tars }: TestImage, store: LayerStore): Promise<void> {
  for (const [index, { diffId, sizeBytes }] of layers.entries())
    await store.put({ diffId, maxBytes: sizeBytes }, piecesOf(tars[index]!), SIGNAL);
}

/** A grant of the tenant, with what differs. */
function grantOf(change: object = {}, signer: Identity = tenant): Uint8Array {
  const body = { ...BODIES.grant(), audience: asker.publicKey, image: image.digest };
  return signRecord('grant', { ...body, ...change }, signer).bytes;
}

describe('a volunteer with layers of a tenant', () => {
  const request = (change: Partial<SharedLayerRequest> = {}): SharedLayerRequest => {
    const diffId = diffIds(image)[0]!;
    return { grant: grantOf(), diffId, encoding: held.find(diffId)?.encoding ?? '', ...change };
  };

  /** What a peer gets with a grant: how many bytes, or the code of the refusal. */
  async function got(peer: string, change: Partial<SharedLayerRequest> = {}): Promise<number | string> {
    try {
      let bytes = 0;
      for await (const piece of shared.layer(peer, request(change), SIGNAL)) bytes += piece.bytes.byteLength;
      return bytes;
    } catch (error) {
      return codeOf(error);
    }
  }

  const whole = () => held.find(diffIds(image)[0]!)!.encodedBytes;

  it('shows them to whom the tenant grants it, as long as the grant lasts', async () => {
    expect(await got(asker.peer)).toBe(whole());
    await clock.move(HOUR_MS - 1);
    expect(await got(asker.peer)).toBe(whole());
    await clock.move(1);
    expect(await got(asker.peer)).toBe('REFUSED_GRANT');
  });

  it('shows nothing for a grant that was stolen from its audience, or that is for another holder', async () => {
    expect(await got(thief.peer)).toBe('REFUSED_GRANT');
    expect(await got(asker.peer, { grant: grantOf({ holder: stranger.publicKey }) })).toBe('REFUSED_GRANT');
  });

  it('shows nothing for a grant of whoever did not send the image', async () => {
    const grant = grantOf({ tenant: stranger.publicKey }, stranger);
    expect(await got(asker.peer, { grant })).toBe('REFUSED_GRANT');
    // Who sent it too can grant it too
    await shared.add(stranger.peer, image.digest, diffIds(image));
    expect(await got(asker.peer, { grant })).toBe(whole());
  });

  it('shows nothing for a grant that nobody, or another, signed, or that is for another network, or is none', async () => {
    const body = { ...BODIES.grant(), audience: asker.publicKey, image: image.digest };
    const statement = stateBody('grant', body);
    const forged = assemble(statement, [new Uint8Array(64).fill(7)]).bytes;
    const signedByAnother = assemble(statement, [
      signRecord('grant', { ...body, tenant: thief.publicKey }, thief).signatures[0]!,
    ]).bytes;
    const foreign = signRecord('grant', { ...body, network: 'other' }, tenant).bytes;
    const altered = Uint8Array.from(grantOf(), (byte, at) => (at === 100 ? byte ^ 1 : byte));
    for (const grant of [forged, signedByAnother, foreign, altered, new Uint8Array([1, 2, 3])])
      expect(await got(asker.peer, { grant })).toBe('REFUSED_GRANT');
  });

  it('shows of another image nothing but what both are made of, and says no more of one that it has than of one that it has not', async () => {
    const other = imageOf([image.tars[0]!, someLayer('secret', 50_000)]);
    await bring(other, held);
    await shared.add(stranger.peer, other.digest, diffIds(other));
    const { diffId, encoding } = held.find(diffIds(other)[1]!)!;
    expect(await got(asker.peer, { diffId, encoding })).toBe('IMAGE_LAYER_MISSING');
    expect(await got(asker.peer, { grant: grantOf({ image: other.digest }) })).toBe('REFUSED_GRANT');
    expect(await got(asker.peer, { grant: grantOf({ image: `sha256:${'0'.repeat(64)}` }) })).toBe(
      'REFUSED_GRANT',
    );
    expect(await got(asker.peer, { encoding: '0'.repeat(32) })).toBe('IMAGE_LAYER_MISSING');
  });

  it('shows them no more once its engine has let the image go', async () => {
    const before = request();
    const slow = shared.layer(asker.peer, before, SIGNAL);
    await slow.next();
    await shared.drop(image.digest);
    expect(await got(asker.peer, before)).toBe('REFUSED_GRANT');
    // However long somebody takes to read
    expect(held.list()).toEqual([]);
    await slow.return(undefined);
  });

  it('stops as soon as it sends or fetches itself', async () => {
    const pieces = shared.layer(asker.peer, request(), SIGNAL);
    expect((await pieces.next()).done).toBe(false);
    const done = traffic.begin();
    expect(await pieces.next().then(() => 'sent', codeOf)).toBe('REFUSED_CAPACITY');
    expect(await got(asker.peer)).toBe('REFUSED_CAPACITY');
    done();
    expect(await got(asker.peer)).toBe(whole());
  });

  it('is no mirror: it shows so much at once, and each image so often', async () => {
    const open = Array.from({ length: SHARED_AT_ONCE }, () => shared.layer(asker.peer, request(), SIGNAL));
    for (const each of open) await each.next();
    expect(await got(asker.peer)).toBe('REFUSED_CAPACITY');
    for (const each of open) await each.return(undefined);
    let times = 0;
    while ((await got(asker.peer)) === whole()) times += 1;
    const all = diffIds(image).reduce((sum, diffId) => sum + held.find(diffId)!.encodedBytes, 0);
    expect(times).toBeGreaterThan(1);
    expect(times * whole()).toBeLessThanOrEqual(SHARED_MOST_TIMES * all);
    expect(await got(asker.peer)).toBe('REFUSED_CAPACITY');
  });

  it('sends no faster than its owner lets it, however many ask', async () => {
    shared = sharedImages(held, clock, { sharedBytesPerSecond: 100_000 });
    await shared.add(tenant.peer, image.digest, diffIds(image));
    const [first, second] = [got(asker.peer), got(asker.peer)];
    let ended = 0;
    for (const each of [first, second]) void each.then(() => (ended += 1));
    const startMs = clock.monotonicMs();
    while (ended < 2) {
      await clock.move(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([await first, await second]).toEqual([whole(), whole()]);
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual((2 * whole()) / 100);
  });
});

describe('a volunteer that an image is sent to', () => {
  let store: LayerStore;
  /** The store of the tenant. */
  let sending: LayerStore;
  let grants: Uint8Array[];
  /** What each holder does, and who was asked for what, the tenant included. */
  let holders: Map<string, (request: SharedLayerRequest, signal: AbortSignal) => AsyncIterable<Uint8Array>>;
  let asked: { peer: string; diffId: string; offset: number }[];
  let fetching: Fetching;
  let engine: ReturnType<typeof createFakeEngine>;

  beforeEach(async () => {
    ({ store } = await temporaryStore());
    ({ store: sending } = await temporaryStore());
    // The tenant keeps just the form that the holder has from it
    await copyLayers(held, sending);
    engine = createFakeEngine({ images: [] });
    [grants, holders, asked] = [[grantOf()], new Map(), []];
    holders.set(holder.peer, (request, signal) => bytesIn(shared.layer(asker.peer, request, signal)));
    fetching = new Fetching({
      ...{ peer: asker.peer, clock, engine, store, log: silentLog, traffic: new OwnTraffic() },
      cache: { makeRoom: async () => {}, settled: () => {}, used: async () => {} },
      shared: sharedImages(store, clock, { sharedBytes: 0 }),
      holdings: new Holdings({ clock, rows: memoryTable() }),
      access: { openLayers: async () => new Set() },
    } as unknown as FetchingParts);
  });

  async function copyLayers(from: LayerStore, to: LayerStore): Promise<void> {
    for (const layer of from.list()) await (await to.receive(layer)).take(from.read(layer.diffId), SIGNAL);
  }

  async function* bytesIn(pieces: AsyncIterable<LayerPiece>): AsyncGenerator<Uint8Array> {
    for await (const { bytes } of pieces) yield bytes;
  }

  const overlay = {
    learn: async () => {},
    request: async () => ({
      config: image.config,
      layers: diffIds(image).map((diffId) => ({ ...sending.find(diffId)! })),
      grants,
    }),
    async *feed(
      protocol: FeedProtocol<never, never>,
      peer: string,
      request: LayerRequest & SharedLayerRequest,
      signal: AbortSignal,
    ) {
      const { diffId, offset = 0 } = request;
      asked.push({ peer, diffId, offset });
      const isTenant = protocol.id === layerProtocol.id;
      const bytes = isTenant ? sending.read(diffId, offset) : holders.get(peer)!(request, signal);
      for await (const each of bytes) yield { bytes: each };
    },
  } as unknown as Overlay;

  function sourceOf(): TenantSource {
    const parts = { ...askingParts(clock, asker.peer), overlay, store };
    return new TenantSource(parts, tenant.peer, new Uint8Array(32));
  }

  /** What became of bringing the image: `brought`, or the code. */
  function outcome(id = 'lease'): Promise<string> {
    const wanted = { digest: image.digest, maxBytes: MIB, source: sourceOf() };
    return fetching.bring({ id, tenant: tenant.peer, image: wanted }).then(() => 'brought', codeOf);
  }

  const askedOf = (peer: string) => asked.filter((each) => each.peer === peer).map(({ diffId }) => diffId);
  const isThere = async () => (await engine.image(image.digest, SIGNAL)) !== undefined;

  it('takes all of it from a holder, and asks the tenant for nothing', async () => {
    expect(await outcome()).toBe('brought');
    expect(askedOf(holder.peer).sort()).toEqual(diffIds(image).sort());
    expect(askedOf(tenant.peer)).toEqual([]);
  });

  it('takes none of the bytes of a holder that sends others, does not ask it again, and has the image from the tenant', async () => {
    holders.set(holder.peer, async function* ({ diffId }) {
      for await (const piece of held.read(diffId)) yield piece.map((byte) => byte ^ 1);
    });
    expect(await outcome()).toBe('brought');
    expect(await isThere()).toBe(true);
    expect([...new Set(askedOf(tenant.peer))].sort()).toEqual(diffIds(image).sort());
    // Two came side by side
    expect(askedOf(holder.peer).length).toBeLessThanOrEqual(2);
  });

  it('is not led by a holder that sends another layer, whole and well packed', async () => {
    const other = imageOf([someLayer('evil', 300_000)]);
    await bring(other, held);
    holders.set(holder.peer, () => held.read(diffIds(other)[0]!));
    expect(await outcome()).toBe('brought');
    expect(store.has(diffIds(other)[0]!)).toBe(false);
    expect(await isThere()).toBe(true);
  });

  it('is cut off from a holder that sends more than the layer is', async () => {
    holders.set(holder.peer, async function* ({ diffId }) {
      yield* held.read(diffId);
      for (;;) yield new Uint8Array(100_000);
    });
    // The last byte of the layer ends it: what comes behind is never read
    expect(await outcome()).toBe('brought');
    expect(await isThere()).toBe(true);
  });

  it('loses no more than one layer to a holder that sends a false beginning and breaks off: the tenant sends it anew', async () => {
    holders.set(holder.peer, async function* ({ diffId }) {
      for await (const piece of held.read(diffId))
        yield piece.subarray(0, 50_000).map((byte, at) => (at > 1_000 ? byte ^ 1 : byte));
      throw new TallyError('PEER_SILENT');
    });
    expect(await outcome()).toBe('brought');
    expect(await isThere()).toBe(true);
    for (const diffId of diffIds(image)) {
      const offsets = asked
        .filter((each) => each.peer === tenant.peer && each.diffId === diffId)
        .map(({ offset }) => offset);
      expect(offsets.at(-1)).toBe(0);
      expect(offsets.length).toBeLessThanOrEqual(2);
    }
  });

  it('goes on with the tenant where an honest holder broke off', async () => {
    holders.set(holder.peer, async function* ({ diffId }) {
      for await (const piece of held.read(diffId)) yield piece.subarray(0, 50_000);
      throw new TallyError('PEER_SILENT');
    });
    expect(await outcome()).toBe('brought');
    const ofTenant = asked.filter(({ peer }) => peer === tenant.peer);
    expect(ofTenant.map(({ offset }) => offset)).toEqual([50_000, 50_000]);
  });

  it('gives what came of a layer into no stranger’s hands: whoever began it, its tenant ends it', async () => {
    const [diffId] = diffIds(image);
    const begun = await store.receive(sending.find(diffId!)!);
    const some = (await buffer(sending.read(diffId!))).subarray(0, 70_000);
    expect(await begun.take(piecesOf(some), SIGNAL).then(() => 'whole', codeOf)).toBe(
      'IMAGE_LAYER_INCOMPLETE',
    );
    expect(await outcome()).toBe('brought');
    expect(asked).toContainEqual({ peer: tenant.peer, diffId, offset: 70_000 });
    expect(askedOf(holder.peer)).toEqual([diffIds(image)[1]]);
  });

  it('waits for a holder that sends nothing no longer than some seconds, and asks no other layer of it', async () => {
    holders.set(holder.peer, async function* () {
      yield* [];
      await never();
    });
    const bringing = outcome();
    await vi.waitFor(() => expect(askedOf(holder.peer)).toHaveLength(2));
    for (let passedMs = 0; passedMs <= HOLDER_PATIENCE_MS + HOLDER_LOOK_MS; passedMs += HOLDER_LOOK_MS)
      await clock.move(HOLDER_LOOK_MS);
    expect(await bringing).toBe('brought');
    expect(askedOf(tenant.peer).sort()).toEqual(diffIds(image).sort());
  });

  it('leaves a holder that sends a byte now and then', async () => {
    let sent = 0;
    holders.set(holder.peer, async function* ({ diffId }) {
      for await (const piece of held.read(diffId))
        for (const byte of piece) {
          yield Uint8Array.of(byte);
          sent += 1;
          await new Promise<void>((resolve) => clock.after(HOLDER_LOOK_MS, resolve));
        }
    });
    const bringing = outcome();
    const startMs = clock.monotonicMs();
    // Of each layer a byte has come, or the tenant is asked for it, before a second passes
    for (let seconds = 1; askedOf(tenant.peer).length < 2; seconds += 1) {
      await vi.waitFor(
        () => expect(sent + seconds * askedOf(tenant.peer).length).toBeGreaterThanOrEqual(2 * seconds),
        {
          interval: 1,
        },
      );
      await clock.move(HOLDER_LOOK_MS);
    }
    expect(clock.monotonicMs() - startMs).toBeLessThan(3 * HOLDER_PATIENCE_MS);
    expect(await bringing).toBe('brought');
    // Those that still wait to send the next byte see that nobody reads it
    await clock.move(HOLDER_LOOK_MS);
  });

  it('has the image from the tenant where holders refuse, are not there, or where grants are none', async () => {
    const other = createIdentity(randomBytes(32));
    grants = [grantOf({ image: `sha256:${'0'.repeat(64)}` }), grantOf({ holder: other.publicKey })];
    holders.set(other.peer, () => {
      throw new TallyError('PEER_SILENT');
    });
    expect(await outcome()).toBe('brought');
    expect(askedOf(holder.peer).length).toBeGreaterThan(0);
    asked = [];
    await engine.removeImage(asker.peer, image.digest, SIGNAL);
    grants = [new Uint8Array([1]), grantOf({ holder: asker.publicKey })];
    expect(await outcome('other')).toBe('brought');
    expect(asked.map(({ peer }) => peer)).toEqual([tenant.peer, tenant.peer]);
  });

  it('is led to few strangers by its tenant, who names others each time that it is asked', async () => {
    const strangers = Array.from({ length: 10 }, () => createIdentity(randomBytes(32)));
    for (const { peer } of strangers)
      holders.set(peer, () => {
        throw new TallyError('PEER_SILENT');
      });
    const source = sourceOf();
    for (let at = 0; at < strangers.length; at += 2) {
      grants = strangers.slice(at, at + 2).map(({ publicKey }) => grantOf({ holder: publicKey }));
      await source.describe({ maxBytes: MIB }, SIGNAL);
    }
    for (const layer of sending.list())
      await source.bring(layer, MIB, { from: () => {}, came: () => {} }, SIGNAL);
    const named = new Set(asked.map(({ peer }) => peer));
    expect(named.delete(tenant.peer)).toBe(true);
    expect(named.size).toBe(MOST_GRANTS);
  });

  it('asks a holder that lacks one layer for the others', async () => {
    image = imageOf(['a', 'b', 'c'].map((name) => someLayer(name, 20_000)));
    await bring(image, held);
    await copyLayers(held, sending);
    await shared.add(tenant.peer, image.digest, diffIds(image));
    await held.remove(diffIds(image)[0]!);
    grants = [grantOf()];
    expect(await outcome()).toBe('brought');
    expect(askedOf(tenant.peer)).toEqual([diffIds(image)[0]]);
    expect(askedOf(holder.peer)).toHaveLength(3);
  });

  it('is told of no failure of the tenant that is the tenant’s own: wrong bytes from the first to the last', async () => {
    grants = [];
    const read = sending.read.bind(sending);
    sending.read = async function* (diffId, offset) {
      for await (const piece of read(diffId, offset)) yield piece.map((byte) => byte ^ 1);
    };
    expect(await outcome()).toBe('IMAGE_DIGEST_WRONG');
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});
