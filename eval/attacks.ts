// Attackers in the Bitcoin OTC network, as some of its users see them: swarms (attacks/swarm.ts) and others
// (attacks/singles.ts), beside PageRank, EigenTrust and mean rating on the same ratings. Left out: time, signatures, and
// that an invented lease has to be signed by both.
import type { Bench } from '../bench/bench.ts';
import { Scene } from './attacks/scene.ts';
import { singleRows } from './attacks/singles.ts';
import { swarmRows } from './attacks/swarm.ts';
import { readOtc } from './trust/otc.ts';

const SEEDS = 5;

/** The evaluation `attacks` on the network in this folder. */
export function attacksEval(folder: string): Bench {
  return {
    summary: 'what attackers gain in a real trust network',
    async run(options) {
      const otc = await readOtc(folder);
      const seeds = Array.from({ length: options.isQuick ? 1 : SEEDS }, (_, i) => options.seed + i);
      const scenes = seeds.map((seed) => new Scene(otc, seed));
      return [...swarmRows(scenes, options), ...singleRows(scenes, options.say)];
    },
  };
}
