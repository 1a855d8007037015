// How long a person waits for `tally`: `help`, `ps` with one deployment, and `run`, beside an empty Node process
// (`node -e 0`), all in turns. `run` is a real bid that a volunteer takes, from the start of the program until it says
// that the container runs; the engine is the one in memory, so what Docker takes is left out (the bench `placement` has
// it). The peers live in the process of the bench, on the same processors. Measured are a clone, which runs the
// sources, and `…-installed`, which has what the package ships; code is compiled already, but for `firstMs`.
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Schemas } from '../src/api/client.ts';
import { end } from '../src/cli/demo/deployments.ts';
import { output } from '../src/cli/demo/programs.ts';
import type { Bench } from './bench.ts';
import { type CliPeer, type CliPeers, IMAGE, startCliPeers } from './support/cli-peers.ts';
import { median } from './support/figures.ts';
import { compared, type Row, round } from './support/report.ts';

/** Rounds with compiled code, and with an empty cache of it. */
const ROUNDS = { full: { warm: 40, first: 10 }, quick: { warm: 3, first: 1 } } as const;

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** A way to start `tally`. */
interface Form {
  /** What the names of its cases end in. */
  readonly suffix: string;
  readonly bin: string;
}

/** One call of `tally`, again and again. */
interface Case {
  readonly name: string;
  readonly bin: string;
  readonly args: readonly string[];
  readonly warmMs: number[];
  readonly overEmptyMs: number[];
  readonly firstMs: number[];
}

/** The bench `cli`. */
export const cliBench: Bench = {
  summary: 'how long tally takes, beside an empty Node process',
  async run({ isQuick, say }) {
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    say('building the package and starting a volunteer and two tenants');
    const forms = [
      { suffix: '', bin: join(PROJECT, 'bin/tally.js') },
      await installed(join(folder, 'installed')),
    ];
    const peers = await startCliPeers(folder, undo);
    const cases = forms.flatMap((form) => casesOf(form, peers));
    const { warm, first } = ROUNDS[isQuick ? 'quick' : 'full'];
    const emptyMs: number[] = [];
    say(`${warm} rounds of ${cases.length} cases, and ${first} with nothing compiled`);
    const kept = join(folder, 'kept');
    // The first of everything is slow: a round goes unmeasured, and leaves the code compiled.
    for (const each of cases) await timed(each, peers.placing, kept);
    for (let count = 0; count < warm; count += 1) {
      const { ms: empty } = await timedNode(['-e', '0'], kept);
      emptyMs.push(empty);
      for (const each of cases) {
        const ms = await timed(each, peers.placing, kept);
        each.warmMs.push(ms);
        each.overEmptyMs.push(ms - empty);
      }
    }
    for (let count = 0; count < first; count += 1)
      for (const each of cases) {
        const fresh = await mkdtemp(join(folder, 'fresh-'));
        each.firstMs.push(await timed(each, peers.placing, fresh));
      }
    return cases.flatMap((each) => rowsOf(each, median(emptyMs)));
  },
};

function casesOf({ suffix, bin }: Form, { settled, placing }: CliPeers): Case[] {
  const calls = {
    help: ['--help'],
    ps: ['--home', settled.home, 'ps'],
    run: ['--home', placing.home, '--json', 'run', '--detach', IMAGE],
  };
  return Object.entries(calls).map(([name, args]) => ({
    ...{ name: `${name}${suffix}`, bin, args },
    ...{ warmMs: [], overEmptyMs: [], firstMs: [] },
  }));
}

/** The package as it is once installed: compiled, below a `node_modules` that has what it depends on. */
async function installed(folder: string): Promise<Form> {
  const own = join(folder, 'node_modules/tallymesh');
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const project = join(PROJECT, 'tsconfig.build.json');
  await output(process.execPath, [compiler, '-p', project, '--outDir', join(own, 'dist')]);
  for (const part of ['bin', 'package.json'])
    await cp(join(PROJECT, part), join(own, part), { recursive: true });
  const packages = join(PROJECT, 'node_modules');
  for (const name of await readdir(packages))
    await symlink(join(packages, name), join(folder, 'node_modules', name));
  return { suffix: '-installed', bin: join(own, 'bin/tally.js') };
}

/** Milliseconds of one call. What it placed is ended before the next one, outside of them. */
async function timed({ bin, args }: Case, placing: CliPeer, cache: string): Promise<number> {
  const { ms, said } = await timedNode([bin, ...args], cache);
  if (args.includes('run')) await end(placing, (JSON.parse(said) as Schemas['Deployment']).id);
  return ms;
}

/** How long Node takes with these arguments, and what it says; code that it compiles is kept in the folder. */
async function timedNode(args: readonly string[], cache: string): Promise<{ ms: number; said: string }> {
  const env = { PATH: process.env.PATH, HOME: cache, XDG_CACHE_HOME: cache };
  const startMs = performance.now();
  const said = await output(process.execPath, args, { env });
  return { ms: performance.now() - startMs, said };
}

function rowsOf({ name, warmMs, overEmptyMs, firstMs }: Case, emptyMs: number): Row[] {
  const row = (metric: string, value: number, n: number) => ({
    ...{ case: name, metric, value: round(value), unit: 'ms', n },
  });
  return [
    compared(row('ms', median(warmMs), warmMs.length), 'empty Node process', emptyMs),
    row('overEmptyNodeMs', median(overEmptyMs), overEmptyMs.length),
    compared(row('firstMs', median(firstMs), firstMs.length), 'empty Node process', emptyMs),
  ];
}
