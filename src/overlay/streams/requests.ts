// Request protocols: one request, one answer, then the stream is closed.
import { TallyError } from '../../lib/errors.ts';
import type { Slots } from '../../lib/slots.ts';
import type { Value } from '../../records/codec.ts';
import { deadlineIn, withSignal } from '../terms/deadline.ts';
import type { RequestHandler, RequestProtocol } from '../terms/overlay.ts';
import { ENVELOPE_BYTES, encodeAnswer, requireAnswer } from './answer.ts';
import { frameOf, writeAll } from './frames.ts';
import { callStream, linger, type ServedProtocol, type StreamParts, serveStreams } from './streams.ts';

/** Serves a request protocol; the slots are shared by all of them. A handler over its deadline is given up on. */
export function serveRequests<Q extends Value, A extends Value>(
  parts: StreamParts,
  slots: Slots,
  protocol: RequestProtocol<Q, A>,
  handler: RequestHandler<Q, A>,
): ServedProtocol {
  return serveStreams(parts, protocol, slots, async ({ peer, request, stream, signal }) => {
    using deadline = deadlineIn(parts.clock, protocol.deadlineMs, signal);
    const answered = withSignal(handler(peer, request, deadline.signal), deadline.signal);
    const answer = await answered.catch((error: unknown) => {
      throw deadline.expired ? new TallyError('PEER_SILENT', { reason: 'the deadline passed' }) : error;
    });
    const frame = frameOf(encodeAnswer(answer), protocol.maxResponseBytes + ENVELOPE_BYTES);
    await writeAll(stream, frame, deadline.signal);
    stream.end();
  });
}

/** Asks a peer; the errors are those of `Overlay`. */
export function request<Q extends Value, A extends Value>(
  parts: StreamParts,
  protocol: RequestProtocol<Q, A>,
  peer: string,
  body: Q,
  signal?: AbortSignal,
): Promise<A> {
  const call = { peer, request: body, deadlineMs: protocol.deadlineMs, signal };
  return callStream(parts, protocol, call, async (stream, limit) => {
    stream.end();
    const answer = await requireAnswer(stream, protocol.response, protocol.maxResponseBytes, limit);
    linger(stream, parts.clock);
    return answer;
  });
}
