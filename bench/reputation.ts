// Trust over networks of peers with ten edges each: the walk in full beside a library's PageRank of the same graph, the
// gates, what a receipt costs after it, a standing, how wrong updates leave the walk, and memory. Edges go to whom
// everybody knows as often as to anybody. Left out: signatures, disk, and quality, whose words are far fewer than edges.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import createGraph from 'ngraph.graph';
import pagerank from 'ngraph.pagerank';
import { dayOf } from '../src/ledger/decay.ts';
import { CREDIT } from '../src/lib/units.ts';
import type { ServiceFact } from '../src/reputation/facts/facts.ts';
import { ALPHA, TOLERANCE } from '../src/reputation/facts/parameters.ts';
import { finish } from '../src/reputation/facts/steps.ts';
import { gatesOf } from '../src/reputation/walk/gates.ts';
import { Graph } from '../src/reputation/walk/graph.ts';
import { Hittings } from '../src/reputation/walk/hitting.ts';
import { View } from '../src/reputation/walk/view.ts';
import { Walk } from '../src/reputation/walk/walk.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { median, percentile } from './support/figures.ts';
import { powerShares } from './support/power.ts';
import { Random } from './support/random.ts';
import { compared, type Row, round } from './support/report.ts';

const CASES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };
const LARGEST = '100k';
const EDGES = 10;
const MOST_CREDITS = 20;
/** What one epoch of five minutes on one cpu adds. */
const EPOCH_MICROCREDITS = CREDIT / 12;
const REPEATS = 5;
const QUICK_REPEATS = 2;
const UPDATES = 200;
const STANDINGS = 200;
/** Small graphs are copied so often that they have this many edges together, for memory is measured roughly. */
const MEASURED_EDGES = 1_000_000;
const ACCURACY = 1e-12;
const NOW_MS = Date.UTC(2026, 0, 1);

/** The bench `reputation`. */
export const reputationBench: Bench = {
  summary: 'the walk of trust in full, gates, updates of one row, a standing, errors, memory',
  async run(options) {
    const cases = Object.entries(CASES).filter(([name]) => !(options.isQuick && name === LARGEST));
    if (options.isQuick) options.say(`left out: ${LARGEST}`);
    return cases.flatMap(([name, peers]) => rowsOf(name, peers, options));
  },
};

function rowsOf(name: string, peers: number, { isQuick, seed, say }: BenchOptions): Row[] {
  say(`${name}: evidence of ${peers} peers`);
  const economy = new Economy(peers, new Random(seed));
  const figure = (metric: string, value: number, unit: string, n: number): Row => ({
    ...{ case: name, metric, value: round(value), unit, n },
  });
  const builtMs: number[] = [];
  const view = timed(builtMs, () => finish(View.steps(economy.all(), { me: economy.me, nowMs: NOW_MS })));
  say(`${name}: the walk in full`);
  const { ours, theirs } = inFull(view.walk.graph, isQuick ? QUICK_REPEATS : REPEATS);
  const bytes = bytesPerEdge(view.walk.graph, economy.edges);
  const gatesMs: number[] = [];
  for (let i = 0; i < (isQuick ? QUICK_REPEATS : REPEATS); i += 1)
    timed(gatesMs, () => gatesOf(view.walk.graph, view.ties));
  say(`${name}: updates`);
  const updates = economy.groups().flatMap(({ metric, authors }) => {
    view.walk.settle();
    const took = economy.update(view, authors, UPDATES);
    const { most, sum } = errorsOf(view.walk);
    return [
      figure(`update${metric}Us`, median(took) * 1000, 'µs', UPDATES),
      figure(`update${metric}P99Us`, percentile(took, 0.99) * 1000, 'µs', UPDATES),
      figure(`maxErrorAfter${metric}`, most, '', UPDATES),
      figure(`l1ErrorAfter${metric}`, sum, '', UPDATES),
    ];
  });
  const settleMs: number[] = [];
  timed(settleMs, () => view.walk.settle());
  const settled = errorsOf(view.walk);
  say(`${name}: standings`);
  return [
    figure('viewMs', median(builtMs), 'ms', 1),
    compared(figure('fullMs', median(ours), 'ms', ours.length), 'ngraph.pagerank', median(theirs)),
    figure('gatesMs', median(gatesMs), 'ms', gatesMs.length),
    ...updates,
    figure('settleMs', median(settleMs), 'ms', 1),
    figure('maxError', settled.most, '', peers),
    figure('l1Error', settled.sum, '', peers),
    figure('standingUs', median(standings(view.walk, new Random(seed))) * 1000, 'µs', STANDINGS),
    figure('bytesPerEdge', bytes, 'B', economy.edges),
  ];
}

