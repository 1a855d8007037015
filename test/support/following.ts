// Peers that follow each other's chains over wires of memory: real ledgers, real headers, real fork proofs.
import { onTestFinished } from 'vitest';
import type { Convictions } from '../../src/ledger/following/convictions.ts';
import type { Following } from '../../src/ledger/following/following.ts';
import { openConvictions, openFollowing } from '../../src/ledger/following/open-following.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { convictionsProtocol, headersProtocol } from '../../src/overlay/protocols/headers.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { temporaryHome } from './ledgers.ts';
import { NETWORK } from './records.ts';

/** Who answers questions about heads. */
export type Answering = Pick<Following, 'serve'>;

/** A peer that follows everyone, unless it is told whom. */
export interface Follower {
  readonly identity: Identity;
  readonly home: string;
  readonly ledger: Ledger;
  readonly convictions: Convictions;
  readonly following: Following;
  /** Stops it, so that its home can be opened again. */
  readonly close: () => Promise<void>;
}

/** Who can be asked, by peer id. */
export type Wires = Map<string, { following: Answering; convictions?: Convictions }>;

const overTheWire = <T extends Value>(shape: (value: Value, path: string) => T, value: Value): T =>
  shape(decode(encode(value)), 'wire');

export async function openFollower(
  wires: Wires,
  {
    identity = createIdentity(),
    home = '',
    worth = () => 1,
  }: {
    identity?: Identity;
    home?: string;
    worth?: (peer: string) => number;
  } = {},
): Promise<Follower> {
  const folder = home === '' ? await temporaryHome() : home;
  const parts = { identity, network: NETWORK, clock: systemClock, log: silentLog };
  const ledger = await openLedger({ home: folder, network: NETWORK }, parts);
  const convictions = await openConvictions({ ...parts, ledger, isOfInterest: (peer) => worth(peer) > 0 });
  const reach = (peer: string) => {
    const there = wires.get(peer);
    if (there === undefined || convictions.has(peer)) throw new TallyError('PEER_SILENT', { peer });
    return there;
  };
  const following = await openFollowing({
    ...{ ...parts, me: identity.peer, ledger, convictions, worth },
    connected: () => [...wires.keys()].filter((peer) => peer !== identity.peer),
    async ask(peer, query) {
      const answer = await reach(peer).following.serve(overTheWire(headersProtocol.request, query));
      return overTheWire(headersProtocol.response, answer as Value);
    },
    async askConvictions(peer, query) {
      const page = reach(peer).convictions?.page(overTheWire(convictionsProtocol.request, query));
      return overTheWire(
        convictionsProtocol.response,
        page ?? { run: new Uint8Array(16), proofs: [], upTo: 0, more: 0 },
      );
    },
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= following.stop().then(() => ledger.close());
    return closed;
  };
  onTestFinished(close);
  wires.set(identity.peer, { following, convictions });
  return { identity, home: folder, ledger, convictions, following, close };
}
