// How long the credit of a deployment lasts, for people.
import type { Schemas } from '../api/client.ts';
import { showDuration } from '../lib/amounts.ts';
import { TALLY } from '../lib/program.ts';
import { HOUR_MS } from '../lib/units.ts';
import { shortPeer } from './deployment-id.ts';

/** What to know of a copy whose volunteer lends less than its term costs; undefined: it lends enough, or says nothing. */
export function showCredit(
  { instances, endsAtMs }: Schemas['Deployment'],
  nowMs: number,
): string | undefined {
  const short = instances.flatMap(
    ({ creditLeftMicrocredits: left, priceMicrocreditsPerHour: price, volunteer }) => {
      if (left === undefined || price === 0) return [];
      const coveredMs = (left / price) * HOUR_MS;
      return coveredMs < endsAtMs - nowMs ? [{ volunteer, coveredMs }] : [];
    },
  );
  const lines = short.map(({ volunteer, coveredMs }) => {
    const covered = `${shortPeer(volunteer)} lends this peer enough for about ${showDuration(coveredMs, 'down')}`;
    return `${covered}; then this copy ends (CREDIT_SPENT), and another volunteer is looked for`;
  });
  if (lines.length === 0) return undefined;
  return [
    ...lines,
    `to be lent more, ask its owner, or a peer that it trusts, to answer for this peer ("${TALLY} trust add")`,
  ].join('\n');
}