/** Who was served by whom, as receipts. */
class Economy {
  readonly me = 'p0';
  readonly #facts: ServiceFact[][];
  readonly #random: Random;

  constructor(peers: number, random: Random) {
    this.#random = random;
    this.#facts = Array.from({ length: peers }, (_, u) => {
      const subjects = new Set<number>();
      while (subjects.size < EDGES) {
        const v = random.chance(0.5) ? random.zipf(peers) : random.int(0, peers - 1);
        if (v !== u) subjects.add(v);
      }
      return [...subjects].map((v) => receiptOf(u, v, random.int(1, MOST_CREDITS * 100) * (CREDIT / 100)));
    });
  }

  *all(): Iterable<ServiceFact> {
    for (const facts of this.#facts) yield* facts;
  }

  get edges(): number {
    return this.#facts.length * EDGES;
  }

  /** Me, those whom I lead to, and peers anywhere. */
  groups(): { metric: string; authors: readonly number[] }[] {
    const near = (this.#facts[0] ?? []).map(({ subject }) => Number(subject.slice(1)));
    const far = Array.from({ length: UPDATES }, () => this.#random.int(1, this.#facts.length - 1));
    return [
      { metric: 'Own', authors: [0] },
      { metric: 'Near', authors: near },
      { metric: 'Far', authors: far },
    ];
  }

  /** One more epoch with one of its volunteers for each author in turn; how long the view took to follow, ms. */
  update(view: View, authors: readonly number[], times: number): number[] {
    const took: number[] = [];
    for (let i = 0; i < times; i += 1) {
      const author = authors[i % authors.length] ?? 0;
      const facts = this.#facts[author] ?? [];
      const at = this.#random.int(0, facts.length - 1);
      const before = facts[at];
      if (before === undefined) continue;
      const amount = before.serviceMicrocredits + EPOCH_MICROCREDITS;
      facts[at] = { ...before, pairSeq: before.pairSeq + 1, serviceMicrocredits: Math.round(amount) };
      timed(took, () => view.update(before.author, facts, NOW_MS));
    }
    return took;
  }
}

function receiptOf(u: number, v: number, serviceMicrocredits: number): ServiceFact {
  const between = { author: `p${u}`, subject: `p${v}`, id: `r/${u}/${v}` };
  const amounts = { chargedMicrocredits: serviceMicrocredits, serviceMicrocredits };
  return { kind: 'receipt', ...between, ...amounts, pairSeq: 1, day: dayOf(NOW_MS) };
}

/** The walk and the library's PageRank of the same graph, in turns, to the same accuracy; ms. */
function inFull(graph: Graph, repeats: number): { ours: number[]; theirs: number[] } {
  const library = createGraph();
  for (const peer of graph.peers) library.addNode(peer);
  for (const peer of graph.peers) for (const { subject } of graph.row(peer)) library.addLink(peer, subject);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let i = 0; i < repeats; i += 1) {
    timed(ours, () => new Walk(graph).settle());
    timed(theirs, () => pagerank(library, 1 - ALPHA, TOLERANCE));
  }
  return { ours, theirs };
}

/** How far the shares are from those by power iteration: of the worst peer, and of all together. */
function errorsOf(walk: Walk): { most: number; sum: number } {
  const exact = powerShares(walk.graph, ALPHA, ACCURACY);
  const errors = exact.map((share, v) => Math.abs(walk.share(v) - share));
  return {
    most: errors.reduce((most, error) => Math.max(most, error), 0),
    sum: errors.reduce((sum, error) => sum + error, 0),
  };
}

function standings(walk: Walk, random: Random): number[] {
  const reaches = new Hittings(walk);
  const took: number[] = [];
  while (took.length < STANDINGS) {
    const v = random.int(1, walk.graph.peers.length - 1);
    if (walk.visits(v) > 0) timed(took, () => reaches.of(v));
  }
  return took;
}

/** What the same rows, and the walk over them, take in memory beside the names of the peers. */
function bytesPerEdge(graph: Graph, edges: number): number {
  const before = memory();
  const copies = Array.from({ length: MEASURED_EDGES / edges }, () => {
    const copy = new Graph(graph.peers[graph.me] ?? '');
    for (const peer of graph.peers) copy.setRow(peer, graph.row(peer));
    return new Walk(copy).settle();
  });
  const after = memory();
  return (after - before) / (copies.length * edges);
}

function memory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function timed<T>(into: number[], work: () => T): T {
  const startedMs = performance.now();
  const result = work();
  into.push(performance.now() - startedMs);
  return result;
}
