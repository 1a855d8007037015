// tally leave: this machine stops lending, and nothing of the peer stays in its engine.

import { type Command, Option } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { countOf, showCredits, showTime } from '../../lib/amounts.ts';
import { TallyError } from '../../lib/errors.ts';
import { TALLY } from '../../lib/program.ts';
import { printError } from '../../lib/terminal.ts';
import { SECOND_MS } from '../../lib/units.ts';
import type { Offline } from '../../peer.ts';
import { ask } from '../ask.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { isOver } from '../deployment-text.ts';
import { failureOf } from '../exit.ts';
import { givenLeases, livingLeases } from '../given-leases.ts';
import { parseDuration } from '../quantities.ts';
import { until } from '../until.ts';
import { endEach, showEvictions } from './evict.ts';

interface Options {
  readonly wait?: boolean;
  readonly now?: boolean;
  readonly purge?: boolean;
  readonly yes?: boolean;
  readonly settle: number;
}

/** What was done. */
interface Left {
  readonly offers: number;
  readonly evicted: number;
  /** What tenants did not sign in time. */
  readonly unsignedMicrocredits: number;
  readonly unsignedBy: readonly string[];
  /** Removed at the end. */
  readonly containers: number;
  readonly hasEngine: boolean;
  readonly purged: boolean;
  /** What else is in the home folder, which stays. */
  readonly foreign: readonly string[];
}

/** A tenant that can be reached is reported to every two seconds. */
const SETTLE_MS = 20 * SECOND_MS;

const STOP_MS = 30 * SECOND_MS;

/** Adds what it takes and does. */
export function addLeave(leave: Command): void {
  leave
    .option('--wait', 'first let the leases run to their end')
    .option('--now', 'end the leases now, which breaks them')
    .addOption(
      new Option('--settle <time>', 'how long to wait for the last signatures of the tenants')
        .argParser(parseDuration)
        .default(SETTLE_MS, '20s'),
    )
    .option('--purge', 'also remove the home folder: key, ledger and trust')
    .option('--yes', 'do not ask for confirmation')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      if (options.wait && options.now) command.error('error: use --wait or --now, not both');
      const { openOffline } = await import('../../peer.ts');
      const offline = openOffline(context.home);
      const client = await runningPeer(context.home);
      const left =
        client === undefined
          ? await leaveStopped(offline, options)
          : await leaveRunning(client, offline, options);
      answer(context, left, () => showLeft(context.home, left));
    });
}

/** A client of the home's peer; undefined where none runs, or one was killed. */
async function runningPeer(home: string): Promise<ApiClient | undefined> {
  try {
    const { client } = await connect(home);
    const { engine } = await answerOf(client.GET('/v1/health'));
    // Leases would end, and their containers stay
    if (engine === 'down') throw new TallyError('ENGINE_UNREACHABLE');
    return client;
  } catch (error) {
    if (failureOf(error)?.code === 'PEER_UNREACHABLE') return undefined;
    throw error;
  }
}

async function leaveRunning(client: ApiClient, offline: Offline, options: Options): Promise<Left> {
  await requireNoDeployments(client);
  const { paused } = await answerOf(client.GET('/v1/volunteering'));
  // First, so that no lease begins after the question
  await setPaused(client, true);
  const ends = await decide(client, options).catch(async (error: unknown) => {
    await setPaused(client, paused);
    throw error;
  });
  if (ends === 'wait') await untilEnded(client);
  const evicted = await endEach(client, await livingLeases(client), false);
  const offers = await withdrawAll(client);
  const unsigned = await settle(client, options.settle);
  await setPaused(client, false);

  await client.POST('/v1/stop');
  await until('the peer stops', STOP_MS, () => offline.isStopped());
  return {
    ...(await remove(offline, options)),
    ...{ offers, evicted: evicted.length, purged: options.purge === true },
    unsignedMicrocredits: unsigned.reduce((all, { unsignedMicrocredits: each }) => all + each, 0),
    unsignedBy: [...new Set(unsigned.map(({ tenant }) => tenant))],
  };
}

const setPaused = (client: ApiClient, paused: boolean) =>
  answerOf(client.PUT('/v1/volunteering', { body: { paused } }));

/** How leases are to end. Throws what says that nothing is to be done. */
async function decide(client: ApiClient, options: Options): Promise<'wait' | 'now'> {
  const living = await livingLeases(client);
  const ends = living.length === 0 ? 'now' : await chooseEnd(client, living, options);
  if (options.purge) await confirmPurge(await lossOf(client), options);
  return ends;
}

/** Nobody is told by a peer that is stopped: its leases are then lost to their tenants. */
async function leaveStopped(offline: Offline, options: Options): Promise<Left> {
  const found = await offline.countContainers();
  if (found > 0 && !options.now)
    throw new TallyError('LEASES_RUN', {
      containers: found,
      reason: `the peer is stopped; start it with "${TALLY} up" so that the tenants are told, or use --now`,
    });
  if (options.purge) await confirmPurge('', options);
  const removed = await remove(offline, options);
  const nothing = { offers: 0, evicted: 0, unsignedMicrocredits: 0, unsignedBy: [] };
  return { ...nothing, ...removed, purged: options.purge === true };
}

