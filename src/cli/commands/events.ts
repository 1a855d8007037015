// tally events: what happened at this peer.

import type { Command } from 'commander';
import { answerOf, type Schemas, watchEvents } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { print, printJson } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { type Context, contextOf } from '../context.ts';
import { shortId, shortPeer } from '../deployment-id.ts';
import { parseCount } from '../quantities.ts';

const TAIL = 20;
const PAGE_MAX = 500;

type Event = Schemas['Event'];

interface Options {
  readonly follow?: boolean;
  readonly tail: number;
}

/** Adds what it takes and does. */
export function addEvents(events: Command): void {
  events
    .option('-f, --follow', 'continue with new events until Ctrl-C')
    .option('--tail <count>', 'how many earlier events to show, at most 500', parseCount, TAIL)
    .action(async ({ follow = false, tail }: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      if (follow) {
        for await (const event of watchEvents(client, Math.min(tail, PAGE_MAX), neverAborts()))
          tell(context, event);
        return;
      }
      const limit = Math.min(tail, PAGE_MAX);
      if (limit === 0) return;
      const { items } = await answerOf(client.GET('/v1/events', { params: { query: { limit } } }));
      for (const event of items.toReversed()) tell(context, event);
    });
}

function neverAborts(): AbortSignal {
  return new AbortController().signal;
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
    event.reason === undefined ? '' : `as it is said: ${event.reason}`,
  ];
  return `${time}  ${kind.padEnd(20)}  ${about.filter((part) => part !== '').join(' ')}`;
}
