// How the tenant rates the volunteers, before and after.
import { allItems, type Schemas } from '../../../api/client.ts';
import type { Cast, Scene } from '../scene.ts';
import { until } from '../wait.ts';

/** Scores by peer id. */
export type Scores = ReadonlyMap<string, Schemas['TrustScore']>;

/** The scores that the tenant has now. */
async function scoresOf({ tenant }: Cast): Promise<Scores> {
  const scores = await allItems((query) => tenant.client.GET('/v1/trust', { params: { query } }));
  return new Map(scores.map((score) => [score.peer, score]));
}

/** The scores once every lease that ended is counted in them. */
export async function settledScores(cast: Cast, leases: number, signal: AbortSignal): Promise<Scores> {
  return until(
    'the outcome of every lease',
    async () => {
      const scores = await scoresOf(cast);
      const counted = [...scores.values()].reduce((sum, { good, bad }) => sum + good + bad, 0);
      return counted >= leases && scores;
    },
    signal,
  );
}

/** A line for every volunteer. */
export function tellReputations({ teller, report }: Scene, cast: Cast, before: Scores, after: Scores): void {
  teller.step('Reputation, which the tenant computes from its own receipts and outcomes');
  const quality = (scores: Scores, peer: string) => scores.get(peer)?.quality ?? 0;
  report.reputation = cast.volunteers.map(({ peer }) => ({
    peer,
    before: quality(before, peer),
    after: quality(after, peer),
  }));
  for (const { name, peer } of cast.volunteers) {
    const { good = 0, bad = 0, standing = 0 } = after.get(peer) ?? {};
    const change = `${quality(before, peer).toFixed(2)} → ${quality(after, peer).toFixed(2)}`;
    teller.figure(name, `quality ${change}  served ${good}, failed ${bad}, standing ${standing.toFixed(2)}`);
  }
}
