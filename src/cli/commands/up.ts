// tally up: runs the peer of a home until it is told to stop.

import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { countOf } from '../../lib/amounts.ts';
import { isTerminal, printError } from '../../lib/terminal.ts';
import type { Peer } from '../../peer.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { countBuffersAsHeap } from '../heap.ts';
import { OwnerLog, showStart, showStop } from '../owner-log.ts';
import { list } from '../table.ts';

interface Options {
  readonly log?: 'people' | 'json';
}

/** Adds what it takes and does. */
export function addUp(up: Command): void {
  up.addOption(
    new Option(
      '--log <form>',
      'form of the log: sentences for people, or JSON lines (default: people on a terminal, else json)',
    ).choices(['people', 'json']),
  ).action(async ({ log }: Options, command: Command) => {
    countBuffersAsHeap();
    const context = contextOf(command);
    const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    const forPeople = log === undefined ? isTerminal('stderr') && !context.json : log === 'people';
    const [{ openPeer }, { createErrorLog }] = await Promise.all([
      import('../../peer.ts'),
      import('../../lib/log.ts'),
    ]);
    const running = await openPeer(context.home, forPeople ? { log: createErrorLog(say) } : {});
    showPeer(context, running);
    const stopTelling = forPeople ? tellOwner(running) : () => [];
    await Promise.race([told, running.stopAsked]);
    const lastWords = stopTelling();
    await running.stop();
    for (const line of lastWords) printError(line);
  });
}

function showPeer(context: Context, { peer, network, apiUrl, owner, ...running }: Peer): void {
  const addresses = running.addresses();
  const { engine, offers, leases } = owner.facts();
  const living = leases.filter(({ state }) => state !== 'ended');
  answer(context, { peer, apiUrl, addresses }, () =>
    list({
      ...{ peer, network, api: apiUrl, docs: `${apiUrl}/docs`, addresses: addresses.join('\n'), engine },
      lends: `${countOf(offers.length, 'offer')}, ${countOf(living.length, 'lease')}`,
    }),
  );
}

/** Tells the owner what happens until the returned function is called; that returns the last lines: what stays. */
function tellOwner({ owner }: Peer): () => string[] {
  const telling = new AbortController();
  const log = new OwnerLog(() => owner.facts());
  for (const line of showStart(owner.facts())) printError(line);
  const tell = async () => {
    for await (const event of owner.events(telling.signal)) {
      const sentence = log.tell(event);
      if (sentence !== undefined) say(sentence);
    }
  };
  tell().catch((error: unknown) => say(`Error: ${error}`));
  return () => {
    telling.abort();
    return showStop(owner.facts());
  };
}

/** A sentence with the time of day before it. */
function say(sentence: string): void {
  printError(`${new Date().toLocaleTimeString('en-GB')}  ${sentence}`);
}
