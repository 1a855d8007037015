// tally init: makes a peer in a home folder.

import type { Command } from 'commander';
import type { Settings } from '../../config.ts';
import { showCredits } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { TALLY } from '../../lib/program.ts';
import { ask } from '../ask.ts';
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
  readonly allowRoot?: boolean;
  readonly mdns: boolean;
}

/** Adds what it takes and does. */
export function addInit(init: Command): void {
  init
    .option('--invite <text>', `join with an invitation: the line that "${TALLY} invite" printed`)
    .option(
      '--credit <credits>',
      'with --invite: the credit with which you answer for your inviter (default: 10); 0 lends nothing',
      parseCredits,
    )
    .option('--network <name>', 'name of the network to join')
    .option('--listen <multiaddr...>', 'addresses at which other peers can reach this peer')
    .option('--bootstrap <multiaddr...>', 'peers through which this peer finds the others')
    .option('--api-port <port>', 'port of the API; 0 chooses a free port', parseListenPort)
    .option('--no-engine', 'do not use a container engine; this peer then cannot offer resources')
    .option(
      '--allow-root',
      'let images of tenants be root inside their containers; most public images start as root',
    )
    .option(
      '--no-allow-root',
      'never let them (default: allowed where the engine makes another user of root outside)',
    )
    .option('--no-mdns', 'do not look for peers on this LAN, and do not answer peers that look')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const settings = settingsOf({ ...options, ...(await askRoot(options, context.json)) });
      const { createHome, invitedSettings } = await import('../../home.ts');
      const { invite, credit } = options;
      if (credit !== undefined && invite === undefined)
        command.error(
          'error: --credit needs --invite: it is the credit with which you answer for your inviter',
        );
      const complete =
        invite === undefined ? settings : invitedSettings(settings, invite, systemClock.nowMs());
      const { peer } = await createHome(context.home, complete);
      answer(context, { peer, home: context.home }, () =>
        list({
          ...{ peer, home: context.home },
          lends: invite === undefined ? undefined : showCredit(complete.inviteCreditMicrocredits ?? 0),
          next: `${TALLY}${homeOption(command)} up`,
        }),
      );
    });
}

/** As it was typed: what comes next is meant for the same home. */
function homeOption(command: Command): string {
  const { home } = command.optsWithGlobals<{ home?: string }>();
  if (home === undefined) return '';
  return ` --home ${/^[\w./~-]+$/.test(home) ? home : `'${home.replaceAll("'", "'\\''")}'`}`;
}

const ROOT_QUESTION =
  'Most public images begin as root inside their container, with a few rights over their own files and no rights on this machine.\n' +
  'If you allow that, more tenants can use your offers; if the kernel has a fault, root inside a container does more harm.\n' +
  'Let images be root inside their containers? [y/N, Enter: only where the engine makes another user of it] ';

/** Asked of who sits at the terminal and has not said it; no answer leaves it to the engine. */
async function askRoot(
  { engine, allowRoot }: Options,
  isForProgram: boolean,
): Promise<Pick<Options, 'allowRoot'>> {
  if (!engine || allowRoot !== undefined || isForProgram) return {};
  const answered = await ask(ROOT_QUESTION);
  if (answered === undefined || answered === '') return {};
  return { allowRoot: ['y', 'yes'].includes(answered) };
}

/** The vouch of the inviter says it, and arrives with its answer. */
const LENT_TO_YOU = `The invitation does not say what your inviter lends you: "${TALLY} up" says it as soon as you have joined.`;

/** What the peer that joins commits itself to. */
function showCredit(microcredits: number): string {
  return microcredits === 0
    ? `nothing to your inviter. ${LENT_TO_YOU}`
    : `you answer for your inviter with ${showCredits(microcredits)}: your peer, and the peers that it has served, may lend it half\n` +
        `of that (change it with --credit, or later with "${TALLY} trust add").\n${LENT_TO_YOU}`;
}

function settingsOf(options: Options): Settings {
  const { network, credit, listen, bootstrap, apiPort, engine, allowRoot, mdns } = options;
  const use = engine ? {} : { use: 'never' as const };
  const root = allowRoot === undefined ? {} : { allowRoot };
  return {
    ...(network === undefined ? {} : { network }),
    ...(credit === undefined ? {} : { inviteCreditMicrocredits: credit }),
    ...(listen === undefined ? {} : { listen }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(apiPort === undefined ? {} : { api: { port: apiPort } }),
    ...(engine && allowRoot === undefined ? {} : { engine: { ...use, ...root } }),
    ...(mdns ? {} : { mdns: false }),
  };
}
