// Capacity is never given twice: every order in which tenants reserve, start and stop, the owner withdraws and offers anew,
// the engine shrinks and grows, and the process is killed, within bounds, on the code that runs.
import { describe, expect, it, vi } from 'vitest';
import { type Actor, actor, CapacityWorld, MUTANTS, type Mutant } from '../support/capacity-world.ts';

// A chain of beats takes longer than all the rest of a run, and nothing beats here
vi.mock(import('../../src/records/liveness.ts'), async (original) => {
  const real = await original();
  return { ...real, chainOf: (secret: Uint8Array) => real.chainOf(secret, 32) };
});

/** Steps of somebody, one after the other; those of different people come in any order. */
type Script = readonly ((world: CapacityWorld) => Promise<void>)[];

interface Scenario {
  readonly name: string;
  readonly scripts: readonly Script[];
}

const reserves = (who: Actor): Script => [(world) => world.reserve(who)];
const runs = (who: Actor): Script => [...reserves(who), (world) => world.start(who)];
const stops = (who: Actor): Script => [...runs(who), (world) => world.stop(who)];
const offersAnew: Script = [(world) => world.withdraw(), (world) => world.offer(2)];
const shrinks = (world: CapacityWorld) => world.resize(1);
const grows = (world: CapacityWorld) => world.resize(2);
const dies = (isHeard: boolean) => (world: CapacityWorld) => world.crash(isHeard);
const [one, two, three] = [actor(11, 1), actor(12, 1), actor(13, 2)];
const idler = actor(14, 2, true);

const isWide = process.env.TALLYMESH_STATES === 'wide';

/** Some seconds' worth of states; with TALLYMESH_STATES=wide a hundred times as many, which takes minutes. */
const SCENARIOS: readonly Scenario[] = isWide
  ? [
      { name: 'tenants that want more than there is', scripts: [stops(one), runs(two), reserves(three)] },
      { name: 'an owner that withdraws and offers anew', scripts: [stops(one), runs(three), offersAnew] },
      { name: 'preemptible capacity', scripts: [runs(idler), stops(one), reserves(two)] },
      {
        name: 'preemptible capacity of an offer that is withdrawn',
        scripts: [runs(idler), runs(one), offersAnew],
      },
      { name: 'an engine that shrinks', scripts: [stops(one), runs(two), [shrinks]] },
      { name: 'an engine that shrinks and grows', scripts: [runs(one), runs(two), [shrinks, grows]] },
      { name: 'an engine that shrinks under recall', scripts: [runs(idler), stops(one), [shrinks, grows]] },
      { name: 'a killed process, what it asked for heard', scripts: [stops(one), runs(three), [dies(true)]] },
      { name: 'a killed process, what it asked for lost', scripts: [runs(idler), stops(one), [dies(false)]] },
    ]
  : [
      { name: 'tenants that want more than there is', scripts: [stops(one), runs(three)] },
      { name: 'an owner that withdraws and offers anew', scripts: [runs(one), reserves(three), offersAnew] },
      { name: 'preemptible capacity', scripts: [runs(idler), runs(one)] },
      {
        name: 'preemptible capacity of an offer that is withdrawn',
        scripts: [runs(idler), reserves(one), offersAnew],
      },
      { name: 'an engine that shrinks', scripts: [runs(one), reserves(two), [shrinks]] },
      { name: 'an engine that shrinks and grows', scripts: [runs(one), reserves(two), [shrinks, grows]] },
      {
        name: 'a killed process, what it asked for heard',
        scripts: [runs(one), reserves(three), [dies(true)]],
      },
      {
        name: 'a killed process, what it asked for lost',
        scripts: [runs(idler), reserves(one), [dies(false)]],
      },
    ];

/** Every engine begins with two cpus, all of which are offered. */
const CPUS = 2;

/** A step: the next of a script, or the end of something under way. */
type Choice = { readonly script: number } | { readonly pending: number; readonly isWell: boolean };

interface Run {
  readonly world: CapacityWorld;
  readonly taken: number[];
  violation: string | undefined;
}

function choicesOf({ scripts }: Scenario, world: CapacityWorld, done: readonly number[]): Choice[] {
  const next = scripts.flatMap((script, i) => ((done[i] ?? 0) < script.length ? [{ script: i }] : []));
  const ends = world.pending().flatMap(({ canFail }, pending) => {
    const well: Choice = { pending, isWell: true };
    return canFail ? [well, { pending, isWell: false }] : [well];
  });
  return [...next, ...ends];
}

/** Does the steps of a path; what is promised is looked at after each. */
async function follow(scenario: Scenario, path: readonly Choice[], mutant: Mutant): Promise<Run> {
  const world = new CapacityWorld(CPUS, mutant);
  await world.open();
  await world.offer(CPUS);
  const run: Run = { world, taken: scenario.scripts.map(() => 0), violation: undefined };
  for (const choice of path) {
    const before = world.takenMillis();
    if ('script' in choice) {
      const at = run.taken[choice.script] ?? 0;
      run.taken[choice.script] = at + 1;
      await scenario.scripts[choice.script]?.[at]?.(world);
    } else await world.finish(choice.pending, choice.isWell);
    const now = world.takenMillis();
    // Only an engine that has just become smaller is over, and then nothing more is given
    if (now > world.capacityMillis() && now > before)
      run.violation = `${now} of ${world.capacityMillis()} is taken`;
  }
  return run;
}

/** What must hold when nothing is under way any more. */
function endsWell({ world }: Run): string | undefined {
  if (world.takenMillis() > world.capacityMillis())
    return `${world.takenMillis()} of ${world.capacityMillis()} is taken in the end`;
  return world.strays()[0];
}

interface Explored {
  readonly states: number;
  readonly violation: string | undefined;
}

/** Every state that can be reached; stops at the first that breaks a promise. */
async function explore(scenario: Scenario, mutant: Mutant = 'none'): Promise<Explored> {
  const seen = new Set<string>();
  const paths: Choice[][] = [[]];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const run = await follow(scenario, path, mutant);
    const state = `${run.taken.join()} ${run.world.fingerprint()}`;
    if (run.violation !== undefined)
      return { states: seen.size, violation: `${run.violation}, after ${JSON.stringify(path)}` };
    if (seen.has(state)) continue;
    seen.add(state);
    const choices = choicesOf(scenario, run.world, run.taken);
    const violation = choices.length === 0 ? endsWell(run) : undefined;
    if (violation !== undefined) return { states: seen.size, violation };
    for (const choice of choices) paths.push([...path, choice]);
  }
  return { states: seen.size, violation: undefined };
}

describe('capacity', () => {
  it.each(SCENARIOS)(
    'is given once, whatever comes when: $name',
    { timeout: isWide ? 900_000 : 120_000 },
    async (scenario) => {
      const { states, violation } = await explore(scenario);
      if (isWide) console.log(`${scenario.name}: ${states} states`);
      expect(violation).toBeUndefined();
      expect(states).toBeGreaterThan(50);
    },
  );

  it.each(MUTANTS)(
    'is seen to be given twice, or not to come back, where %s',
    { timeout: isWide ? 900_000 : 120_000 },
    async (mutant) => {
      const found: string[] = [];
      for (const scenario of SCENARIOS) {
        const { violation } = await explore(scenario, mutant);
        if (violation !== undefined) found.push(`${scenario.name}: ${violation}`);
        if (found.length > 0) break;
      }
      expect(found).not.toEqual([]);
    },
  );
});
