// The world of the simulation `forks`: peers on a measured network, whom each deals with and is connected to, and gossip
// of fork proofs over a mesh. A peer answers, asks and judges with the product's own code.

import type { Random } from '../../bench/support/random.ts';
import type { HeadersAnswer, HeadersQuery } from '../../src/ledger/following/following.ts';
import { convictionsProtocol, headersProtocol } from '../../src/overlay/protocols/headers.ts';
import { encodeForkProof, type ForkProof } from '../../src/records/fork-proof.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { Network, type RoundTrips } from '../ground/network.ts';
import { VirtualTime } from '../ground/virtual-time.ts';
import { SimPeer } from './peer.ts';

/** How the world is made. */
export interface WorldOptions {
  readonly peers: number;
  readonly loss: number;
  readonly roundTrips: RoundTrips;
  readonly random: Random;
}

/** Volunteers that each peer consumes from; about as many consume from it. */
const VOLUNTEERS_EACH = 6;
/** Others whose chain a peer keeps because its walk reaches them: a few of the some 250 that it does in this world. */
const TRUSTED_EACH = 24;
/** How far a walk gets with a chance of at least 1/1000, a step being one from tenant to volunteer. */
const WALK_STEPS = 3;
/** Connections beside those to counterparties and to whom the peer trusts. */
const STRANGERS_EACH = 4;
/** Neighbours that a gossiped message goes to: gossipsub's usual D. */
const MESH = 6;

type Answerer = (asker: number, query: HeadersQuery) => Promise<HeadersAnswer>;

export class World {
  readonly time = new VirtualTime();
  readonly network: Network;
  readonly peers: readonly SimPeer[];
  /** A peer that answers questions about heads in its own way. */
  readonly liars = new Map<number, Answerer>();
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #dealsWith: readonly ReadonlySet<number>[];
  readonly #trusts: readonly ReadonlySet<number>[];
  readonly #connectedTo: readonly ReadonlySet<number>[];
  readonly #mesh: readonly (readonly number[])[];
  readonly #convicted: (peer: number, of: number) => void;

