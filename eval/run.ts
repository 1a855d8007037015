// `npm run eval -- NAME [--data DIR] [--json FILE] [--quick] [--seed N]`: runs one evaluation on data that is no part of the
// repository, as `bench/run.ts` runs a bench. What is reported runs on the seeds from 6 on; seeds 1 to 5 are for choosing.
import { pathToFileURL } from 'node:url';
import { type Output, runBench } from '../bench/run.ts';
import { dataFolder, trustEval } from './trust.ts';

const REPORTED = '6';

/** Runs what the arguments ask for; resolves with the exit code. Data that is not there is skipped, and said. */
export async function runEval(given: readonly string[], output?: Output): Promise<number> {
  const { data, args } = withoutData(given);
  const seeded = args.includes('--seed') ? args : [...args, '--seed', REPORTED];
  return runBench(seeded, { trust: trustEval(dataFolder(data)) }, output);
}

/** Takes `--data DIR` out of the arguments; without it the folder is `TALLY_DATA`. */
function withoutData(args: readonly string[]): { data: string | undefined; args: string[] } {
  const at = args.indexOf('--data');
  if (at < 0) return { data: process.env.TALLY_DATA, args: [...args] };
  return { data: args[at + 1], args: args.toSpliced(at, 2) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await runEval(process.argv.slice(2));
