// What requests, feeds and pipes share: admitting an inbound stream, reading its request and refusing with a code;
// opening an outbound stream, sending the request and naming what went wrong.
import type { Duplex } from 'node:stream';
import { Budget, type BudgetOptions } from '../../lib/budget.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Slots } from '../../lib/slots.ts';
import type { OverlayMetrics } from '../../metrics/overlay.ts';
import { decode, encode, type Value } from '../../records/codec.ts';
import { deadlineIn } from '../terms/deadline.ts';
import { LINGER_MS, REQUEST_LEAST_BYTES_PER_SECOND, REQUEST_READ_MS } from '../terms/parameters.ts';
import { ENVELOPE_BYTES, encodeRefusal } from './answer.ts';
import { frameOf, readFrame } from './frames.ts';
import type { CountBytes } from './stream-duplex.ts';

/** What the three kinds of protocol need of the overlay. */
export interface StreamParts {
  /** A stream of a protocol to a peer, dialled if need be. */
  open(peer: string, protocolId: string, signal: AbortSignal, count?: CountBytes): Promise<Duplex>;
  /** Aborts when the overlay stops. */
  signal: AbortSignal;
  clock: Clock;
  log: Log;
  metrics?: OverlayMetrics | undefined;
}

/** A protocol as the node serves it. */
export interface ServedProtocol {
  id: string;
  /** Streams of one peer that libp2p lets through: more than are granted, so that the refusal has a code. */
  maxInbound: number;
  count?: CountBytes | undefined;
  onStream(peer: string, stream: Duplex): Promise<void>;
}

/** What every kind of protocol says of its request. */
interface AnyProtocol<Q> {
  id: string;
  request: (value: Value, path: string) => Q;
  maxRequestBytes: number;
  budget: BudgetOptions;
  tells?: readonly string[];
}

/** A request that came in; the signal aborts when its stream closes, as it does when the overlay stops. */
export interface Inbound<Q> {
  peer: string;
  request: Q;
  stream: Duplex;
  signal: AbortSignal;
}

/**
 * Serves a protocol: takes a slot and the budget, reads the request in bounded time, and has it answered. What is
 * thrown travels as its code and the figures that the protocol tells, an unknown throw as INTERNAL. Every stream ends:
 * closed by both sides, or reset.
 */
export function serveStreams<Q extends Value>(
  parts: StreamParts,
  protocol: AnyProtocol<Q>,
  slots: Slots,
  respond: (inbound: Inbound<Q>) => Promise<void>,
): ServedProtocol {
  const budget = new Budget(protocol.budget);
  const admit = (peer: string, stream: Duplex): void => {
    const release = slots.take(peer);
    if (release === undefined) throw new TallyError('BUDGET_SPENT', { reason: 'too many requests at once' });
    stream.once('close', release);
    if (!budget.take(peer, parts.clock.monotonicMs())) throw new TallyError('BUDGET_SPENT');
  };
  return {
    id: protocol.id,
    maxInbound: slots.max * 2,
    async onStream(peer, stream) {
      const signal = closedSignal(stream);
      let outcome = 'ok';
      try {
        admit(peer, stream);
        const request = await readRequest(stream, protocol, parts.clock);
        await respond({ peer, request, stream, signal });
      } catch (error) {
        outcome = stream.destroyed ? 'aborted' : refuse(parts, protocol, stream, error);
      }
      linger(stream, parts.clock);
      parts.metrics?.requestsTotal.inc({ protocol: protocol.id, direction: 'inbound', outcome });
    },
  };
}

async function readRequest<Q>(stream: Duplex, protocol: AnyProtocol<Q>, clock: Clock): Promise<Q> {
  using deadline = deadlineIn(clock, readMsOf(protocol));
  const frame = await readFrame(stream, protocol.maxRequestBytes, deadline.signal);
  if (frame === undefined)
    throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the stream carried no request' });
  return protocol.request(decode(frame), 'request');
}

