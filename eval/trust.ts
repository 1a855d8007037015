// How well quality tells honest traders from frauds in the Bitcoin OTC network, as its own users would see it: the area
// under the ROC curve over labels that the ratings used cannot have leaked to (trust/leak-free.ts), and whether the sign
// of the next rating is foreseen from all before it (trust/time-split.ts). Left out: time within the past (nothing
// fades), and what a peer can fetch at all (here everybody has all evidence).
import type { Bench } from '../bench/bench.ts';
import { leakFreeRows } from './trust/leak-free.ts';
import { readOtc } from './trust/otc.ts';
import { timeSplitRows } from './trust/time-split.ts';

/** The evaluation `trust` on the network in this folder. */
export function trustEval(folder: string): Bench {
  return {
    summary: 'frauds told from honest traders in a real trust network',
    async run(options) {
      const otc = await readOtc(folder);
      return [...leakFreeRows(otc, options), ...timeSplitRows(otc, options)];
    },
  };
}
