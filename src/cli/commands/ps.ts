// tally ps: the deployments of this peer.

import type { Command } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showCredits, showTime } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { showCredit } from '../credit-text.ts';
import { shortId, shortPeer } from '../deployment-id.ts';
import {
  agreedPrice,
  isOver,
  latestCopies,
  paintState,
  saysOf,
  showFetches,
  showState,
} from '../deployment-text.ts';
import { showWaiting } from '../match-text.ts';
import { forwardsOf, showForward } from '../port-options.ts';
import { table } from '../table.ts';

const HEADS = [
  'id',
  'name',
  'image',
  'state',
  'copies',
  'volunteers',
  'ports',
  'address',
  'price',
  'charged',
];

/** Adds what it takes and does. */
export function addPs(ps: Command): void {
  ps.option('-a, --all', 'list also deployments that have ended').action(
    async ({ all = false }: { all?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const known = await allItems((query) => client.GET('/v1/deployments', { params: { query } }));
      const shown = all ? known : known.filter((each) => !isOver(each));
      const forwards = context.json ? [] : await forwardsOf(client);
      const waiting = context.json ? [] : await showAllWaiting(client, shown);
      answer(context, shown, () =>
        shown.length === 0
          ? 'No deployment runs.'
          : [
              tableOf(shown, forwards),
              ...waiting,
              ...shown.flatMap(showHealthFailures),
              ...shown.flatMap(creditOf),
            ].join('\n\n'),
      );
    },
  );
}

/** For each deployment with a copy that has no place, why that is and what to do. */
async function showAllWaiting(
  client: ApiClient,
  deployments: readonly Schemas['Deployment'][],
): Promise<string[]> {
  const waiting = deployments.flatMap(({ id, name, waiting: why }) =>
    why === undefined ? [] : [{ called: calledBy({ id, name }), why }],
  );
  if (waiting.length === 0) return [];
  const { peer } = await answerOf(client.GET('/v1/peer'));
  return waiting.map(({ called, why }) => `${called} waits for a volunteer. ${showWaiting(why, peer)}`);
}

/** How long the credit of a deployment lasts, once it is low. */
function creditOf(deployment: Schemas['Deployment']): string[] {
  const isLow = deployment.instances.some(({ cause }) => cause === 'CREDIT_LOW');
  const credit = isLow ? showCredit(deployment, systemClock.nowMs()) : undefined;
  return credit === undefined ? [] : [`The credit of ${calledBy(deployment)} is low (CREDIT_LOW): ${credit}`];
}

/** Why the health checks of copies fail, a line for each that does: what follows the colon is somebody else's. */
export function showHealthFailures(deployment: Schemas['Deployment']): string[] {
  const called = calledBy(deployment);
  return latestCopies(deployment).flatMap(({ healthFailure, replica }) => {
    const copy = deployment.replicas === 1 ? called : `copy ${replica} of ${called}`;
    return healthFailure === undefined ? [] : [`The health check of ${copy} fails. ${saysOf(healthFailure)}`];
  });
}

function calledBy({ id, name }: Pick<Schemas['Deployment'], 'id' | 'name'>): string {
  return name === '' ? shortId(id) : name;
}

/** With the names of their volumes, where some have any. */
function tableOf(
  deployments: readonly Schemas['Deployment'][],
  forwards: readonly Schemas['Forward'][],
): string {
  const rows = deployments.map((each) => rowOf(each, forwards));
  if (deployments.every(({ volumes }) => volumes.length === 0)) return table(HEADS, rows);
  const named = deployments.map(({ volumes }) => volumes.map(({ name }) => name).join(' '));
  return table(
    [...HEADS, 'volumes'],
    rows.map((row, index) => [...row, named[index] ?? '']),
  );
}

function rowOf(deployment: Schemas['Deployment'], forwards: readonly Schemas['Forward'][]): string[] {
  const { id, name, image, replicas, running, priceMicrocreditsPerHour } = deployment;
  const price = isOver(deployment) ? agreedPrice(deployment) : priceMicrocreditsPerHour;
  return [
    ...[
      shortId(id),
      name,
      image.name,
      paintState(deployment.state, [showState(deployment), ...showFetches(deployment)].join(': ')),
    ],
    ...[`${running}/${replicas}`, showVolunteers(deployment), showPorts(deployment, forwards)],
    deployment.addresses.map(({ url }) => url).join('\n'),
    `${showCredits(price)}/h`,
    showCredits(deployment.chargedMicrocredits),
  ];
}

/** The ports of its containers, those that a port of this machine leads to with that. */
function showPorts({ id, ports }: Schemas['Deployment'], forwards: readonly Schemas['Forward'][]): string {
  const own = forwards.filter(({ deployment }) => deployment === id);
  const others = ports.filter((port) => !own.some((each) => each.port === port));
  return [...own.map(showForward), ...others].join(' ');
}

/** The volunteer of the latest copy of every replica and of old ones that may still run, with what is out of order. */
function showVolunteers(deployment: Schemas['Deployment']): string {
  const latest = latestCopies(deployment);
  const shown = deployment.instances.filter((each) => latest.includes(each) || each.overlapUntilMs);
  return shown.map(showCopy).join(' ');
}

function showCopy(copy: Schemas['Instance']): string {
  const { volunteer, state, overlapUntilMs } = copy;
  // A copy that was never started once more and has no check is plain
  const isPlain =
    state === 'running' && copy.cause === '' && copy.health === undefined && copy.restarts === 0;
  const until = overlapUntilMs === undefined ? '' : `, may run until ${showTime(overlapUntilMs)}`;
  return shortPeer(volunteer) + (isPlain ? '' : ` (${showState(copy)}${until})`);
}
