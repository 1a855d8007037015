// Feed protocols: one request, then items from the server until either side ends it.

import { Slots } from '../../lib/slots.ts';
import type { Value } from '../../records/codec.ts';
import { deadlineIn, withSignal } from '../terms/deadline.ts';
import type { FeedHandler, FeedProtocol } from '../terms/overlay.ts';
import { FEED_STALL_MS, MAX_OPEN_FEEDS } from '../terms/parameters.ts';
import { ENVELOPE_BYTES, encodeAnswer, OPENED, readAnswer, requireAnswer } from './answer.ts';
import { frameOf, writeAll } from './frames.ts';
import {
  callError,
  callStream,
  type Inbound,
  linger,
  type ServedProtocol,
  type StreamParts,
  serveStreams,
} from './streams.ts';

/** Serves a feed: says that the request was taken, then writes the handler's items as fast as they are read. */
export function serveFeeds<Q extends Value, I extends Value>(
  parts: StreamParts,
  protocol: FeedProtocol<Q, I>,
  handler: FeedHandler<Q, I>,
): ServedProtocol {
  return serveStreams(parts, protocol, new Slots(MAX_OPEN_FEEDS), (inbound) =>
    feedOut(parts, protocol, handler, inbound),
  );
}

async function feedOut<Q extends Value, I extends Value>(
  { clock }: StreamParts,
  protocol: FeedProtocol<Q, I>,
  handler: FeedHandler<Q, I>,
  { peer, request, stream, signal }: Inbound<Q>,
): Promise<void> {
  const send = async (answer: Value) => {
    const frame = frameOf(encodeAnswer(answer), protocol.maxItemBytes + ENVELOPE_BYTES);
    using deadline = deadlineIn(clock, FEED_STALL_MS, signal);
    await writeAll(stream, frame, deadline.signal);
  };
  const items = handler(peer, request, signal)[Symbol.asyncIterator]();
  try {
    await send(1);
    for (;;) {
      const next = await withSignal(items.next(), signal);
      if (next.done) break;
      await send(next.value);
    }
  } finally {
    // Not awaited: a generator that waits for its next item returns only once its signal has woken it.
    items.return?.().catch(() => {});
  }
  stream.end();
}

/** Follows a feed of a peer. Leaving the loop, or the signal, ends it on both sides; errors are those of `Overlay`. */
export async function* feed<Q extends Value, I extends Value>(
  parts: StreamParts,
  protocol: FeedProtocol<Q, I>,
  peer: string,
  request: Q,
  signal: AbortSignal,
  opened?: () => void,
): AsyncGenerator<I, void, undefined> {
  const call = { peer, request, deadlineMs: protocol.openDeadlineMs, signal };
  const stream = await callStream(parts, protocol, call, async (asked, limit) => {
    await requireAnswer(asked, OPENED, protocol.maxItemBytes, limit);
    return asked;
  });
  opened?.();
  const ended = AbortSignal.any([parts.signal, signal]);
  try {
    for (;;) {
      const item = await readAnswer(stream, protocol.item, protocol.maxItemBytes, ended);
      if (item === undefined) break;
      yield item;
    }
    stream.end();
    linger(stream, parts.clock);
  } catch (error) {
    throw callError(parts, call, error);
  } finally {
    if (!stream.writableEnded) stream.destroy();
  }
}
