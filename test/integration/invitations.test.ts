// Whole peers in one process that join each other by invitation.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { invitedSettings, readSettings } from '../../src/home.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openOffline } from '../../src/peer.ts';
import { openRecord, type SignedRecord } from '../../src/records/envelope.ts';
import { EVIDENCE_ITEM } from '../../src/records/evidence.ts';
import { createIdentity, peerOf } from '../../src/records/identity.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { doctor } from '../support/tally.ts';

const POLL = { timeout: 20_000, interval: 50 };

const invite = ({ client }: TestPeer, body: Schemas['InvitationInput'] = {}) =>
  answerOf(client.POST('/v1/invitations', { body }));
const invitations = async ({ client }: TestPeer) =>
  (await answerOf(client.GET('/v1/invitations', { params: { query: {} } }))).items;
const joining = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/peer'))).joining;

/** A peer made with an invitation, as `tally init --invite` makes it. */
async function startInvited(
  text: string,
  { engine, settings = {} }: Pick<NonNullable<Parameters<typeof startPeer>[0]>, 'engine' | 'settings'> = {},
): Promise<TestPeer> {
  const { bootstrap, ...invited } = invitedSettings(settings, text, Date.now());
  return startPeer({ settings: invited, inviters: bootstrap, ...(engine === undefined ? {} : { engine }) });
}

/** The vouches that a stopped peer holds, its own and those of others; its ledger also verifies. */
async function vouches({ home, peer }: TestPeer): Promise<string[]> {
  await peer.stop();
  expect(await openOffline(home).verifyLedger()).toMatchObject({ ok: true, problems: [] });
  const parts = { identity: createIdentity(), clock: systemClock, log: silentLog };
  const ledger = await openLedger({ home, network: 'test' }, parts);
  const found: SignedRecord<'vouch'>[] = [];
  for await (const vouch of ledger.records('vouch')) found.push(vouch);
  for await (const [, { record }] of ledger.table('evidence', EVIDENCE_ITEM).entries()) {
    found.push(openRecord('vouch', record, 'test'));
  }
  await ledger.close();
  return found.map(({ body }) => `${peerOf(body.voucher)} for ${peerOf(body.subject)}`).sort();
}

const standing = async ({ client }: TestPeer, { peer }: TestPeer) =>
  (await answerOf(client.GET('/v1/trust/{peer}', { params: { path: { peer: peer.peer } } }))).standing;

describe('a peer made with an invitation', () => {
  it('joins at its start: both then hold a vouch each way, in ledgers that verify', async () => {
    const inviter = await startPeer();
    const { text, id } = await invite(inviter);
    const invitee = await startInvited(text);
    const [host, guest] = [inviter.peer.peer, invitee.peer.peer];
    await vi.waitFor(
      async () => expect(await joining(invitee)).toMatchObject({ peer: host, state: 'joined', code: '' }),
      POLL,
    );
    const { items } = await answerOf(invitee.client.GET('/v1/events', { params: { query: { limit: 100 } } }));
    expect(items).toContainEqual(expect.objectContaining({ kind: 'invitation.joined', peer: host }));
    expect(await invitations(inviter)).toMatchObject([{ id, state: 'used', peer: guest }]);
    for (const [one, other] of [
      [inviter, invitee],
      [invitee, inviter],
    ] as const) {
      await vi.waitFor(async () => expect(await standing(one, other)).toBeGreaterThan(0), POLL);
    }
    const both = [`${host} for ${guest}`, `${guest} for ${host}`].sort();
    expect(await vouches(inviter)).toEqual(both);
    expect(await vouches(invitee)).toEqual(both);
  });

  it('finds its inviter without any other bootstrap address', async () => {
    const inviter = await startPeer();
    const invitee = await startInvited((await invite(inviter)).text);
    await vi.waitFor(async () => {
      const { items } = await answerOf(invitee.client.GET('/v1/peers', { params: { query: {} } }));
      expect(items.map(({ peer }) => peer)).toEqual([inviter.peer.peer]);
    }, POLL);
  });

  it('waits for an inviter that is away, and joins when it comes back', async () => {
    const inviter = await startPeer();
    const [address = ''] = inviter.peer.addresses();
    const { text } = await invite(inviter);
    await inviter.peer.stop();
    const invitee = await startInvited(text);
    expect(await joining(invitee)).toMatchObject({ state: 'waiting' });
    await settle(inviter, address);
    inviter.peer = (await restart(inviter)).peer;
    await vi.waitFor(async () => expect(await joining(invitee)).toMatchObject({ state: 'joined' }), POLL);
  });

  it('is told for good when another has used the invitation', async () => {
    const inviter = await startPeer();
    const { text } = await invite(inviter);
    const first = await startInvited(text);
    await vi.waitFor(async () => expect(await joining(first)).toMatchObject({ state: 'joined' }), POLL);
    const second = await startInvited(text);
    await vi.waitFor(
      async () => expect(await joining(second)).toMatchObject({ state: 'refused', code: 'INVITATION_USED' }),
      POLL,
    );
    expect(await invitations(inviter)).toMatchObject([{ peer: first.peer.peer }]);
    const ill = (await doctor(second.home)).filter(({ ok }) => !ok);
    expect(ill).toMatchObject([{ check: 'health', detail: 'INVITATION_REFUSED' }]);
    expect((await doctor(first.home)).filter(({ ok }) => !ok)).toEqual([]);
    await second.peer.stop();
    const stopped = (await doctor(second.home)).filter(({ ok }) => !ok);
    expect(stopped).toMatchObject([{ check: 'invitation', detail: 'INVITATION_REFUSED' }]);
  });

  it('stays joined after a restart of either', async () => {
    const inviter = await startPeer();
    const invitee = await startInvited((await invite(inviter)).text);
    await vi.waitFor(async () => expect(await joining(invitee)).toMatchObject({ state: 'joined' }), POLL);
    await invitee.peer.stop();
    const again = await restart(invitee);
    invitee.peer = again.peer;
    expect(await joining(again)).toMatchObject({ state: 'joined' });
  });
});

