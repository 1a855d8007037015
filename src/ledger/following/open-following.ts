// Following, put together over a ledger: what is on disk is read before it resolves. The caller says whom to ask, and
// which peers matter.
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import type { Ledger } from '../ledger.ts';
import { Convictions, STORED_PROOF } from './convictions.ts';
import { FollowedChains, STORED_HEADER } from './followed-chains.ts';
import { Following, type FollowingParts } from './following.ts';

export interface ConvictionsOptions {
  readonly network: string;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly isOfInterest: (peer: string) => boolean;
  readonly metrics?: LedgerMetrics | undefined;
}

/** The convictions that a ledger keeps. */
export async function openConvictions(options: ConvictionsOptions): Promise<Convictions> {
  const { ledger, metrics } = options;
  const convictions = new Convictions({ ...options, rows: ledger.table('convictions', STORED_PROOF) });
  await convictions.load();
  metrics?.convictedKeys.set(convictions.size);
  convictions.onConvicted(() => metrics?.convictedKeys.set(convictions.size));
  return convictions;
}

/** What following needs beside the ledger. */
export interface OpenFollowingParts
  extends Pick<FollowingParts, 'convictions' | 'worth' | 'connected' | 'ask' | 'askConvictions' | 'metrics'> {
  readonly me: string;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
}

/** The chains that a ledger's peer follows. */
export async function openFollowing({ ledger, ...parts }: OpenFollowingParts): Promise<Following> {
  const chains = new FollowedChains(ledger.table('followed', STORED_HEADER), parts.log);
  await chains.load(parts.network);
  parts.metrics?.followedPeers.set(chains.size);
  return new Following({
    ...{ ...parts, chains },
    ownHeaders: (fromSeq, limit) => ledger.headers(fromSeq, limit),
    ownHead() {
      const tip = ledger.tip();
      return tip === undefined ? undefined : { counter: tip.generation.counter, seq: tip.seq, id: tip.id };
    },
    async isCounterparty(peer) {
      const receipts = await Promise.all([
        ledger.latestReceipt('volunteer', peer),
        ledger.latestReceipt('tenant', peer),
      ]);
      return receipts.some((receipt) => receipt !== undefined);
    },
  });
}
