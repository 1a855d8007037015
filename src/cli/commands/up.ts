// tally up: runs the peer of a home until it is told to stop.
import { once } from 'node:events';
import type { Command } from 'commander';
import { answer, contextOf } from '../context.ts';
import { list } from '../table.ts';

/** Adds what it takes and does. */
export function addUp(up: Command): void {
  up.action(async (_, command: Command) => {
    const context = contextOf(command);
    const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    const { openPeer } = await import('../../peer.ts');
    const running = await openPeer(context.home);
    const { peer, apiUrl } = running;
    const addresses = running.addresses();
    answer(context, { peer, apiUrl, addresses }, () =>
      list({ peer, api: apiUrl, docs: `${apiUrl}/docs`, addresses: addresses.join('\n') }),
    );
    await told;
    await running.stop();
  });
}
