// `npm run sim -- NAME [--json FILE] [--quick] [--seed N]`: runs one simulation, as `bench/run.ts` runs a bench. What is
// reported runs on the seeds from 6 on; seeds 1 to 5 are for choosing.
import { runBench } from '../bench/run.ts';
import { economySim, newcomersSim } from './economy.ts';
import { forksSim } from './forks.ts';

const REPORTED = '6';
const args = process.argv.slice(2);
const seeded = args.includes('--seed') ? args : [...args, '--seed', REPORTED];
process.exitCode = await runBench(seeded, { forks: forksSim, economy: economySim, newcomers: newcomersSim });