describe('two peers that one friend invited', () => {
  /** A volunteer that lends strangers nothing, and a tenant; both joined by invitations that lend so much. */
  async function twoFriends(creditMicrocredits?: number) {
    const friend = await startPeer();
    const terms = creditMicrocredits === undefined ? {} : { creditMicrocredits };
    const own = creditMicrocredits === undefined ? {} : { inviteCreditMicrocredits: creditMicrocredits };
    const host = await startInvited((await invite(friend, terms)).text, {
      engine: helloEngine(),
      settings: { ...own, credit: { newcomerShare: 0 } },
    });
    const guest = await startInvited((await invite(friend, terms)).text, { settings: own });
    for (const each of [host, guest])
      await vi.waitFor(async () => expect(await joining(each)).toMatchObject({ state: 'joined' }), POLL);
    const body = { resources: OFFERED, images: [IMAGE.name] };
    await answerOf(host.client.POST('/v1/offers', { body }));
    const page = { params: { query: {} } };
    await vi.waitFor(
      async () => expect((await answerOf(guest.client.GET('/v1/market/offers', page))).items).toHaveLength(1),
      POLL,
    );
    return { friend, host, guest };
  }
  const BID = {
    ...{ image: IMAGE.name, maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
    resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 },
  };
  const mayOwe = async ({ client }: TestPeer, { peer }: TestPeer) =>
    (await answerOf(client.GET('/v1/borrowers/{peer}', { params: { path: { peer: peer.peer } } })))
      .limitMicrocredits;

  it('lend each other half of what an invitation answers for when nobody says otherwise', async () => {
    const { friend, host, guest } = await twoFriends();
    expect(await joining(guest)).toMatchObject({ creditMicrocredits: 10_000_000 });
    expect(await invitations(friend)).toMatchObject([
      { creditMicrocredits: 10_000_000 },
      { creditMicrocredits: 10_000_000 },
    ]);
    await vi.waitFor(async () => expect(await mayOwe(host, guest)).toBe(5_000_000), POLL);
    expect(await placeBid(guest.client, BID)).toMatchObject({ deployment: { refusals: [] } });
  });

  it('lend each other nothing where the invitations say so', async () => {
    const { host, guest } = await twoFriends(0);
    // What lends nothing is known when the vouches are
    await vi.waitFor(async () => expect(await standing(host, guest)).toBeGreaterThan(0), POLL);
    expect(await mayOwe(host, guest)).toBe(0);
    await expect(placeBid(guest.client, BID)).rejects.toMatchObject({
      code: 'ALL_REFUSED',
      details: { refusals: [{ code: 'REFUSED_CREDIT', mayOweMicrocredits: 0 }] },
    });
  });
});

describe('POST /v1/invitations', () => {
  it('gives the same invitation for the same key', async () => {
    const { client } = await startPeer();
    const params = { header: { 'idempotency-key': 'once' } };
    const first = await answerOf(client.POST('/v1/invitations', { body: {}, params }));
    const second = await answerOf(client.POST('/v1/invitations', { body: {}, params }));
    expect(second).toEqual(first);
  });

  it('refuses what is no address', async () => {
    const peer = await startPeer();
    await expect(invite(peer, { addresses: ['my house'] })).rejects.toMatchObject({
      code: 'INVITATION_ADDRESSES',
    });
  });
});

/** Has a stopped peer listen where it listened before. */
async function settle({ home }: TestPeer, address: string): Promise<void> {
  const settings = { ...((await readSettings(home)) as object), listen: [address.replace(/\/p2p\/.*/, '')] };
  await writeFile(`${home}/config.json`, JSON.stringify(settings));
}
