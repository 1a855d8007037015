// `npm run eval -- NAME [--data DIR] [--json FILE] [--quick] [--seed N]`: runs one evaluation on data that is no part of the
// repository, as `bench/run.ts` runs a bench. What is reported runs on the seeds from 6 on; seeds 1 to 5 are for choosing.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from '../bench/bench.ts';
import { type Output, runBench } from '../bench/run.ts';
import { attacksEval } from './attacks.ts';
import { trustEval } from './trust.ts';

const REPORTED = '6';

/** Runs what the arguments ask for; resolves with the exit code. Data that is not there is skipped, and said. */
export async function runEval(given: readonly string[], output?: Output): Promise<number> {
  const { data, args } = withoutData(given);
  const seeded = args.includes('--seed') ? args : [...args, '--seed', REPORTED];
  const folder = data === undefined ? undefined : join(data, 'trust');
  const evals = { attacks: ifThere(folder, attacksEval), trust: ifThere(folder, trustEval) };
  return runBench(seeded, evals, output);
}

/** The evaluation on the network in that folder, or one that says that there is none. */
function ifThere(folder: string | undefined, on: (folder: string) => Bench): Bench {
  const { summary, run } = on(folder ?? '');
  return {
    summary,
    async run(options) {
      if (folder !== undefined && (await isThere(folder))) return run(options);
      options.say('SKIPPED: the network is not there; name the folder with --data DIR or TALLY_DATA.');
      return [];
    },
  };
}

function isThere(folder: string): Promise<boolean> {
  return access(join(folder, 'soc-sign-bitcoinotc.csv')).then(
    () => true,
    () => false,
  );
}

/** Takes `--data DIR` out of the arguments; without it the folder is `TALLY_DATA`. */
function withoutData(args: readonly string[]): { data: string | undefined; args: string[] } {
  const at = args.indexOf('--data');
  if (at < 0) return { data: process.env.TALLY_DATA, args: [...args] };
  return { data: args[at + 1], args: args.toSpliced(at, 2) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await runEval(process.argv.slice(2));
