// Whole peers and a forker with a real key: it is refused everywhere once the two that it lied to compare notes.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { invitedSettings, openHome } from '../../src/home.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createOverlay } from '../../src/overlay/create-overlay.ts';
import { headersProtocol } from '../../src/overlay/protocols/headers.ts';
import type { GossipRow, Overlay } from '../../src/overlay/terms/overlay.ts';
import { checkProof, writeProof } from '../../src/proof-file.ts';
import { openRecord, signRecord } from '../../src/records/envelope.ts';
import type { Identity } from '../../src/records/identity.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: {} } };

async function startInvited(inviter: TestPeer, engine = helloEngine()): Promise<TestPeer> {
  const { text } = await answerOf(inviter.client.POST('/v1/invitations', { body: {} }));
  const { network, bootstrap, invite } = invitedSettings({}, text, Date.now());
  return startPeer({ engine, settings: { network, invite }, inviters: bootstrap });
}

const standing = async ({ client }: TestPeer, peer: string) =>
  (await answerOf(client.GET('/v1/trust/{peer}', { params: { path: { peer } } }))).standing;
const connectedTo = async ({ client }: TestPeer) =>
  (await answerOf(client.GET('/v1/peers', PAGE))).items.map(({ peer }) => peer);
const convicted = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/convictions', PAGE))).items;
const offersOf = async ({ client }: TestPeer, volunteer: string) =>
  (await answerOf(client.GET('/v1/market/offers', PAGE))).items.filter(
    (offer) => offer.volunteer === volunteer,
  );

/** The key of a stopped peer, its newest headers, and another one in the place of the last. */
async function twoHistories(
  home: string,
): Promise<{ identity: Identity; true: Uint8Array; other: Uint8Array }> {
  const { identity, config } = await openHome(home);
  const ledger = await openLedger(
    { home, network: config.network },
    { identity, clock: systemClock, log: silentLog },
  );
  const [last = new Uint8Array()] = await ledger.headers(ledger.tip()!.seq, 1);
  await ledger.close();
  const { body } = openRecord('header', last, config.network);
  const other = signRecord('header', { ...body, salt: new Uint8Array(16) }, identity);
  return { identity, true: last, other: other.bytes };
}

/** The forker: a bare overlay with that key, which shows each asker what `show` says. */
async function fork(
  identity: Identity,
  victims: readonly TestPeer[],
  show: (asker: string) => Uint8Array,
): Promise<Overlay> {
  const bootstrap = victims.flatMap(({ peer }) => peer.addresses());
  const options = { network: 'test', listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap };
  const overlay = createOverlay(options, { identity, clock: systemClock, log: silentLog });
  const deaf: GossipRow<unknown> = {
    maxBytes: 1,
    decode: () => 0,
    validate: () => 'ignore',
    apply: () => {},
  };
  const rows = { offer: deaf, tombstone: deaf, liveness: deaf, vouch: deaf, outcome: deaf };
  overlay.gossip({ ...rows, 'fork-proof': deaf });
  overlay.serve(headersProtocol, async (asker, { heads }) => ({
    chains: heads.map(({ peer }) => ({
      headers: Buffer.compare(peer, identity.publicKey) === 0 ? [show(asker)] : [],
      isAll: 1,
      proof: new Uint8Array(),
    })),
  }));
  await overlay.start();
  onTestFinished(() => overlay.stop());
  return overlay;
}

/** Whether a peer follows the chain of a key, as it says itself, or has found out already. */
async function isLiedTo(overlay: Overlay, peer: TestPeer, { publicKey }: Identity): Promise<boolean> {
  if ((await convicted(peer)).length > 0) return true;
  const heads = [{ peer: publicKey, counter: 0, seq: 0, id: new Uint8Array() }];
  const { chains } = await overlay.request(headersProtocol, peer.peer.peer, { heads });
  return chains.some(({ headers }) => headers.length > 0);
}

describe('a volunteer that signs two histories', () => {
  it('is convicted by those it lied to, hung up on, out of the market and of trust, and the file proves it', async () => {
    const ann = await startPeer();
    const ben = await startInvited(ann);
    const cy = await startInvited(ann);
    const forker = cy.peer.peer;
    await answerOf(
      cy.client.POST('/v1/offers', {
        body: {
          resources: OFFERED,
          prices: { cpuHour: 1, memoryGibHour: 1, diskGibHour: 1, gpuHour: 0 },
          images: [IMAGE.name],
        },
      }),
    );
    for (const peer of [ann, ben]) {
      await vi.waitFor(async () => expect(await standing(peer, forker)).toBeGreaterThan(0), POLL);
      await vi.waitFor(async () => expect(await offersOf(peer, forker)).toHaveLength(1), POLL);
    }
    await cy.peer.stop();
    const histories = await twoHistories(cy.home);
    const overlay = await fork(histories.identity, [ann, ben], (asker) =>
      asker === ann.peer.peer ? histories.true : histories.other,
    );
    for (const peer of [ann, ben])
      await vi.waitFor(
        async () => expect(await isLiedTo(overlay, peer, histories.identity)).toBe(true),
        POLL,
      );

    // Whoever meets again compares: here because one of the two restarts, if they have not met by themselves
    await ben.peer.stop();
    Object.assign(ben, await restart(ben));
    for (const peer of [ann, ben]) {
      await vi.waitFor(async () => expect(await convicted(peer)).toHaveLength(1), POLL);
      await vi.waitFor(async () => expect(await connectedTo(peer)).not.toContain(forker), POLL);
      expect(await offersOf(peer, forker)).toEqual([]);
      await vi.waitFor(async () => expect(await standing(peer, forker)).toBe(0), POLL);
    }
    await vi.waitFor(() => expect(overlay.connected()).toEqual([]), POLL);

    const [conviction] = await convicted(ben);
    const file = join(ben.home, 'forker.json');
    await writeFile(file, writeProof(conviction!));
    expect(await checkProof(file)).toMatchObject({ is: 'fork', peer: forker });
    await writeFile(file, (await readFile(file, 'utf8')).replace(forker, ann.peer.peer));
    await expect(checkProof(file)).rejects.toMatchObject({ code: 'FORK_UNPROVEN' });

    // And stays so over a restart, on both sides of a dial
    await ann.peer.stop();
    Object.assign(ann, await restart(ann));
    expect(await convicted(ann)).toHaveLength(1);
    await expect(overlay.request(headersProtocol, ann.peer.peer, { heads: [] })).rejects.toMatchObject({
      code: 'PEER_SILENT',
    });
  });
});
