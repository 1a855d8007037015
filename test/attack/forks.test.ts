// Forkers, and peers that only look like them. A key that shows two histories of one process is convicted wherever the
// two come together, and refused; what crashes, restores and lost disks do convicts nobody.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_HEAD } from '../../src/ledger/following/followed-chains.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { signRecord } from '../../src/records/envelope.ts';
import { encodeForkProof, forkProof, type Header, openForkProof } from '../../src/records/fork-proof.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { chain, generation, headerAfter } from '../support/chains.ts';
import { type Answering, type Follower, openFollower, type Wires } from '../support/following.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { example, volunteer as forker, NETWORK } from '../support/records.ts';

/** Answers questions about the forker with these headers, as all there are, and all others with nothing. */
function showing(headers: (asker: { seq: number }) => readonly Header[]): Answering {
  return {
    async serve({ heads }) {
      return {
        chains: heads.map((head) => ({
          headers: isForker(head) ? headers(head).map(({ bytes }) => bytes) : [],
          isAll: 1,
          proof: new Uint8Array(),
        })),
      };
    },
  };
}

/** The newest header of somebody that a peer shows to whoever knows none. */
async function newestKnown(
  { following }: Follower,
  { publicKey }: Identity,
): Promise<Uint8Array | undefined> {
  const { chains } = await following.serve({ heads: [{ peer: publicKey, ...NO_HEAD }] });
  return chains[0]!.headers.at(-1);
}

const isForker = ({ peer }: { peer: Uint8Array }) => Buffer.compare(peer, forker.publicKey) === 0;

/** Asks the forker, who shows this. */
async function shown(wires: Wires, to: Follower, headers: readonly Header[]): Promise<void> {
  wires.set(forker.peer, { following: showing(({ seq }) => headers.filter(({ body }) => body.seq > seq)) });
  await to.following.meet(forker.peer);
}

/** A fork of the example key, as the forker makes it. */
function fork() {
  const trunk = chain(3);
  return { left: [...trunk, ...chain(2, trunk.at(-1))], right: [...trunk, ...chain(3, trunk.at(-1))] };
}

describe('a peer that shows different heads to different peers', () => {
  it('is convicted when the two compare what they were shown, and the proof goes on to a third', async () => {
    const wires: Wires = new Map();
    const [ann, ben, cat] = [await openFollower(wires), await openFollower(wires), await openFollower(wires)];
    const { left, right } = fork();
    await shown(wires, ann!, left);
    await shown(wires, ben!, right);
    expect([ann!, ben!].map(({ convictions }) => convictions.has(forker.peer))).toEqual([false, false]);
    await ann!.following.meet(ben!.identity.peer);
    expect(ann!.convictions.has(forker.peer)).toBe(true);
    await ben!.following.meet(ann!.identity.peer);
    await cat!.following.meet(ben!.identity.peer);
    expect([ben!, cat!].map(({ convictions }) => convictions.has(forker.peer))).toEqual([true, true]);
    const proof = cat!.convictions.proofOf(forker.peer)!;
    expect(openForkProof(proof, NETWORK).peer).toBe(forker.peer);
  });

  it('is convicted by the same peer when it shows the other history later, though that one was restarted', async () => {
    const wires: Wires = new Map();
    const ann = await openFollower(wires);
    const { left, right } = fork();
    await shown(wires, ann, left);
    await ann.close();
    const again = await openFollower(wires, ann);
    wires.set(forker.peer, { following: showing(() => right.slice(-2)) });
    await again.following.meet(forker.peer);
    expect(again.convictions.has(forker.peer)).toBe(true);
    await again.close();
    const later = await openFollower(wires, ann);
    expect(later.convictions.has(forker.peer)).toBe(true);
  });

  it('is convicted when its old header is replayed by somebody else', async () => {
    const wires: Wires = new Map();
    const ann = await openFollower(wires);
    const { left, right } = fork();
    await shown(wires, ann, left);
    const replayer = createIdentity();
    wires.set(replayer.peer, { following: showing(() => [right[3]!]) });
    await ann.following.meet(replayer.peer);
    expect(ann.convictions.has(forker.peer)).toBe(true);
  });

  it('is convicted by gossip alone, of interest or not', async () => {
    const ann = await openFollower(new Map(), { worth: () => 0 });
    const { left, right } = fork();
    const row = ann.convictions.row();
    const proof = row.decode(encodeForkProof(forkProof(left[3]!, right[3]!)!));
    expect(row.validate(proof)).toBe('accept');
    row.apply(proof);
    expect(row.validate(proof)).toBe('ignore');
    expect(ann.convictions.has(forker.peer)).toBe(true);
  });
});

