// One program in a container, on one stream of frames: what comes is written to it, what it writes goes back, at the pace of the
// slower side, and at last its exit code. However the stream ends, the program ends with it.
import { type Duplex, duplexPair } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import {
  decodeSize,
  encodeExit,
  encodeFrame,
  encodeFrames,
  FRAME,
  FrameReader,
  writeWhole,
} from '../../../lib/program-io.ts';
import type { Execution } from '../../../runtime/engine.ts';
import { SESSION_LINGER_MS } from '../../terms/parameters.ts';

export interface SessionParts {
  readonly clock: Pick<Clock, 'after'>;
  /** Told of the bytes that the program reads and writes. */
  readonly count: (bytes: number) => void;
}

/** The stream of a program that runs, for its tenant; it closes once the program and all that it started have ended. */
export function execSession(running: Execution, parts: SessionParts): Duplex {
  const [ours, theirs] = duplexPair();
  const over = new AbortController();
  for (const stream of [ours, theirs]) stream.on('error', () => {});
  running.input.on('error', () => {});
  theirs.once('close', () => over.abort(new TallyError('EXEC_LOST')));
  const reading = readInput(ours, running, over.signal, parts).catch((error: unknown) => over.abort(error));
  const writing = writeOutput(ours, running, over.signal, parts);
  void Promise.all([reading, writing.catch(() => over.abort(new TallyError('EXEC_LOST')))]);
  const end = async () => {
    await running.end();
    if (over.signal.aborted) theirs.destroy();
    ours.destroy();
  };
  over.signal.addEventListener('abort', () => void end(), { once: true });
  writing.then(
    () => {
      void running.end();
      // Who does not close its half keeps no place
      const cancel = parts.clock.after(SESSION_LINGER_MS, () => over.abort(new TallyError('EXEC_LOST')));
      theirs.once('close', cancel);
    },
    () => {},
  );
  return theirs;
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
  { count }: SessionParts,
): Promise<void> {
  try {
    for await (const { stream: name, bytes } of running.output()) {
      count(bytes.byteLength);
      for (const frame of encodeFrames(FRAME[name], bytes)) await writeWhole(stream, frame, signal);
    }
    await writeWhole(stream, encodeExit(await running.exitCode(signal)), signal);
  } catch (error) {
    signal.throwIfAborted();
    await writeWhole(stream, encodeFrame(FRAME.failed, Buffer.from(codeOf(error))), signal);
  }
  stream.end();
}
