// Joins that no honest peer attempts, over real connections.
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { joinProtocol } from '../../src/overlay/protocols/join.ts';
import { assemble, signRecord, stateBody } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import type { InvitationBody } from '../../src/records/invitation.ts';
import { readInvitation } from '../../src/records/invitation-text.ts';
import { ADDRESSES, invitationsOf, openSide, someVouch, vouchesIn } from '../support/invitations.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { startPeer } from '../support/overlay.ts';
import { NETWORK } from '../support/records.ts';

/** An inviter that answers over its overlay, and an invitation of its. */
async function attacked() {
  const identity = createIdentity();
  const side = await openSide(await temporaryHome(), identity, systemClock);
  onTestFinished(() => side.ledger.close());
  const invitations = invitationsOf(side);
  const overlay = await startPeer({
    network: NETWORK,
    identity,
    prepare: (each) => each.serve(joinProtocol, (peer, shown) => invitations.accept(peer, shown)),
  });
  const { text } = await invitations.invite({ addresses: ADDRESSES });
  const { bytes, body } = readInvitation(text);

  /** Has a peer of its own connection show these bytes. */
  const show = async (who: Identity, invitation: Uint8Array, vouch = vouchOf(who)) => {
    const peer = await startPeer({ network: NETWORK, identity: who });
    await peer.learn(identity.peer, overlay.addresses());
    return peer.request(joinProtocol, identity.peer, { invitation, vouch });
  };
  const vouchOf = (who: Identity, network = NETWORK) =>
    someVouch(who, identity.peer, systemClock.nowMs(), network);
  const state = async () => (await invitations.list())[0];
  return { side, identity, invitation: bytes, body, show, vouchOf, state };
}

const refusedWith = (code: string) => ({ code, details: { remote: true } });

describe('an invitation', () => {
  it('that was stolen after its use is of no use', async () => {
    const { invitation, show, state } = await attacked();
    const [guest, thief] = [createIdentity(), createIdentity()];
    await show(guest, invitation);
    await expect(show(thief, invitation)).rejects.toMatchObject(refusedWith('INVITATION_USED'));
    expect(await state()).toMatchObject({ state: 'used', peer: guest.peer });
  });

  it('is of no use with a vouch that was overheard: the vouch must be of who is connected', async () => {
    const { invitation, show, vouchOf, state } = await attacked();
    const [guest, thief] = [createIdentity(), createIdentity()];
    const shown = show(thief, invitation, vouchOf(guest));
    await expect(shown).rejects.toMatchObject(refusedWith('INVITATION_VOUCH'));
    expect(await state()).toMatchObject({ state: 'open' });
  });

  it('that the inviter did not sign is unknown to it', async () => {
    const { body, identity, show, side } = await attacked();
    const forger = createIdentity();
    const own = signRecord('invitation', { ...body, inviter: forger.publicKey }, forger);
    const changed: InvitationBody = { ...body, expiresAtMs: body.expiresAtMs + 1 };
    const inItsName = assemble(stateBody('invitation', changed), [new Uint8Array(64).fill(7)]);
    for (const { bytes } of [own, inItsName]) {
      await expect(show(forger, bytes)).rejects.toMatchObject(refusedWith('INVITATION_UNKNOWN'));
    }
    expect(await vouchesIn(side)).toEqual([]);
    expect(identity.peer).not.toBe(forger.peer);
  });

  it('with another signature over its body is refused, and stays open', async () => {
    const { body, show, state } = await attacked();
    const forged = assemble(stateBody('invitation', body), [new Uint8Array(64).fill(7)]);
    const shown = show(createIdentity(), forged.bytes);
    await expect(shown).rejects.toMatchObject(refusedWith('SIGNATURE_INVALID'));
    expect(await state()).toMatchObject({ state: 'open' });
  });

  it('or a vouch of another network is refused, and nothing is bound', async () => {
    const { body, identity, invitation, show, vouchOf, state } = await attacked();
    const foreign = signRecord('invitation', { ...body, network: 'other' }, identity);
    await expect(show(createIdentity(), foreign.bytes)).rejects.toMatchObject(
      refusedWith('RECORD_WRONG_NETWORK'),
    );
    const guest = createIdentity();
    await expect(show(guest, invitation, vouchOf(guest, 'other'))).rejects.toMatchObject(
      refusedWith('RECORD_WRONG_NETWORK'),
    );
    expect(await state()).toMatchObject({ state: 'open' });
  });

  it('that is rubbish or oversized is refused before anything is looked up', async () => {
    const { show, state } = await attacked();
    await expect(show(createIdentity(), new Uint8Array(64))).rejects.toMatchObject(
      refusedWith('RECORD_MALFORMED'),
    );
    await expect(show(createIdentity(), new Uint8Array(5_000))).rejects.toMatchObject(
      refusedWith('RECORD_MALFORMED'),
    );
    await expect(show(createIdentity(), new Uint8Array(10_000))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });
    expect(await state()).toMatchObject({ state: 'open' });
  });

  it('is not guessed by asking often: a peer may ask only so often', async () => {
    const { identity, body, show } = await attacked();
    const guesser = createIdentity();
    const guess = () =>
      signRecord('invitation', { ...body, salt: crypto.getRandomValues(new Uint8Array(16)) }, identity);
    const codes: string[] = [];
    for (let count = 0; count <= joinProtocol.budget.burst; count += 1) {
      await show(guesser, guess().bytes).catch(({ code }: { code: string }) => codes.push(code));
    }
    expect(codes[0]).toBe('INVITATION_UNKNOWN');
    expect(codes.at(-1)).toBe('BUDGET_SPENT');
  });
});
