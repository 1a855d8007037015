// `npm run bench -- NAME [--json FILE] [--quick] [--seed N]`: runs one bench, prints a table, writes JSON when asked.
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { cliBench } from './cli.ts';
import { clientsBench } from './clients.ts';
import { imagesBench } from './images.ts';
import { ledgerBench } from './ledger.ts';
import { matchBench } from './match.ts';
import { placementBench } from './placement.ts';
import { reputationBench } from './reputation.ts';
import { softwareBench } from './software.ts';
import { faultsIn, reportOf, showReport } from './support/report.ts';
import { tunnelBench } from './tunnel.ts';

/** The benches by name. */
const BENCHES: Readonly<Record<string, Bench>> = {
  cli: cliBench,
  clients: clientsBench,
  images: imagesBench,
  ledger: ledgerBench,
  match: matchBench,
  placement: placementBench,
  reputation: reputationBench,
  software: softwareBench,
  tunnel: tunnelBench,
};

/** Exit codes: all well, something failed or was found wrong, wrong usage. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Where a run speaks to; tests hand in their own. */
export interface Output {
  /** For people who read the result. */
  readonly line: (text: string) => void;
  /** For people who wait. */
  readonly note: (text: string) => void;
}

const CONSOLE: Output = { line: (text) => console.log(text), note: (text) => console.error(text) };

interface Wanted {
  readonly bench: Bench;
  readonly name: string;
  readonly isQuick: boolean;
  readonly seed: number;
  readonly json: string | undefined;
}

/** Runs what the arguments ask for; resolves with the exit code, never rejects. */
export async function runBench(
  args: readonly string[],
  benches: Readonly<Record<string, Bench>> = BENCHES,
  { line, note }: Output = CONSOLE,
): Promise<number> {
  const wanted = understand(args, benches);
  if (typeof wanted === 'string') {
    note(wanted);
    note(usage(benches));
    return EXIT.usage;
  }
  const { bench, name, isQuick, seed, json } = wanted;
  try {
    const report = await reportOf(name, seed, await bench.run({ isQuick, seed, say: note }));
    line(showReport(report));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    const faults = faultsIn(report.rows);
    for (const { case: of, metric, value } of faults) note(`${of}: ${value} ${metric}`);
    return faults.length > 0 ? EXIT.failed : EXIT.ok;
  } catch (error) {
    note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.failed;
  }
}

/** What the arguments ask for, or what is wrong with them. */
function understand(args: readonly string[], benches: Readonly<Record<string, Bench>>): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'string' }, quick: { type: 'boolean' }, seed: { type: 'string' } },
    });
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) return 'Name one bench.';
    const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
    if (bench === undefined) return `There is no bench "${name}".`;
    const { seed = '1', json, quick = false } = values;
    if (!/^\d{1,9}$/.test(seed)) return 'A seed is a whole number of at most nine digits.';
    return { bench, name, isQuick: quick, seed: Number(seed), json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function usage(benches: Readonly<Record<string, Bench>>): string {
  const names = Object.entries(benches).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`);
  return ['npm run bench -- NAME [--json FILE] [--quick] [--seed N]', ...names].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await runBench(process.argv.slice(2));
