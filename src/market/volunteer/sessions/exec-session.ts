// One program in a container, on one stream of frames: what comes is written to it, what it writes goes back, at the pace of the
// slower side, and at last its exit code. However the stream ends, the program ends with it.
import { type Duplex, duplexPair } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';
import { TallyError } from '../../../lib/errors.ts';
import {
  decodeSize,
  encodeExit,
  encodeFailure,
  encodeFrames,
  FRAME,
  FrameReader,
  writeWhole,
} from '../../../lib/program-io.ts';
import type { Execution } from '../../../runtime/engine.ts';
import { SESSION_IDLE_MS, SESSION_LINGER_MS, SESSION_STALL_MS } from '../../terms/parameters.ts';

/** As a shell says it of what was killed: a program that ends with its container. */
const KILLED = 137;

export interface SessionParts {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  /** Told of the bytes that the program reads and writes. */
  readonly count: (bytes: number) => void;
  /** Aborts when it is to end, with its container. */
  readonly ending: AbortSignal;
}

/** The stream of a program that runs, for its tenant; it closes once the program and all that it started have ended. */
export function execSession(running: Execution, parts: SessionParts): Duplex {
  const [ours, theirs] = duplexPair();
  const over = new AbortController();
  for (const stream of [ours, theirs]) stream.on('error', () => {});
  running.input.on('error', () => {});
  const giveUp = () => over.abort(new TallyError('EXEC_LOST'));
  theirs.once('close', giveUp);
  const moved = whileItMoves(parts.clock, over.signal, giveUp);
  const count = (bytes: number) => {
    moved();
    parts.count(bytes);
  };
  // Who does not close its half keeps no place, nor who does not read the rest
  const linger = () => {
    void running.end();
    theirs.once('close', parts.clock.after(SESSION_LINGER_MS, giveUp));
  };
  const reading = readInput(ours, running, over.signal, { ...parts, count }).catch((error: unknown) =>
    over.abort(error),
  );
  const writing = writeOutput(ours, running, over.signal, { ...parts, count });
  void Promise.all([reading, writing.catch(giveUp)]);
  const end = async () => {
    await running.end();
    if (over.signal.aborted) theirs.destroy();
    ours.destroy();
  };
  over.signal.addEventListener('abort', () => void end(), { once: true });
  if (parts.ending.aborted) linger();
  else parts.ending.addEventListener('abort', linger, { once: true, signal: over.signal });
  writing.then(linger, () => {});
  return theirs;
}

/** Calls `giveUp` once nothing has moved for long; the function returned says that something does. */
function whileItMoves(clock: SessionParts['clock'], signal: AbortSignal, giveUp: () => void): () => void {
  let movedAtMs = clock.monotonicMs();
  let cancel = () => {};
  const look = () => {
    const leftMs = movedAtMs + SESSION_IDLE_MS - clock.monotonicMs();
    if (leftMs > 0) cancel = clock.after(leftMs, look);
    else giveUp();
  };
  look();
  signal.addEventListener('abort', () => cancel(), { once: true });
  return () => {
    movedAtMs = clock.monotonicMs();
  };
}

/** Until the tenant has closed its half; what comes after the end of the program is let go. */
async function readInput(
  stream: Duplex,
  running: Execution,
  signal: AbortSignal,
  { count }: SessionParts,
): Promise<void> {
  const reader = new FrameReader(stream);
  const { input } = running;
  for (let frame = await reader.next(signal); frame !== undefined; frame = await reader.next(signal)) {
    const { kind, bytes } = frame;
    if (kind === FRAME.resize) await running.resize(decodeSize(bytes), signal);
    else if (kind !== FRAME.stdin)
      throw new TallyError('PROTOCOL_VIOLATION', { reason: `a tenant sends no frame of kind ${kind}` });
    else if (bytes.byteLength === 0) input.end();
    else if (input.writable) {
      count(bytes.byteLength);
      // One that reads no more is no failure: its exit code says the rest
      await writeWhole(input, bytes, signal).catch(() => signal.throwIfAborted());
    }
  }
  input.end();
}

async function writeOutput(
  stream: Duplex,
  running: Execution,
  signal: AbortSignal,
  { clock, count, ending }: SessionParts,
): Promise<void> {
  const write = async (frame: Uint8Array, bound: AbortSignal) => {
    // A tenant that takes nothing keeps no place
    const cancel = clock.after(SESSION_STALL_MS, () => stream.destroy());
    await writeWhole(stream, frame, bound).finally(cancel);
  };
  const both = AbortSignal.any([signal, ending]);
  try {
    for await (const { stream: name, bytes } of running.output()) {
      count(bytes.byteLength);
      for (const frame of encodeFrames(FRAME[name], bytes)) await write(frame, both);
    }
    await write(encodeExit(await running.exitCode(both)), both);
  } catch (error) {
    signal.throwIfAborted();
    await write(ending.aborted ? encodeExit(KILLED) : encodeFailure(error), signal);
  }
  stream.end();
}
