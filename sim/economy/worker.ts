// Plays games that it is sent, one after the other, beside others of its kind.
import { parentPort } from 'node:worker_threads';
import { readRoundTrips, SEATTLE } from '../ground/network.ts';
import { type Game, play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';
import { readWorkload } from './workload.ts';

const ground = { workload: await readWorkload(), roundTrips: await readRoundTrips(SEATTLE) };

parentPort?.on('message', ({ name, game }: { name: string; game: Game }) => {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  parentPort?.postMessage(play(scenario, ground, game));
});