describe('somebody who would convict another', () => {
  it('cannot with headers that the other did not sign', async () => {
    const ann = await openFollower(new Map());
    const { left, right } = fork();
    const liar = createIdentity();
    const forged = signRecord('header', { ...right[3]!.body, peer: liar.publicKey }, liar);
    expect(forkProof(left[3]!, forged)).toBeUndefined();
    const proof = encodeForkProof(forkProof(left[3]!, right[3]!)!);
    const row = ann.convictions.row();
    let wellFormed = 0;
    for (let at = 0; at < proof.length; at += 1) {
      const flipped = new Uint8Array(proof);
      flipped[at]! ^= 1;
      let verdict = 'reject';
      try {
        const decoded = row.decode(flipped);
        wellFormed += 1;
        verdict = row.validate(decoded);
      } catch (error) {
        expect(codeOf(error)).not.toBe('INTERNAL');
      }
      expect(verdict).toBe('reject');
    }
    // Two signatures have so many bytes, and nothing else speaks against a change in one
    expect(wellFormed).toBeGreaterThanOrEqual(2 * 64);
    expect(row.validate(row.decode(proof))).toBe('accept');
    expect(ann.convictions.size).toBe(0);
  });

  it('cannot with headers of a third in answer to a question about the other', async () => {
    const wires: Wires = new Map();
    const ann = await openFollower(wires);
    const liar = createIdentity();
    let answered = 0;
    wires.set(liar.peer, {
      following: {
        async serve({ heads }) {
          answered += heads.length;
          const headers = chain(2).map(({ bytes }) => bytes);
          return { chains: heads.map(() => ({ headers, isAll: 1, proof: new Uint8Array() })) };
        },
      },
    });
    await ann.following.meet(liar.peer);
    expect(answered).toBe(1);
    expect(await newestKnown(ann, liar)).toBeUndefined();
    expect(ann.convictions.size).toBe(0);
    expect(() => ann.following.take(liar.peer, [chain(1)[0]!.bytes], true)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
    );
  });

  it('fills no more than the part of strangers with keys that it made to be convicted', async () => {
    const ann = await openFollower(new Map(), { worth: (peer) => (peer === forker.peer ? 1 : 0) });
    const thrownAway = () => {
      const key = createIdentity();
      const of = (salt: number) =>
        signRecord('header', { ...headerAfter(undefined).body, peer: key.publicKey, records: salt }, key);
      return forkProof(of(1), of(2))!;
    };
    for (let i = 0; i < 1_024; i += 1) expect(ann.convictions.convict(thrownAway())).toBe('new');
    expect(ann.convictions.convict(thrownAway())).toBe('full');
    const { left, right } = fork();
    expect(ann.convictions.convict(forkProof(left[3]!, right[3]!)!)).toBe('new');
  });
});

describe('an honest peer', () => {
  /** A ledger with so many headers more, closed again. */
  async function goOn(home: string, identity: Identity, commits: number): Promise<void> {
    const ledger = await openLedger(
      { home, network: NETWORK },
      { identity, clock: systemClock, log: silentLog },
    );
    for (let i = 0; i < commits; i += 1) await ledger.commit([example('bid')]);
    await ledger.close();
  }

  /** Shows the chain of a home to the watchers, who take it, and each of whom asks the others as well. */
  async function showAll(
    home: string,
    identity: Identity,
    wires: Wires,
    watchers: readonly Follower[],
  ): Promise<void> {
    const peer = await openFollower(wires, { identity, home });
    const shown = await newestKnown(peer, identity);
    for (const watcher of watchers) {
      await watcher.following.meet(identity.peer);
      expect(await newestKnown(watcher, identity)).toEqual(shown);
    }
    await peer.close();
    wires.delete(identity.peer);
    for (const watcher of watchers)
      for (const other of watchers) await watcher.following.meet(other.identity.peer);
  }

  async function watched() {
    const wires: Wires = new Map();
    const watchers = [await openFollower(wires), await openFollower(wires)];
    const identity = createIdentity();
    const home = await temporaryHome();
    const backup = await temporaryHome();
    await goOn(home, identity, 3);
    await showAll(home, identity, wires, watchers);
    await cp(home, backup, { recursive: true });
    await goOn(home, identity, 4);
    await showAll(home, identity, wires, watchers);
    const convicted = () => watchers.map(({ convictions }) => convictions.size);
    return { wires, watchers, identity, home, backup, convicted };
  }

  it('is not convicted by an old backup, restored once and twice and gone on with', async () => {
    const { wires, watchers, identity, home, backup, convicted } = await watched();
    for (const commits of [2, 3]) {
      await rm(home, { recursive: true });
      await cp(backup, home, { recursive: true });
      await goOn(home, identity, commits);
      await showAll(home, identity, wires, watchers);
    }
    expect(convicted()).toEqual([0, 0]);
  });

  it('is not convicted by two restored copies that go on side by side', async () => {
    const { wires, watchers, identity, backup, convicted } = await watched();
    const other = await temporaryHome();
    await cp(backup, other, { recursive: true });
    for (const home of [backup, other, backup, other]) {
      await goOn(home, identity, 2);
      await showAll(home, identity, wires, watchers);
    }
    expect(convicted()).toEqual([0, 0]);
  });

  it('is not convicted by a lost disk, with the key alone', async () => {
    const { wires, watchers, identity, home, convicted } = await watched();
    await rm(join(home), { recursive: true });
    await goOn(home, identity, 2);
    await showAll(home, identity, wires, watchers);
    expect(convicted()).toEqual([0, 0]);
  });

  it('is taken at its newest process by whoever asks it, whatever was known before', async () => {
    const { wires, watchers, identity, home, backup } = await watched();
    await rm(home, { recursive: true });
    await cp(backup, home, { recursive: true });
    await goOn(home, identity, 1);
    const peer = await openFollower(wires, { identity, home });
    const verdicts = [];
    for (const { following } of watchers) {
      const { chains } = await peer.following.serve({
        heads: [{ peer: identity.publicKey, counter: 1, seq: 7, id: new Uint8Array(32) }],
      });
      verdicts.push(following.take(identity.peer, chains[0]!.headers, true));
    }
    expect(verdicts).toEqual(['applied', 'applied']);
  });

  it('is not convicted by what it signs twice or sends twice', async () => {
    const ann = await openFollower(new Map());
    const headers = [...chain(3), ...chain(2, chain(3).at(-1), generation(2))].slice(0, 3);
    const envelopes = headers.map(({ bytes }) => bytes);
    expect(ann.following.take(forker.peer, envelopes, true)).toBe('applied');
    expect(ann.following.take(forker.peer, envelopes, true)).toBe('known');
    expect(ann.following.take(forker.peer, envelopes.slice(1, 2), true)).toBe('known');
    expect(ann.convictions.size).toBe(0);
  });
});
