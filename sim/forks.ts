// How long it takes until a key that signed two histories is refused. A thousand peers stand at random on the Seattle
// round trips, 5 % of all messages are lost, a tenth of the honest peers crash and come back as they were earlier. The
// forker shows one history to half of those that deal with it and another to the rest. Following, the rules of headers,
// fork proofs and convictions are the product's; headers and proofs are really signed. Left out: the overlay (a lost
// message is not sent again, and a question without an answer ends at its deadline; the mesh has no heartbeats), pair
// states, and the time that checking takes.
import type { Bench, BenchOptions } from '../bench/bench.ts';
import { median } from '../bench/support/figures.ts';
import { Random } from '../bench/support/random.ts';
import { type Row, round } from '../bench/support/report.ts';
import { beyond } from '../src/ledger/following/followed-chains.ts';
import type { HeadersAnswer, HeadersQuery } from '../src/ledger/following/following.ts';
import type { Header } from '../src/records/fork-proof.ts';
import { sameBytes } from '../src/records/id.ts';
import { publicKeyOf } from '../src/records/identity.ts';
import { World } from './forks/world.ts';
import { type RoundTrips, readRoundTrips, SEATTLE } from './ground/network.ts';

const PEERS = { full: 1_000, quick: 100 };
const SEEDS = { full: 5, quick: 1 };
const LOSS = 0.05;
const RESTORED_SHARE = 0.1;
/** Between two headers of a peer, on average: epochs of what it runs or gives. */
const COMMIT_MS = 60_000;
/** Everybody starts within this, and has met its neighbours by the time of the fork. */
const START_WITHIN_MS = 30_000;
const FORK_AT_MS = 150_000;
const END_MS = FORK_AT_MS + 120_000;
const REFUSED_SHARE = 0.99;

/** What one world came to. */
interface Outcome {
  /** From the first forked header; the length of the simulation where it was not reached. */
  readonly refuse99Ms: number;
  readonly firstMs: number;
  readonly falseConvictions: number;
}

/** The simulation `forks`. */
export const forksSim: Bench = {
  summary: 'how long until 99 % of peers refuse a key that signed two histories',
  async run({ isQuick, seed, say }: BenchOptions) {
    const [peers, seeds] = isQuick ? [PEERS.quick, SEEDS.quick] : [PEERS.full, SEEDS.full];
    const roundTrips = await readRoundTrips(SEATTLE);
    const outcomes: Outcome[] = [];
    for (let each = seed; each < seed + seeds; each += 1) {
      const outcome = await play(peers, roundTrips, each);
      outcomes.push(outcome);
      say(`seed ${each}: ${JSON.stringify(outcome)}`);
    }
    return rowsOf(`peers-${peers}`, outcomes);
  },
};

function rowsOf(name: string, outcomes: readonly Outcome[]): Row[] {
  const n = outcomes.length;
  const times = outcomes.map(({ refuse99Ms }) => refuse99Ms);
  const firsts = outcomes.map(({ firstMs }) => firstMs);
  const wrong = outcomes.reduce((sum, { falseConvictions }) => sum + falseConvictions, 0);
  return [
    { case: name, metric: 'refuse99Ms', value: round(median(times)), unit: 'ms', n },
    { case: name, metric: 'refuse99MsWorst', value: round(Math.max(...times)), unit: 'ms', n },
    { case: name, metric: 'firstConvictionMs', value: round(median(firsts)), unit: 'ms', n },
    { case: name, metric: 'falseConvictions', value: wrong, unit: '', n },
  ];
}

async function play(peers: number, roundTrips: RoundTrips, seed: number): Promise<Outcome> {
  const random = new Random(seed);
  const refusing = new Set<number>();
  const wrong = new Set<number>();
  let [forker, forkedMs, firstMs, refuse99Ms] = [-1, 0, 0, 0];
  const world = new World({ peers, loss: LOSS, roundTrips, random }, (peer, of) => {
    if (of !== forker) wrong.add(of);
    else refusing.add(peer);
    const sinceMs = world.time.monotonicMs() - forkedMs;
    if (firstMs === 0) firstMs = sinceMs;
    if (refuse99Ms === 0 && refusing.size >= REFUSED_SHARE * (peers - 1)) refuse99Ms = sinceMs;
  });
  const { time } = world;
  const startMs = time.monotonicMs();
  for (let peer = 0; peer < peers; peer += 1) {
    time.after(random.share() * START_WITHIN_MS, () => void world.start(peer));
    keepCommitting(world, peer, random);
  }
  forker = random.int(0, peers - 1);
  for (let peer = 0; peer < peers; peer += 1) {
    if (peer !== forker && random.chance(RESTORED_SHARE))
      planRestore(world, peer, random, () => refusing.delete(peer));
  }
  await time.runUntil(startMs + FORK_AT_MS);
  forkedMs = time.monotonicMs();
  fork(world, forker, random);
  await time.runUntil(startMs + END_MS);
  const endMs = END_MS - FORK_AT_MS;
  return {
    refuse99Ms: Math.round(refuse99Ms || endMs),
    firstMs: Math.round(firstMs || endMs),
    falseConvictions: wrong.size,
  };
}

/** Headers at random moments, for as long as the peer is up. */
function keepCommitting(world: World, peer: number, random: Random): void {
  const { time, peers } = world;
  const next = () => {
    peers[peer]?.commit();
    world.dealt(peer, random);
    time.after(-Math.log(1 - random.share()) * COMMIT_MS, next);
  };
  time.after(START_WITHIN_MS + random.share() * COMMIT_MS, next);
}

/** A backup some time before the fork or after it, a crash later, and back as it was; every fifth a second time. */
function planRestore(world: World, peer: number, random: Random, forgets: () => void): void {
  const { time, peers } = world;
  const backupMs = START_WITHIN_MS * 2 + random.share() * FORK_AT_MS;
  time.after(backupMs, () => {
    const kept = peers[peer]?.backup();
    const crashAndRestore = () => {
      world.crash(peer);
      time.after(1_000 + random.share() * 14_000, () => {
        if (kept !== undefined) peers[peer]?.restore(kept);
        forgets();
        void world.start(peer);
      });
    };
    const laterMs = 5_000 + random.share() * 60_000;
    time.after(laterMs, crashAndRestore);
    if (random.chance(0.2)) time.after(laterMs + 20_000 + random.share() * 40_000, crashAndRestore);
  });
}

/** From now on the forker has two histories: each of those that deal with it is always shown the same one. */
function fork(world: World, forker: number, random: Random): void {
  const { time, peers, liars } = world;
  const author = peers[forker];
  if (author === undefined) return;
  const trunk = author.headers;
  const branches: [Header[], Header[]] = [[...trunk], [...trunk]];
  const grow = () => {
    for (const branch of branches) branch.push(author.nextHeader(branch));
    world.dealt(forker, random);
    time.after(COMMIT_MS / 2, grow);
  };
  grow();
  const shown = new Map<number, 0 | 1>();
  const me = publicKeyOf(author.peer);
  liars.set(forker, async (asker: number, { heads }: HeadersQuery): Promise<HeadersAnswer> => {
    const side = shown.get(asker) ?? (random.chance(0.5) ? 1 : 0);
    shown.set(asker, side);
    const chains = heads.map(({ peer, ...known }) => ({
      headers: sameBytes(peer, me) ? beyond(branches[side], known).map(({ bytes }) => bytes) : [],
      ...{ isAll: 1, proof: new Uint8Array() },
    }));
    return { chains };
  });
}