async function remove(
  offline: Offline,
  { purge = false }: Options,
): Promise<Pick<Left, 'containers' | 'hasEngine' | 'foreign'>> {
  const removed = await offline.clearEngine();
  const foreign = purge ? await offline.removeHome() : [];
  return { containers: removed ?? 0, hasEngine: removed !== undefined, foreign };
}

/** What this peer runs on others would be orphaned. */
async function requireNoDeployments(client: ApiClient): Promise<void> {
  const known = await allItems((query) => client.GET('/v1/deployments', { params: { query } }));
  const running = known.filter((each) => !isOver(each));
  if (running.length > 0) throw new TallyError('DEPLOYMENTS_RUN', { deployments: running.length });
}

/** Whether leases that run are waited for or ended: as the options say, or as whoever sits there says. */
async function chooseEnd(
  client: ApiClient,
  living: readonly Schemas['Lease'][],
  { wait, now, yes }: Options,
): Promise<'wait' | 'now'> {
  if (wait) return 'wait';
  if (now && yes) return 'now';
  const lastEndsAtMs = Math.max(...living.map(({ endsAtMs }) => endsAtMs));
  printError(showEvictions(await endEach(client, living, true)));
  printError(
    `\n${countOf(living.length, 'lease')} must end. The last one ends by itself at ${showTime(lastEndsAtMs)}.`,
  );
  const typed = now
    ? await ask('End them now? That breaks the leases marked as a breach. [yes/no] ')
    : await ask('Wait until they end, end them now, or change nothing? [wait/now/no] ');
  if (typed === 'now' || (now && typed === 'yes')) return 'now';
  if (typed === 'wait' && !now) return 'wait';
  throw new TallyError('LEASES_RUN', { leases: living.length, last: showTime(lastEndsAtMs) });
}

/** What goes with a ledger, in words. */
async function lossOf(client: ApiClient): Promise<string> {
  const earnings = await allItems((query) => client.GET('/v1/earnings', { params: { query } }));
  const sum = (sign: 1 | -1) =>
    earnings.reduce((all, { owedMicrocredits }) => all + Math.max(0, sign * owedMicrocredits), 0);
  return `By its ledger, others owe this peer ${showCredits(sum(1))}, and it owes others ${showCredits(sum(-1))}. `;
}

async function confirmPurge(loss: string, { yes = false }: Options): Promise<void> {
  printError(
    `The home folder will be removed for ever: the key, and with it the peer id and its reputation, the ledger and the ` +
      `tokens. ${loss}Only a file of "${TALLY} key backup", made before, can bring the peer id back.`,
  );
  if (!yes && (await ask('Remove the home folder? [yes/no] ')) !== 'yes')
    throw new TallyError('PURGE_UNCONFIRMED');
}

async function untilEnded(client: ApiClient): Promise<void> {
  const noneIsLeft = async () => (await livingLeases(client)).length === 0;
  await until(
    `the leases end (Ctrl-C stops waiting; then "${TALLY} resume" brings the offers back)`,
    undefined,
    noneIsLeft,
  );
}

async function withdrawAll(client: ApiClient): Promise<number> {
  const offers = await allItems((query) => client.GET('/v1/offers', { params: { query } }));
  for (const { series } of offers)
    await client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
  return offers.length;
}

/** Waits for tenants to sign what was measured; what they did not. */
async function settle(client: ApiClient, withinMs: number): Promise<Schemas['Lease'][]> {
  const unsigned = async () =>
    (await givenLeases(client)).filter(({ unsignedMicrocredits }) => unsignedMicrocredits > 0);
  const isSigned = async () => (await unsigned()).length === 0;
  await until('the tenants sign for the service that they received', withinMs, isSigned);
  return unsigned();
}

/** What of the peer is in the engine, where it has one. */
function showCleared({ containers, hasEngine }: Left): string[] {
  if (!hasEngine) return [];
  const removed = containers === 0 ? '' : ` (${countOf(containers, 'container')} removed at the end)`;
  return [
    `The engine no longer has a container, network or firewall rule of this peer${removed}. Images stay: they are yours.`,
  ];
}

function showLeft(home: string, left: Left): string {
  const { offers, evicted, unsignedMicrocredits, unsignedBy, purged, foreign } = left;
  const unsigned = `${showCredits(unsignedMicrocredits)} stay unsigned, by ${unsignedBy.map(shortPeer).join(', ')}.`;
  const rest =
    foreign.length === 0 ? '' : ` These files are not of the peer, so they stay: ${foreign.join(', ')}.`;
  return [
    `This peer lends nothing now. ${countOf(offers, 'offer')} withdrawn, ${countOf(evicted, 'lease')} ended.`,
    ...(unsignedMicrocredits > 0 ? [unsigned] : []),
    ...showCleared(left),
    purged
      ? `${home} is removed.${rest}`
      : `${home} stays, with key and ledger: "${TALLY} up" starts the peer again, "${TALLY} leave --purge" removes the folder.`,
  ].join('\n');
}
