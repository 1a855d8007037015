// The verbs of tally: what the help says of each, and where its code is. Code is loaded when its verb is asked for, so
// that nobody waits for the libraries of another one.
import type { Command } from 'commander';

/** One verb. */
export interface Verb {
  readonly name: string;
  /** What it does, as the help says it. */
  readonly does: string;
  /** Loads its code: what adds arguments, options and the action to its command. */
  readonly load: () => Promise<(verb: Command) => void>;
}

/** All verbs, in the order of the help. */
export const VERBS: readonly Verb[] = [
  {
    name: 'init',
    does: 'make a peer: its key, its tokens and its settings',
    load: async () => (await import('./commands/init.ts')).addInit,
  },
  {
    name: 'up',
    does: 'run the peer until SIGINT or SIGTERM; containers go on without it',
    load: async () => (await import('./commands/up.ts')).addUp,
  },
  {
    name: 'doctor',
    does: 'look at what a peer needs, and say what to do where something is missing',
    load: async () => (await import('./commands/doctor.ts')).addDoctor,
  },
  {
    name: 'invite',
    does: 'invite one other peer: each then vouches for the other',
    load: async () => (await import('./commands/invite.ts')).addInvite,
  },
  {
    name: 'offer',
    does: 'offer resources of this machine; prices are credits per hour',
    load: async () => (await import('./commands/offer.ts')).addOffer,
  },
  {
    name: 'pause',
    does: 'take all offers off the market until "resume"; running leases go on',
    load: async () => (await import('./commands/pause.ts')).addPause,
  },
  {
    name: 'resume',
    does: 'bring the offers back that "pause" took off the market',
    load: async () => (await import('./commands/resume.ts')).addResume,
  },
  {
    name: 'evict',
    does: 'end leases that run on this machine, now',
    load: async () => (await import('./commands/evict.ts')).addEvict,
  },
  {
    name: 'leave',
    does: 'lend nothing any more: end offers and leases, stop the peer, remove what it made in the engine',
    load: async () => (await import('./commands/leave.ts')).addLeave,
  },
  {
    name: 'market',
    does: 'list the offers that this peer knows of',
    load: async () => (await import('./commands/market.ts')).addMarket,
  },
  {
    name: 'run',
    does: "run a container on a volunteer's machine",
    load: async () => (await import('./commands/run.ts')).addRun,
  },
  {
    name: 'ps',
    does: 'list what this peer runs on others',
    load: async () => (await import('./commands/ps.ts')).addPs,
  },
  {
    name: 'logs',
    does: 'show what a container wrote, its errors on standard error',
    load: async () => (await import('./commands/logs.ts')).addLogs,
  },
  {
    name: 'stop',
    does: 'end a deployment; its entry and its receipts stay',
    load: async () => (await import('./commands/stop.ts')).addStop,
  },
  {
    name: 'events',
    does: 'show what happened: offers, leases, copies, receipts',
    load: async () => (await import('./commands/events.ts')).addEvents,
  },
  {
    name: 'top',
    does: 'show the leases that this peer gives and takes, and what they use',
    load: async () => (await import('./commands/top.ts')).addTop,
  },
  {
    name: 'earnings',
    does: 'what others owe this peer for what it served, and what it owes',
    load: async () => (await import('./commands/earnings.ts')).addEarnings,
  },
  {
    name: 'credit',
    does: 'what peers may owe this one and what they do, or why one of them may owe so much',
    load: async () => (await import('./commands/credit.ts')).addCredit,
  },
  {
    name: 'ledger',
    does: 'what was agreed and paid',
    load: async () => (await import('./commands/ledger.ts')).addLedger,
  },
  {
    name: 'key',
    does: 'who this peer is, and a copy of its key',
    load: async () => (await import('./commands/key.ts')).addKey,
  },
  {
    name: 'trust',
    does: 'what this peer thinks of others, and why',
    load: async () => (await import('./commands/trust.ts')).addTrust,
  },
  {
    name: 'demo',
    does: 'see it work on this machine: five peers, a volunteer killed and replaced, everything paid for',
    load: async () => (await import('./commands/demo.ts')).addDemo,
  },
];
