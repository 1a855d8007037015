// tally init: makes a peer in a home folder.

import type { Command } from 'commander';
import type { Settings } from '../../config.ts';
import { showCredits } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { TALLY } from '../../lib/program.ts';
import { answer, contextOf } from '../context.ts';
import { parseCredits, parseListenPort } from '../quantities.ts';
import { list } from '../table.ts';

interface Options {
  readonly invite?: string;
  readonly credit?: number;
  readonly network?: string;
  readonly listen?: string[];
  readonly bootstrap?: string[];
  readonly apiPort?: number;
  readonly engine: boolean;
  readonly mdns: boolean;
}

/** Adds what it takes and does. */
export function addInit(init: Command): void {
  init
    .option('--invite <text>', `join by an invitation: the line that "${TALLY} invite" printed`)
    .option(
      '--credit <credits>',
      'with --invite: answer for your inviter with so much (default: 10); 0 lends nothing',
      parseCredits,
    )
    .option('--network <name>', 'network to join')
    .option('--listen <multiaddr...>', 'where other peers can reach it')
    .option('--bootstrap <multiaddr...>', 'peers to find the others by')
    .option('--api-port <port>', 'port of its API, 0 for a free one', parseListenPort)
    .option('--no-engine', 'do not use a container engine, and so do not offer')
    .option('--no-mdns', 'do not look for peers on this LAN, nor answer those who do')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const settings = settingsOf(options);
      const { createHome, invitedSettings } = await import('../../home.ts');
      const { invite, credit } = options;
      if (credit !== undefined && invite === undefined)
        command.error('error: --credit is what you answer for your inviter with; it needs --invite');
      const complete =
        invite === undefined ? settings : invitedSettings(settings, invite, systemClock.nowMs());
      const { peer } = await createHome(context.home, complete);
      answer(context, { peer, home: context.home }, () =>
        list({
          ...{ peer, home: context.home },
          lends: invite === undefined ? undefined : showCredit(complete.inviteCreditMicrocredits ?? 0),
          next: `${TALLY} up`,
        }),
      );
    });
}

/** The inviter's vouch says it, and comes with its answer. */
const LENT_TO_YOU = `What your inviter lends you is not in the invitation: "${TALLY} up" says it as soon as you have joined.`;

/** What the one who joins lets itself in for. */
function showCredit(microcredits: number): string {
  return microcredits === 0
    ? `nothing to your inviter. ${LENT_TO_YOU}`
    : `you answer for your inviter with ${showCredits(microcredits)}: half of that may be lent to it, by your peer and by those\n` +
        `that your peer served (--credit; later "${TALLY} trust add").\n${LENT_TO_YOU}`;
}

function settingsOf({ network, credit, listen, bootstrap, apiPort, engine, mdns }: Options): Settings {
  return {
    ...(network === undefined ? {} : { network }),
    ...(credit === undefined ? {} : { inviteCreditMicrocredits: credit }),
    ...(listen === undefined ? {} : { listen }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(apiPort === undefined ? {} : { api: { port: apiPort } }),
    ...(engine ? {} : { engine: { use: 'never' } }),
    ...(mdns ? {} : { mdns: false }),
  };
}
