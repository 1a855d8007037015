import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { invitedSettings } from '../../src/home.ts';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { DAY_MS } from '../../src/lib/units.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { readInvitation } from '../../src/records/invitation-text.ts';
import { OPEN_INVITATIONS_MAX } from '../../src/reputation/facts/parameters.ts';
import { addressesToTell, type Invited } from '../../src/reputation/invitations/invitations.ts';
import type { JoiningParts } from '../../src/reputation/invitations/joining.ts';
import { type HandClock, handClock } from '../support/clock.ts';
import {
  ADDRESSES,
  askingOf,
  invitationsOf,
  joiningOf,
  openSide,
  type Side,
  someVouch,
  vouchesIn,
  vouchingOf,
} from '../support/invitations.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { NETWORK, NOW_MS, tenant, volunteer } from '../support/records.ts';

const POLL = { timeout: 20_000, interval: 20 };

const [inviter, invitee] = [volunteer, tenant];
const stranger = createIdentity();

async function side(identity: Identity, clock: HandClock = handClock()): Promise<Side> {
  const opened = await openSide(await temporaryHome(), identity, clock);
  onTestFinished(() => opened.ledger.close());
  return opened;
}

/** What a peer shows to join by an invitation. */
const shownBy = (who: Identity, { text }: Invited) => ({
  invitation: readInvitation(text).bytes,
  vouch: someVouch(who, inviter.peer, NOW_MS),
});

async function given(expiresInMs?: number) {
  const clock = handClock();
  const host = await side(inviter, clock);
  const invitations = invitationsOf(host);
  const terms = expiresInMs === undefined ? {} : { expiresInMs };
  const invited = await invitations.invite({ addresses: ADDRESSES, ...terms });
  return { clock, host, invitations, invited };
}

describe('an invitation', () => {
  it('is one line that says who invites, to which network, where and until when', async () => {
    const { invited } = await given(DAY_MS);
    expect(invited.text).toMatch(/^tally1[a-z2-7]+$/);
    const { body } = readInvitation(invited.text);
    expect({ ...body, salt: undefined }).toEqual({
      inviter: inviter.publicKey,
      network: NETWORK,
      salt: undefined,
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + DAY_MS,
      addresses: ADDRESSES,
    });
  });

  it('survives white space, line breaks and capitals, and no other change of a character', async () => {
    const { text, id } = (await given()).invited;
    const typed = text.toUpperCase().replace(/(.{40})/g, '$1\n ');
    expect(readInvitation(typed).id).toEqual(readInvitation(text).id);
    for (let at = 0; at < text.length; at += 7) {
      const other = text[at] === 'q' ? 'x' : 'q';
      const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      expect(() => readInvitation(changed), `at ${at} of ${id}`).toThrow(
        expect.objectContaining({ code: 'INVITATION_MALFORMED' }),
      );
    }
    for (const cut of ['', 'hello', text.slice(0, -1), `${text}a`, 'tally1', `tally1${'a'.repeat(9_000)}`]) {
      expect(() => readInvitation(cut)).toThrow(expect.objectContaining({ code: 'INVITATION_MALFORMED' }));
    }
  });

  it('leaves nothing of its secret with the inviter but its id', async () => {
    const { host, invited } = await given();
    const salt = Buffer.from(readInvitation(invited.text).body.salt);
    const table = host.ledger.table('invitations', (value) => value);
    const rows: [string, unknown][] = [];
    for await (const row of table.entries()) rows.push(row);
    expect(rows.map(([id]) => id)).toEqual([invited.id]);
    expect(JSON.stringify(rows)).not.toContain(salt.toString('hex'));
    expect(Object.keys(rows[0]![1] as object).sort()).toEqual([
      'boundAtMs',
      'creditMicrocredits',
      'expiresAtMs',
      'issuedAtMs',
      'peer',
      'vouch',
    ]);
  });

  it('needs addresses that are some', async () => {
    const { invitations } = await given();
    for (const addresses of [[], ['my house'], [...ADDRESSES, ''], Array(9).fill(ADDRESSES[0])]) {
      expect(await invitations.invite({ addresses }).catch(codeOf)).toBe('INVITATION_ADDRESSES');
    }
  });

  it('leaves out of an address what the invitation says anyway', async () => {
    const { invitations } = await given();
    const { addresses } = await invitations.invite({ addresses: [`${ADDRESSES[0]}/p2p/${inviter.peer}`] });
    expect(addresses).toEqual(ADDRESSES);
  });

  it('names loopback only where there is nothing else', () => {
    const loopback = '/ip4/127.0.0.1/tcp/1';
    const listening = [`${loopback}/p2p/12D3KooX`, '/ip4/10.0.0.2/tcp/1/p2p/12D3KooX'];
    expect(addressesToTell(listening)).toEqual(['/ip4/10.0.0.2/tcp/1']);
    expect(addressesToTell([`${loopback}/p2p/12D3KooX`])).toEqual([loopback]);
  });

  it('is one of so many that wait; those that expired make room and are forgotten in the end', async () => {
    const { clock, invitations } = await given(DAY_MS);
    for (let count = 1; count < OPEN_INVITATIONS_MAX; count += 1) {
      await invitations.invite({ addresses: ADDRESSES, expiresInMs: DAY_MS });
    }
    expect(await invitations.invite({ addresses: ADDRESSES }).catch(codeOf)).toBe('INVITATION_TOO_MANY');
    clock.pass(DAY_MS);
    await invitations.invite({ addresses: ADDRESSES });
    expect(await invitations.list()).toHaveLength(OPEN_INVITATIONS_MAX + 1);
    clock.pass(31 * DAY_MS);
    await invitations.invite({ addresses: ADDRESSES });
    expect((await invitations.list()).length).toBeLessThanOrEqual(2);
  });
});

