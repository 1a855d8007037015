// A process that holds both sides of a join is killed at every step; the next one brings it home.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { readInvitation } from '../../src/records/invitation-text.ts';
import {
  ADDRESSES,
  askingOf,
  invitationsOf,
  joiningOf,
  openSide,
  someVouch,
  vouchesIn,
} from '../support/invitations.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { NETWORK } from '../support/records.ts';

const POLL = { timeout: 20_000, interval: 20 };

const JOINER = fileURLToPath(new URL('../support/joiner.ts', import.meta.url));

interface Home {
  readonly identity: Identity;
  readonly home: string;
}

const someHome = async (): Promise<Home> => ({ identity: createIdentity(), home: await temporaryHome() });
const argumentsOf = ({ identity, home }: Home) => [home, Buffer.from(identity.seed).toString('hex')];

/** Makes an invitation of the host, and closes its ledger again. */
async function inviteFrom({ identity, home }: Home): Promise<string> {
  const side = await openSide(home, identity, systemClock);
  const { text } = await invitationsOf(side).invite({ addresses: ADDRESSES });
  await side.ledger.close();
  return text;
}

async function killedAt(point: string, text: string, host: Home, guest: Home): Promise<void> {
  const args = [JOINER, point, text, ...argumentsOf(host), ...argumentsOf(guest)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

it.each([
  'the invitee has signed its vouch',
  'the invitee has written its vouch down',
  'the inviter has bound the invitation',
  'the inviter has signed its vouch',
  'the inviter has written its answer down',
  'the inviter has taken the vouch',
  'the answer is lost',
  'the invitee has taken the vouch',
  'both are done',
])('a kill when %s costs a repeat: the same two are joined, and nobody else', async (point) => {
  const [host, guest] = [await someHome(), await someHome()];
  const text = await inviteFrom(host);
  await killedAt(point, text, host, guest);

  const hostSide = await openSide(host.home, host.identity, systemClock);
  const guestSide = await openSide(guest.home, guest.identity, systemClock);
  const invitations = invitationsOf(hostSide);
  const joining = joiningOf(guestSide, text, askingOf(invitations, guest.identity));
  await joining.start();
  await vi.waitFor(() => expect(joining.view()).toMatchObject({ state: 'joined' }), POLL);
  await joining.stop();

  const [inviter, invitee] = [host.identity.peer, guest.identity.peer];
  expect(await invitations.list()).toMatchObject([{ state: 'used', peer: invitee }]);
  const both = [`${inviter} for ${invitee}`, `${invitee} for ${inviter}`].sort();
  expect([await vouchesIn(hostSide), await vouchesIn(guestSide)]).toEqual([both, both]);
  const thief = createIdentity();
  const shown = {
    invitation: readInvitation(text).bytes,
    vouch: someVouch(thief, inviter, systemClock.nowMs()),
  };
  expect(await invitations.accept(thief.peer, shown).catch(codeOf)).toBe('INVITATION_USED');

  for (const { ledger } of [hostSide, guestSide]) await ledger.close();
  for (const { home } of [host, guest]) {
    expect(await verifyLedger(home, NETWORK)).toMatchObject({ ok: true, problems: [] });
  }
});