  constructor(
    { peers, loss, roundTrips, random }: WorldOptions,
    convicted: (peer: number, of: number) => void,
  ) {
    this.network = new Network(peers, { time: this.time, random, roundTrips, loss });
    this.#convicted = convicted;
    const consumes = drawn(peers, VOLUNTEERS_EACH, random);
    this.#dealsWith = bothWays(consumes);
    this.#trusts = consumes.map(
      (_, peer) => new Set(shuffled(reached(peer, consumes), random).slice(0, TRUSTED_EACH)),
    );
    const strangers = drawn(peers, STRANGERS_EACH, random);
    this.#connectedTo = bothWays(
      consumes.map((each, i) => new Set([...each, ...(this.#trusts[i] ?? []), ...(strangers[i] ?? [])])),
    );
    this.#mesh = this.#connectedTo.map((each) => shuffled([...each], random).slice(0, MESH));
    const identities = Array.from({ length: peers }, () => createIdentity(random.bytes(32)));
    this.#numbers = new Map(identities.map(({ peer }, number) => [peer, number]));
    this.peers = identities.map((identity, number) => this.#make(number, identity, random));
  }

  counterpartiesOf(number: number): readonly number[] {
    return [...(this.#dealsWith[number] ?? [])];
  }

  /** A peer signed a header for what it did with one of its counterparties, each of which looks what the other has now. */
  dealt(number: number, random: Random): void {
    const others = this.counterpartiesOf(number);
    const other = others[random.int(0, others.length - 1)];
    if (other === undefined || !this.network.isUp(number)) return;
    this.peers[number]?.following?.moved(this.peers[other]?.peer ?? '');
    this.network.send(number, other, () =>
      this.peers[other]?.following?.moved(this.peers[number]?.peer ?? ''),
    );
  }

  async start(number: number): Promise<void> {
    this.network.setDown(number, false);
    await this.peers[number]?.start();
    // On a new connection each side asks the other
    for (const other of this.#connectedTo[number] ?? []) {
      if (!this.network.isUp(other)) continue;
      this.network.send(other, number, () => this.#meet(number, other));
      this.network.send(number, other, () => this.#meet(other, number));
    }
  }

  crash(number: number): void {
    this.network.setDown(number, true);
    this.peers[number]?.crash();
  }

  #meet(number: number, other: number): void {
    const peer = this.peers[other]?.peer;
    if (peer !== undefined) void this.peers[number]?.following?.meet(peer);
  }

  #make(number: number, identity: ReturnType<typeof createIdentity>, random: Random): SimPeer {
    const of = (peer: string) => this.#numbers.get(peer) ?? -1;
    const deals = (peer: string) => this.#dealsWith[number]?.has(of(peer)) ?? false;
    const matters = (peer: string) => deals(peer) || (this.#trusts[number]?.has(of(peer)) ?? false);
    const { network } = this;
    return new SimPeer({
      ...{ identity, clock: this.time, random },
      isCounterparty: deals,
      isOfInterest: matters,
      worth: (peer) => (matters(peer) ? 1 : 0),
      connected: () => this.#connectedPeers(number),
      ask: (peer, query) =>
        network.ask(
          number,
          of(peer),
          () => this.#answer(of(peer), number, query),
          headersProtocol.deadlineMs,
        ),
      askConvictions: (peer, query) =>
        network.ask(
          number,
          of(peer),
          async () => this.#page(of(peer), query),
          convictionsProtocol.deadlineMs,
        ),
      convicted: (proof) => this.#spread(number, proof),
    });
  }

  #connectedPeers(number: number): string[] {
    const { convictions } = this.peers[number] ?? {};
    return [...(this.#connectedTo[number] ?? [])]
      .filter((other) => this.network.isUp(other))
      .map((other) => this.peers[other]?.peer ?? '')
      .filter((peer) => !convictions?.has(peer));
  }

  #answer(asked: number, asker: number, query: HeadersQuery): Promise<HeadersAnswer> {
    const liar = this.liars.get(asked);
    if (liar !== undefined) return liar(asker, query);
    const { following } = this.peers[asked] ?? {};
    return following === undefined ? Promise.reject(new Error('down')) : following.serve(query);
  }

  #page(asked: number, query: Parameters<NonNullable<SimPeer['convictions']>['page']>[0]) {
    const { convictions } = this.peers[asked] ?? {};
    if (convictions === undefined) throw new Error('down');
    return convictions.page(query);
  }

  #spread(number: number, proof: ForkProof): void {
    this.#convicted(number, this.#numbers.get(proof.peer) ?? -1);
    const encoded = encodeForkProof(proof);
    for (const next of this.#mesh[number] ?? [])
      this.network.send(number, next, () => this.#gossiped(next, encoded));
  }

  #gossiped(number: number, encoded: Uint8Array): void {
    const row = this.peers[number]?.convictions?.row();
    if (row === undefined) return;
    const proof = row.decode(encoded);
    if (row.validate(proof) === 'accept') row.apply(proof);
  }
}

/** For each of `count`, `each` others at random. */
function drawn(count: number, each: number, random: Random): Set<number>[] {
  return Array.from({ length: count }, (_, from) => {
    const others = new Set<number>();
    while (others.size < Math.min(each, count - 1)) {
      const other = random.int(0, count - 1);
      if (other !== from) others.add(other);
    }
    return others;
  });
}

/** The same with every step possible in the other direction, too. */
function bothWays(steps: readonly ReadonlySet<number>[]): Set<number>[] {
  const linked = steps.map((each) => new Set(each));
  for (const [from, others] of steps.entries()) for (const to of others) linked[to]?.add(from);
  return linked;
}

/** Whom a walk of so many steps gets to. */
function reached(from: number, steps: readonly ReadonlySet<number>[]): number[] {
  let edge = new Set([from]);
  const seen = new Set(edge);
  for (let step = 0; step < WALK_STEPS; step += 1) {
    edge = new Set([...edge].flatMap((each) => [...(steps[each] ?? [])]).filter((each) => !seen.has(each)));
    for (const each of edge) seen.add(each);
  }
  seen.delete(from);
  return [...seen];
}

function shuffled<T>(values: T[], random: Random): T[] {
  for (let at = values.length - 1; at > 0; at -= 1) {
    const other = random.int(0, at);
    [values[at], values[other]] = [values[other] as T, values[at] as T];
  }
  return values;
}
