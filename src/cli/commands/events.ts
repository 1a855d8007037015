// tally events: what happened at this peer.

import type { Command } from 'commander';
import { type ApiClient, allPages, type Schemas, watchEvents } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { print, printJson } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { type Context, contextOf } from '../context.ts';
import { findDeployment, shortId, shortPeer } from '../deployment-id.ts';
import { showReason } from '../deployment-text.ts';
import { peerBy } from '../peer-by.ts';
import { parseCount, parseWhen } from '../quantities.ts';

const TAIL = 20;

/** So many events a peer keeps. */
const MOST = 2_000;

type Event = Schemas['Event'];

interface Options {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: number;
  readonly kind?: string;
  readonly with?: string;
}

/** Adds what it takes and does. */
export function addEvents(events: Command): void {
  events
    .argument('[deployment]', 'only those of this deployment: its name, or the beginning of its id')
    .option('-f, --follow', 'continue with new events until Ctrl-C')
    .option(
      '--tail <count>',
      `how many earlier events to show (default: ${TAIL}, or all with --since)`,
      parseCount,
    )
    .option(
      '--since <time>',
      'only events from then on: 10m ago, or a time as in 2026-11-30T18:05Z',
      parseWhen,
    )
    .option('--kind <kind>', 'only events of this kind, as in copy.running, or copy for all of copies')
    .option('--with <peer>', 'only events with this peer, by its id or the end of its id')
    .action(async (given: string | undefined, options: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const { follow = false, since, tail = since === undefined ? TAIL : MOST } = options;
      const filter = await filterOf(client, given, options);
      const most = Math.min(tail, MOST);
      if (follow) {
        const { signal } = new AbortController();
        for await (const event of watchEvents(client, { ...filter, tail: most }, signal))
          tell(context, event);
        return;
      }
      const shown: Event[] = [];
      const pages = allPages((page) =>
        client.GET('/v1/events', { params: { query: { ...filter, ...page } } }),
      );
      for await (const event of pages) {
        if (shown.length >= most) break;
        shown.push(event);
      }
      for (const event of shown.reverse()) tell(context, event);
    });
}

async function filterOf(client: ApiClient, given: string | undefined, { since, kind, with: other }: Options) {
  return {
    ...(given === undefined ? {} : { deployment: (await findDeployment(client, given)).id }),
    ...(other === undefined ? {} : { peer: await peerBy(client, other) }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(kind === undefined ? {} : { kind }),
  };
}

function tell({ json }: Context, event: Event): void {
  if (json) printJson(event);
  else print(showEvent(event));
}

/** One line an event: when, what, of what, with whom, and why. */
export function showEvent(event: Event): string {
  const { atMs, kind, offer, deployment, replica, incarnation, lease, peer, cause, chargedMicrocredits } =
    event;
  const time = new Date(atMs).toLocaleTimeString('en-GB');
  const copy = replica === undefined ? '' : ` copy ${replica}.${incarnation ?? 1}`;
  const about = [
    offer === undefined ? '' : `offer ${shortId(offer)}`,
    deployment === undefined ? '' : `deployment ${shortId(deployment)}${copy}`,
    deployment === undefined && lease !== undefined ? `lease ${shortId(lease)}` : '',
    peer === undefined ? '' : `with ${shortPeer(peer)}`,
    chargedMicrocredits === undefined ? '' : `${showCredits(chargedMicrocredits)} in all`,
    cause === undefined ? '' : `(${cause})`,
    // Last, for it is somebody else's
    event.reason === undefined ? '' : showReason(event.reason, kind),
  ];
  return `${time}  ${kind.padEnd(20)}  ${about.filter((part) => part !== '').join(' ')}`;
}