describe('the inviter', () => {
  it('answers who shows the invitation with its vouch, and lists who used it', async () => {
    const { host, invitations, invited } = await given();
    expect(await invitations.list()).toMatchObject([{ id: invited.id, state: 'open' }]);
    await invitations.accept(invitee.peer, shownBy(invitee, invited));
    expect(await invitations.list()).toMatchObject([
      { id: invited.id, state: 'used', peer: invitee.peer, joinedAtMs: NOW_MS },
    ]);
    expect(await vouchesIn(host)).toEqual(
      [`${inviter.peer} for ${invitee.peer}`, `${invitee.peer} for ${inviter.peer}`].sort(),
    );
  });

  it('gives the same answer however often the same peer asks, after the invitation expired too', async () => {
    const { clock, invitations, invited } = await given(DAY_MS);
    const shown = shownBy(invitee, invited);
    const first = await invitations.accept(invitee.peer, shown);
    clock.pass(2 * DAY_MS);
    expect(await invitations.accept(invitee.peer, shown)).toEqual(first);
  });

  it('refuses everybody but the first peer that shows it', async () => {
    const { invitations, invited } = await given();
    await invitations.accept(invitee.peer, shownBy(invitee, invited));
    const second = invitations.accept(stranger.peer, shownBy(stranger, invited));
    expect(await second.catch(codeOf)).toBe('INVITATION_USED');
  });

  it('binds it to one of two that show it at the same time', async () => {
    const { invitations, invited } = await given();
    const answers = await Promise.allSettled(
      [invitee, stranger].map((who) => invitations.accept(who.peer, shownBy(who, invited))),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses one that has expired, and not a moment earlier', async () => {
    for (const [passed, expected] of [
      [DAY_MS - 1, 'used'],
      [DAY_MS, 'expired'],
    ] as const) {
      const { clock, invitations, invited } = await given(DAY_MS);
      clock.pass(passed);
      const answer = await invitations.accept(invitee.peer, shownBy(invitee, invited)).catch(codeOf);
      if (expected === 'expired') expect(answer).toBe('INVITATION_EXPIRED');
      expect(await invitations.list()).toMatchObject([{ state: expected }]);
    }
  });

  it('has bound it before it vouches', async () => {
    const host = await side(inviter);
    const states: unknown[] = [];
    const seen = invitationsOf(host);
    const invitations = invitationsOf(host, {
      vouchFor: async (peer, creditMicrocredits) => {
        states.push(...(await seen.list()));
        return vouchingOf(host).vouchFor(peer, creditMicrocredits);
      },
    });
    const invited = await invitations.invite({ addresses: ADDRESSES });
    await invitations.accept(invitee.peer, shownBy(invitee, invited));
    expect(states).toMatchObject([{ state: 'used', peer: invitee.peer }]);
  });

  it('keeps it for the peer that it is bound to when vouching fails', async () => {
    const host = await side(inviter);
    const failing = invitationsOf(host, {
      vouchFor: async () => {
        throw new Error('the disk is full');
      },
    });
    const invited = await failing.invite({ addresses: ADDRESSES });
    await expect(failing.accept(invitee.peer, shownBy(invitee, invited))).rejects.toThrow('the disk is full');
    const working = invitationsOf(host);
    expect(await working.accept(stranger.peer, shownBy(stranger, invited)).catch(codeOf)).toBe(
      'INVITATION_USED',
    );
    await working.accept(invitee.peer, shownBy(invitee, invited));
  });
});

describe('the invitee', () => {
  async function met() {
    const clock = handClock();
    const [host, guest] = [await side(inviter), await side(invitee, clock)];
    const invitations = invitationsOf(host);
    const { text } = await invitations.invite({ addresses: ADDRESSES });
    return { clock, guest, invitations, text, answer: askingOf(invitations, invitee) };
  }

  function start(guest: Side, text: string, ask: JoiningParts['ask']) {
    const joining = joiningOf(guest, text, ask);
    onTestFinished(() => joining.stop());
    return joining.start().then(() => joining);
  }

  it('asks the inviter at the addresses of the invitation, and has joined once it is answered', async () => {
    const { guest, text, answer } = await met();
    const asked: unknown[] = [];
    const joining = await start(guest, text, async (peer, addresses, shown, signal) => {
      asked.push({ peer, addresses });
      return answer(peer, addresses, shown, signal);
    });
    await vi.waitFor(() => expect(joining.view().state).toBe('joined'), POLL);
    expect(asked).toEqual([{ peer: inviter.peer, addresses: ADDRESSES }]);
    expect(await vouchesIn(guest)).toHaveLength(2);
  });

  it('asks again, later each time, with the same bytes, until it is answered', async () => {
    const { clock, guest, text, answer } = await met();
    const shownBytes: string[] = [];
    const joining = await start(guest, text, async (peer, addresses, shown, signal) => {
      shownBytes.push(Buffer.from(shown.vouch).toString('hex'));
      if (shownBytes.length < 4) throw new Error('the wire is cut');
      return answer(peer, addresses, shown, signal);
    });
    for (const [tries, waitMs] of [
      [1, 1_000],
      [2, 2_000],
      [3, 4_000],
    ] as const) {
      await vi.waitFor(() => expect(shownBytes).toHaveLength(tries), POLL);
      await vi.waitFor(() => {
        clock.pass(1);
        expect(joining.isWaiting()).toBe(true);
      }, POLL);
      clock.pass(waitMs);
    }
    await vi.waitFor(() => expect(joining.view().state).toBe('joined'), POLL);
    expect(new Set(shownBytes).size).toBe(1);
  });

  it('asks at once when the inviter is seen', async () => {
    const { guest, text, answer } = await met();
    let tries = 0;
    const joining = await start(guest, text, async (...call) => {
      tries += 1;
      if (tries === 1) throw new Error('away');
      return answer(...call);
    });
    await vi.waitFor(() => expect(joining.isWaiting()).toBe(true), POLL);
    joining.met(stranger.peer);
    expect(joining.isWaiting()).toBe(true);
    joining.met(inviter.peer);
    await vi.waitFor(() => expect(joining.view().state).toBe('joined'), POLL);
  });

  it('gives up when the inviter refuses for good, and says why after a restart too', async () => {
    const { guest, invitations, text, answer } = await met();
    const shown = {
      invitation: readInvitation(text).bytes,
      vouch: someVouch(stranger, inviter.peer, NOW_MS),
    };
    await invitations.accept(stranger.peer, shown);
    const joining = await start(guest, text, answer);
    const refused = { peer: inviter.peer, state: 'refused', code: 'INVITATION_USED', creditMicrocredits: 0 };
    await vi.waitFor(() => expect(joining.view()).toEqual(refused), POLL);
    await joining.stop();
    const again = await start(guest, text, () => expect.unreachable('it was refused for good'));
    expect(again.view()).toEqual(refused);
  });

  it('goes on asking when the code is its own, or one that time may heal', async () => {
    const { guest, text } = await met();
    for (const error of [
      new TallyError('INVITATION_USED'),
      new TallyError('BUDGET_SPENT', { remote: true }),
    ]) {
      const joining = await start(guest, text, async () => {
        throw error;
      });
      await vi.waitFor(() => expect(joining.isWaiting()).toBe(true), POLL);
      expect(joining.view()).toMatchObject({ state: 'waiting', code: '' });
      await joining.stop();
    }
  });

  it('is not satisfied with a vouch of another, or for another', async () => {
    const { guest, text } = await met();
    for (const vouch of [
      someVouch(stranger, invitee.peer, NOW_MS),
      someVouch(inviter, stranger.peer, NOW_MS),
      someVouch(inviter, invitee.peer, NOW_MS, 'other'),
      new Uint8Array([1, 2, 3]),
    ]) {
      const joining = await start(guest, text, async () => ({ vouch }));
      await vi.waitFor(() => expect(joining.isWaiting()).toBe(true), POLL);
      expect(joining.view().state).toBe('waiting');
      await joining.stop();
    }
    expect(await vouchesIn(guest)).toEqual([`${invitee.peer} for ${inviter.peer}`]);
  });

  it('makes a new vouch when its own expired while the inviter was away', async () => {
    const { clock, guest, text } = await met();
    const shownBytes: string[] = [];
    const away: JoiningParts['ask'] = async (_peer, _addresses, { vouch }) => {
      shownBytes.push(Buffer.from(vouch).toString('hex'));
      throw new Error('away');
    };
    for (const passed of [0, 1, 91 * DAY_MS]) {
      clock.pass(passed);
      const joining = await start(guest, text, away);
      await vi.waitFor(() => expect(joining.isWaiting()).toBe(true), POLL);
      await joining.stop();
    }
    expect(shownBytes[1]).toBe(shownBytes[0]);
    expect(shownBytes[2]).not.toBe(shownBytes[0]);
  });

  it('does not start with what is no invitation', async () => {
    const { guest, answer } = await met();
    expect(() => joiningOf(guest, 'tally1nonsense', answer)).toThrow(
      expect.objectContaining({ code: 'INVITATION_MALFORMED' }),
    );
  });
});

describe('settings by an invitation', () => {
  it('name the network and the inviter to find the others by, beside what was given', async () => {
    const { text } = (await given()).invited;
    const bootstrap = [`/ip4/192.0.2.1/tcp/1/p2p/${stranger.peer}`];
    expect(invitedSettings({ bootstrap, mdns: false }, ` ${text}\n`, NOW_MS)).toEqual({
      network: NETWORK,
      bootstrap: [...bootstrap, `${ADDRESSES[0]}/p2p/${inviter.peer}`],
      invite: text,
      inviteCreditMicrocredits: 10_000_000,
      mdns: false,
    });
  });

  it('are refused for one that has expired, is of another network, or is no invitation', async () => {
    const { text } = (await given(DAY_MS)).invited;
    const codes = [
      () => invitedSettings({}, text, NOW_MS + DAY_MS),
      () => invitedSettings({ network: 'other' }, text, NOW_MS),
      () => invitedSettings({}, text.slice(5), NOW_MS),
    ].map((make) => {
      try {
        return make();
      } catch (error) {
        return codeOf(error);
      }
    });
    expect(codes).toEqual(['INVITATION_EXPIRED', 'RECORD_WRONG_NETWORK', 'INVITATION_MALFORMED']);
  });
});
