// The verbs of tally: what the help says about each, and where its code is. The code of a verb is loaded when the verb
// is used, so that nobody waits for the libraries of another verb.
import type { Verb } from './verb.ts';

/** All verbs, in the order of the help. */
export const VERBS: readonly Verb[] = [
  {
    name: 'init',
    does: 'create a peer: its key, its tokens and its settings',
    load: async () => (await import('./commands/init.ts')).addInit,
  },
  {
    name: 'up',
    does: 'run the peer until SIGINT or SIGTERM; its containers keep running without it',
    load: async () => (await import('./commands/up.ts')).addUp,
  },
  {
    name: 'doctor',
    does: 'check what a peer needs, and say what to do when something is missing',
    load: async () => (await import('./commands/doctor.ts')).addDoctor,
  },
  {
    name: 'invite',
    does: 'invite another peer: each of the two then vouches for the other',
    load: async () => (await import('./commands/invite.ts')).addInvite,
  },
  {
    name: 'offer',
    does: 'offer resources of this machine; prices are credits per hour',
    load: async () => (await import('./commands/offer.ts')).addOffer,
  },
  {
    name: 'pause',
    does: 'take all offers off the market until "resume"; running leases continue',
    load: async () => (await import('./commands/pause.ts')).addPause,
  },
  {
    name: 'resume',
    does: 'bring back the offers that "pause" took off the market',
    load: async () => (await import('./commands/resume.ts')).addResume,
  },
  {
    name: 'evict',
    does: 'end leases that run on this machine, now',
    load: async () => (await import('./commands/evict.ts')).addEvict,
  },
  {
    name: 'leave',
    does: 'stop lending: end offers and leases, stop the peer, and remove what it created in the engine',
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
    name: 'images',
    does: 'list, add and remove the images that this peer can send to volunteers',
    load: async () => (await import('./commands/images.ts')).addImages,
  },
  {
    name: 'ps',
    does: 'list the deployments of this peer',
    load: async () => (await import('./commands/ps.ts')).addPs,
  },
  {
    name: 'forward',
    does: 'lead a port of this machine to a port of a deployment, or list such forwards',
    load: async () => (await import('./commands/forward.ts')).addForward,
  },
  {
    name: 'open',
    does: 'open a deployment in the browser, or print its address',
    load: async () => (await import('./commands/open.ts')).addOpen,
  },
  {
    name: 'logs',
    does: 'show the output of the containers of a deployment',
    load: async () => (await import('./commands/logs.ts')).addLogs,
  },
  {
    name: 'inspect',
    does: 'show what happened to a deployment or a lease, step by step, and why it does not run',
    load: async () => (await import('./commands/inspect.ts')).addInspect,
  },
  {
    name: 'stats',
    does: 'show what each copy uses of cpu, memory and tunnels',
    load: async () => (await import('./commands/stats.ts')).addStats,
  },
  {
    name: 'exec',
    does: 'run a program in a container beside its own; with a terminal where there is one here',
    load: async () => (await import('./commands/exec.ts')).addExec,
  },
  {
    name: 'cp',
    does: 'copy files and folders out of a container, or into it',
    load: async () => (await import('./commands/cp.ts')).addCp,
  },
  {
    name: 'stop',
    does: 'end a deployment; "ps --all" still lists it, and its receipts stay',
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
    does: 'show what others owe this peer for its service, and what this peer owes them',
    load: async () => (await import('./commands/earnings.ts')).addEarnings,
  },
  {
    name: 'credit',
    does: 'show how much other peers may owe this peer and how much they owe, or explain the limit of one peer',
    load: async () => (await import('./commands/credit.ts')).addCredit,
  },
  {
    name: 'ledger',
    does: 'show, check, prove, back up and repair the signed receipts',
    load: async () => (await import('./commands/ledger.ts')).addLedger,
  },
  {
    name: 'key',
    does: 'show the id of this peer, or back up and restore its key',
    load: async () => (await import('./commands/key.ts')).addKey,
  },
  {
    name: 'trust',
    does: 'show how this peer rates other peers and why, and vouch for them',
    load: async () => (await import('./commands/trust.ts')).addTrust,
  },
  {
    name: 'completion',
    does: 'print the script by which bash or zsh complete verbs, options and names',
    load: async () => (await import('./commands/completion.ts')).completionOf(VERBS),
  },
  {
    name: 'demo',
    does: 'show Tallymesh at work on this machine: five peers, and a volunteer that is killed and replaced',
    load: async () => (await import('./commands/demo.ts')).addDemo,
  },
];
