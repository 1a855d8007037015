// Both sides of one join in a process of its own, which kills itself at the point that it is told: for tests of what
// the two homes hold after a crash.
import { systemClock } from '../../src/lib/clock.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { askingOf, invitationsOf, joiningOf, openSide, vouchingOf } from './invitations.ts';

const [, , point = '', text = '', hostHome = '', hostSeed = '', guestHome = '', guestSeed = ''] =
  process.argv;

const side = (home: string, seed: string) =>
  openSide(home, createIdentity(Buffer.from(seed, 'hex')), systemClock);
const dieAt = (name: string) => {
  if (name === point) process.kill(process.pid, 'SIGKILL');
};

const host = await side(hostHome, hostSeed);
const guest = await side(guestHome, guestSeed);

const invitations = invitationsOf(host, {
  async vouchFor(peer, creditMicrocredits) {
    dieAt('the inviter has bound the invitation');
    const vouch = await vouchingOf(host).vouchFor(peer, creditMicrocredits);
    dieAt('the inviter has signed its vouch');
    return vouch;
  },
  async takeVouch(envelope) {
    dieAt('the inviter has written its answer down');
    await vouchingOf(host).takeVouch(envelope);
    dieAt('the inviter has taken the vouch');
  },
});

const ask = askingOf(invitations, guest.identity);
const joining = joiningOf(
  guest,
  text,
  async (...call) => {
    dieAt('the invitee has written its vouch down');
    const answer = await ask(...call);
    dieAt('the answer is lost');
    return answer;
  },
  {
    async vouchFor(peer, creditMicrocredits) {
      const vouch = await vouchingOf(guest).vouchFor(peer, creditMicrocredits);
      dieAt('the invitee has signed its vouch');
      return vouch;
    },
    async takeVouch(envelope) {
      await vouchingOf(guest).takeVouch(envelope);
      dieAt('the invitee has taken the vouch');
    },
  },
);
await joining.start();
while (joining.view().state === 'waiting') await new Promise((resolve) => setTimeout(resolve, 20));
dieAt('both are done');
