// Judging: the tenant's outcome for every lease that has ended, given once. It depends on who caused the end, on whether
// the copy ran at all, and on whether it ended at once with an error.
import type { Ledger } from '../../ledger/ledger.ts';
import { type Clock, every } from '../../lib/clock.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import type { Reputation } from '../../reputation/facts/reputation.ts';
import { doingOf } from '../terms/causes.ts';
import { QUICK_EXIT_MS, RETRY_MS } from '../terms/parameters.ts';
import { type Instance, isOver, isSuperseded } from './deployment.ts';
import type { Deployments } from './deployments.ts';

export interface JudgingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Pick<Ledger, 'record'>;
  readonly deployments: Deployments;
  readonly reputation: Pick<Reputation, 'judge'>;
}

/** The outcome for a copy that has ended: empty if it was served well, a code for a breach, or undefined for none. */
export function wordOn({
  cause,
  runningSinceMs,
  endedAtMs,
  epochs,
  exitCode,
  givenUp,
}: Instance['row']): string | undefined {
  if (cause === '') return undefined;
  const doing = doingOf(cause);
  if (doing === 'breach') return cause;
  // That it came back before it was replaced does not make up for the time without it
  if (givenUp !== '') return doingOf(givenUp) === 'breach' ? givenUp : undefined;
  const served = runningSinceMs > 0 && epochs > 0;
  const failedAtOnce = doing === 'own' && exitCode !== 0 && endedAtMs - runningSinceMs < QUICK_EXIT_MS;
  return served && doing !== 'neither' && !failedAtOnce ? '' : undefined;
}

/** Gives each outcome, again and again until it is on disk. */
export function createJudging(parts: JudgingParts): Service {
  const { clock, log, deployments } = parts;
  const stopping = new AbortController();
  return {
    async start() {
      every({ clock, log, signal: stopping.signal }, RETRY_MS, async () => {
        for (const instance of deployments.instances())
          if (isDue(instance, clock.nowMs())) await judge(instance, parts);
      });
    },
    async stop() {
      stopping.abort();
    },
  };
}

/** A lease is judged once it is over, its last receipt has had time to come, or its place was taken. */
function isDue(instance: Instance, nowMs: number): boolean {
  const { judged, endedAtMs, state, cause } = instance.row;
  if (judged === 1) return false;
  const isBreach = cause !== '' && doingOf(cause) === 'breach';
  if (isOver(instance)) return isBreach || nowMs >= endedAtMs + RETRY_MS;
  return isSuperseded(instance) && (state === 'lost' || state === 'stopping');
}

async function judge(instance: Instance, { ledger, deployments, reputation }: JudgingParts): Promise<void> {
  const word = wordOn(instance.row);
  const lease = word === undefined ? undefined : await ledger.record('lease', instance.row.lease);
  if (word !== undefined && lease !== undefined) await reputation.judge(lease, word);
  await deployments.observe(instance, { judged: 1 });
}