/** The largest request may take longer than a small one, on a slow line. */
function readMsOf({ maxRequestBytes }: Pick<AnyProtocol<never>, 'maxRequestBytes'>): number {
  return REQUEST_READ_MS + Math.floor((maxRequestBytes / REQUEST_LEAST_BYTES_PER_SECOND) * 1_000);
}

function refuse(
  parts: StreamParts,
  { id: protocolId, tells }: Pick<AnyProtocol<never>, 'id' | 'tells'>,
  stream: Duplex,
  error: unknown,
): string {
  const code = codeOf(error);
  if (error instanceof TallyError) parts.log.debug({ code, protocolId }, 'refused a request');
  else parts.log.error({ err: error, protocolId }, 'failed to answer a request');
  if (stream.writable) stream.end(frameOf(encodeRefusal(error, tells), ENVELOPE_BYTES));
  return code;
}

/** What a call needs beside its protocol. */
export interface Call<Q> {
  peer: string;
  request: Q;
  /** From dialling until `read` has what it waits for. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
  count?: CountBytes | undefined;
}

/**
 * Opens a stream, sends the request and returns what `read` makes of the stream, which stays open. When anything
 * fails the stream is reset; the errors are those of the `Overlay` interface.
 */
export async function callStream<Q extends Value, T>(
  parts: StreamParts,
  protocol: AnyProtocol<Q>,
  call: Call<Q>,
  read: (stream: Duplex, limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const startMs = parts.clock.monotonicMs();
  let outcome = 'ok';
  try {
    return await openAndRead(parts, protocol, call, read);
  } catch (error) {
    outcome = error instanceof TallyError ? error.code : 'aborted';
    throw error;
  } finally {
    const seconds = (parts.clock.monotonicMs() - startMs) / 1000;
    parts.metrics?.requestSeconds.observe({ protocol: protocol.id }, seconds);
    parts.metrics?.requestsTotal.inc({ protocol: protocol.id, direction: 'outbound', outcome });
  }
}

async function openAndRead<Q extends Value, T>(
  parts: StreamParts,
  protocol: AnyProtocol<Q>,
  call: Call<Q>,
  read: (stream: Duplex, limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const frame = frameOf(encode(call.request), protocol.maxRequestBytes);
  using deadline = deadlineIn(parts.clock, call.deadlineMs, parts.signal, call.signal);
  let stream: Duplex | undefined;
  try {
    deadline.signal.throwIfAborted();
    stream = await parts.open(call.peer, protocol.id, deadline.signal, call.count);
    stream.write(frame);
    return await read(stream, deadline.signal);
  } catch (error) {
    stream?.destroy();
    throw callError(parts, call, error);
  }
}

/** The caller's own reason when it gave up, STOPPING when we stop, else what the other side did. */
export function callError(
  parts: Pick<StreamParts, 'signal'>,
  call: Pick<Call<unknown>, 'peer' | 'signal'>,
  error: unknown,
): unknown {
  if (call.signal?.aborted) return call.signal.reason;
  if (parts.signal.aborted) return new TallyError('STOPPING');
  const { peer } = call;
  if (!(error instanceof TallyError)) return new TallyError('PEER_SILENT', { peer }, { cause: error });
  return new TallyError(error.code, { ...error.details, peer }, { cause: error });
}

/** Gives the other side time to close, discarding what it still sends, then resets. */
export function linger(stream: Duplex, clock: Clock): void {
  if (stream.destroyed) return;
  const cancel = clock.after(LINGER_MS, () => stream.destroy());
  stream.once('close', cancel);
  stream.resume();
}

function closedSignal(stream: Duplex): AbortSignal {
  const closed = new AbortController();
  const abort = () => closed.abort(new Error('the stream is closed'));
  if (stream.destroyed) abort();
  else stream.once('close', abort);
  return closed.signal;
}
