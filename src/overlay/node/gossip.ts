// Gossip: a row of the table becomes a validator of libp2p's gossipsub. Cheap checks come first, and a peer is never
// blamed for what it could not avoid.
import { hash } from 'node:crypto';
import { type GossipSub, type Message, TopicValidatorResult } from '@libp2p/gossipsub';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { OverlayMetrics } from '../../metrics/overlay.ts';
import type { GossipRow, GossipTable, GossipTopic, Verdict } from '../terms/overlay.ts';

/** What gossip needs of the overlay. */
export interface GossipParts {
  network: string;
  log: Log;
  metrics?: OverlayMetrics | undefined;
}

const TOPICS: readonly GossipTopic[] = ['offer', 'tombstone', 'liveness', 'vouch', 'outcome', 'fork-proof'];

const RESULTS: { readonly [V in Verdict]: TopicValidatorResult } = {
  accept: TopicValidatorResult.Accept,
  reject: TopicValidatorResult.Reject,
  ignore: TopicValidatorResult.Ignore,
};

/** The name of a topic on the wire. */
export function topicName(network: string, topic: GossipTopic): string {
  return `/tallymesh/${network}/${topic}/1`;
}

/** All topics of a network. */
export function topicNames(network: string): string[] {
  return TOPICS.map((topic) => topicName(network, topic));
}

/** The id of a message: the same bytes in the same topic are the same message, whoever sends them. */
export function messageId(topic: string, data: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(topic), Buffer.of(0), data]), 'buffer');
}

/** Attaches the validators; to be called before the node starts. */
export function validateTopics(pubsub: GossipSub, table: GossipTable, parts: GossipParts): void {
  for (const topic of TOPICS) {
    const row = table[topic];
    pubsub.topicValidators.set(topicName(parts.network, topic), (_peer, message: Message) => {
      const verdict = judge(row, topic, message.data, parts.log);
      parts.metrics?.gossipMessagesTotal.inc({ topic, verdict });
      return RESULTS[verdict];
    });
  }
}

/** Subscribes to every topic; to be called once the node runs. */
export function subscribeTopics(pubsub: GossipSub, network: string): void {
  for (const name of topicNames(network)) pubsub.subscribe(name);
}

/** The verdict on a message, taken in when it is accepted. Never throws. */
export function judge<T>(row: GossipRow<T>, topic: GossipTopic, bytes: Uint8Array, log: Log): Verdict {
  try {
    // [REJECT] over the size limit
    if (bytes.length > row.maxBytes) return 'reject';
    // [REJECT] not a record of this kind
    const item = decodeOrNothing(row, bytes);
    if (item === undefined) return 'reject';
    // [REJECT] or [IGNORE] as the row says
    const verdict = row.validate(item.value);
    if (verdict === 'accept') row.apply(item.value);
    return verdict;
  } catch (error) {
    // [IGNORE] a bug of ours is nobody's fault
    log.error({ err: error, topic }, 'a gossip handler failed');
    return 'ignore';
  }
}

function decodeOrNothing<T>(row: GossipRow<T>, bytes: Uint8Array): { value: T } | undefined {
  try {
    return { value: row.decode(bytes) };
  } catch (error) {
    if (error instanceof TallyError) return undefined;
    throw error;
  }
}
