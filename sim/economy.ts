// Whether volunteering pays and what lenders lose, in whole economies of home machines: 2,000 peers over 90 days. Machines,
// their comings and goings and the workload are drawn from published data (docs/simulation.md); matching, lending and the
// weighing of words are the product's, and so are the headers that honest peers sign. Left out: messages (a reservation
// takes the round trips to those that are asked, while a step is three hours), epochs shorter than a quarter hour, containers
// that are started anew when a tenant was away, and gossip: evidence arrives once a day.
import type { Bench, BenchOptions } from '../bench/bench.ts';
import { median } from '../bench/support/figures.ts';
import { type Row, round } from '../bench/support/report.ts';
import { NEWCOMER_SHARE } from '../src/reputation/facts/parameters.ts';
import type { Game, Outcome } from './economy/play.ts';
import { SCENARIOS } from './economy/scenarios.ts';
import { type Job, playAll } from './economy/side-by-side.ts';

const FULL = { peers: 2_000, days: 90, countsFromDay: 30, newcomerShare: NEWCOMER_SHARE };
const QUICK = { peers: 100, days: 20, countsFromDay: 10, newcomerShare: NEWCOMER_SHARE };
const SEEDS = 5;

/** Newcomers' pools to choose from, as shares of what is offered; the last is no limit at all. */
const SHARES = [0.0025, 0.005, 0.01, 0.02, 0.04, 1_000];
const CHOOSING = { ...FULL, peers: 1_000, days: 45 };
const CHOICE_SEEDS = 3;

/** The simulation `economy`. */
export const economySim: Bench = {
  summary: 'what serving is worth, and what lenders lose, with nine kinds of attackers',
  async run(options: BenchOptions) {
    const game = options.isQuick ? QUICK : FULL;
    const seeds = options.isQuick ? 1 : SEEDS;
    return playCases(
      SCENARIOS.map(({ name }) => ({ name, scenario: name, game })),
      seeds,
      options,
    );
  },
};

/** The simulation `newcomers`. */
export const newcomersSim: Bench = {
  summary: 'how large the pool for newcomers is to be: what they wait, and what a swarm of 1,000 keys takes',
  async run(options: BenchOptions) {
    const game = options.isQuick ? QUICK : CHOOSING;
    const cases = SHARES.flatMap((newcomerShare) =>
      ['free-riders', 'sybil-swarm'].map((scenario) => ({
        ...{ name: `${scenario}-${newcomerShare > 1 ? 'unlimited' : `${newcomerShare * 100}pc`}`, scenario },
        game: { ...game, newcomerShare },
      })),
    );
    return playCases(cases, options.isQuick ? 1 : CHOICE_SEEDS, options);
  },
};

interface Case {
  readonly name: string;
  readonly scenario: string;
  readonly game: Omit<Game, 'seed'>;
}

async function playCases(cases: readonly Case[], seeds: number, { seed, say }: BenchOptions): Promise<Row[]> {
  const jobs: (Job & { readonly of: string })[] = Array.from({ length: seeds }, (_, at) => at).flatMap((at) =>
    cases.map(({ name: of, scenario: name, game }) => ({ of, name, game: { ...game, seed: seed + at } })),
  );
  const started = performance.now();
  const outcomes = await playAll(jobs, ({ name, game }, outcome) => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    say(
      `${seconds} s: ${name}, pools of ${game.newcomerShare}, seed ${game.seed}: ${JSON.stringify(outcome)}`,
    );
  });
  return cases.flatMap(({ name }) =>
    rowsOf(
      name,
      outcomes.filter((_, at) => jobs[at]?.of === name),
    ),
  );
}

function rowsOf(name: string, outcomes: readonly Outcome[]): Row[] {
  const all = (metric: keyof Outcome) => outcomes.map((outcome) => outcome[metric]);
  const row = (metric: string, unit: string, value: number): Row => ({
    ...{ case: name, metric, value: round(value), unit, n: outcomes.length },
  });
  const ratios = outcomes.map(({ utility, freeRiderUtility }) => utility / freeRiderUtility);
  const hasFreeRiders = ratios.every(Number.isFinite);
  return [
    row('utility', '', median(all('utility'))),
    row('newcomerUtility', '', median(all('newcomerUtility'))),
    ...(hasFreeRiders ? [row('utilityRatio', '', median(ratios))] : []),
    ...(hasFreeRiders ? [row('utilityRatioWorst', '', Math.min(...ratios))] : []),
    row('lossOverBound', '', Math.max(...all('lossOverBound'))),
    row('totalLoss', 'credits', median(all('totalLoss'))),
    row('lossShare', '', median(all('lossShare'))),
    row('takenADay', 'credits', median(all('takenADay'))),
    row('takenShare', '', median(all('takenShare'))),
    row('newcomerWaitHours', 'h', median(all('newcomerWaitHours'))),
    row('newcomerWaitP90Hours', 'h', median(all('newcomerWaitP90Hours'))),
    row('askedALease', '', median(all('askedALease'))),
    row('reserveP50Ms', 'ms', median(all('reserveP50Ms'))),
    row('reserveP90Ms', 'ms', median(all('reserveP90Ms'))),
    row('falseConvictions', '', Math.max(...all('falseConvictions'))),
  ];
}
