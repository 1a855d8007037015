// Pipe protocols: one request, then plain bytes both ways until both sides have ended.
import { addAbortSignal, type Duplex, pipeline } from 'node:stream';
import { TallyError } from '../../lib/errors.ts';
import { Slots } from '../../lib/slots.ts';
import type { Value } from '../../records/codec.ts';
import { deadlineIn, withSignal } from '../terms/deadline.ts';
import type { PipeHandler, PipeMeter, PipeProtocol } from '../terms/overlay.ts';
import { ENVELOPE_BYTES, encodeAnswer, OPENED, requireAnswer } from './answer.ts';
import type { Backlog } from './backlog.ts';
import { frameOf } from './frames.ts';
import type { CountBytes } from './stream-duplex.ts';
import { callStream, type ServedProtocol, type StreamParts, serveStreams } from './streams.ts';

export interface PipeParts extends StreamParts {
  /** Bounds what all pipes of one owner hold: those of a remote peer here, and those of our own. */
  readonly backlog: Backlog;
}

/** The owner of all pipes that this peer opened. */
const OWN = 'self';

/** Serves a pipe protocol: joins the handler's stream to the remote side; what breaks one side resets the other. */
export function servePipes<Q extends Value>(
  parts: PipeParts,
  protocol: PipeProtocol<Q>,
  handler: PipeHandler<Q>,
  meter?: PipeMeter<Q>,
): ServedProtocol {
  const served = serveStreams(parts, protocol, new Slots(protocol.maxOpen), async (inbound) => {
    const { peer, request, stream, signal } = inbound;
    using deadline = deadlineIn(parts.clock, protocol.openDeadlineMs, signal);
    const local = await openLocal(handler(peer, request, deadline.signal), deadline.signal);
    stream.write(frameOf(encodeAnswer(1), ENVELOPE_BYTES));
    parts.metrics?.openPipes.inc();
    parts.backlog.watch(peer, stream, local);
    await join(stream, local, (bytes) => meter?.(request, bytes));
    parts.metrics?.openPipes.dec();
  });
  return { ...served, count: countBytes(parts) };
}

/** The handler's stream; one that comes after the deadline is destroyed, not leaked. */
async function openLocal(opening: Promise<Duplex>, limit: AbortSignal): Promise<Duplex> {
  try {
    return await withSignal(opening, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    opening.then(
      (late) => late.destroy(),
      () => {},
    );
    throw new TallyError('PEER_SILENT', { reason: 'the pipe did not open in time' });
  }
}

/** Resolves once both directions have ended or either has broken; `count` hears of every chunk. */
async function join(one: Duplex, other: Duplex, count: (bytes: number) => void): Promise<void> {
  const flow = (from: Duplex, to: Duplex) =>
    new Promise<void>((resolve) => {
      from.on('data', (chunk: Uint8Array) => count(chunk.length));
      pipeline(from, to, () => resolve());
    });
  await Promise.all([flow(one, other), flow(other, one)]);
}

/** Opens a pipe to a peer; the errors are those of `Overlay`, and the signal destroys the stream. */
export async function pipe<Q extends Value>(
  parts: PipeParts,
  protocol: PipeProtocol<Q>,
  peer: string,
  request: Q,
  signal: AbortSignal,
): Promise<Duplex> {
  const call = { peer, request, deadlineMs: protocol.openDeadlineMs, signal, count: countBytes(parts) };
  const stream = await callStream(parts, protocol, call, async (opened, limit) => {
    await requireAnswer(opened, OPENED, ENVELOPE_BYTES, limit);
    return opened;
  });
  parts.metrics?.openPipes.inc();
  parts.backlog.watch(OWN, stream);
  stream.once('close', () => parts.metrics?.openPipes.dec());
  return addAbortSignal(signal, stream);
}

function countBytes({ metrics }: StreamParts): CountBytes | undefined {
  return metrics && ((direction, bytes) => metrics.tunnelBytesTotal.inc({ direction }, bytes));
}
