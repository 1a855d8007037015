// Reading from a stream by hand, a piece at a time.
import type { Readable } from 'node:stream';

/**
 * Whatever has arrived, taken whole: reading by size would have Node announce a half-full buffer again and again. Undefined at the end.
 * Throws the stream's error when it broke, what `closed` makes where it was closed without one, the signal's reason when it aborts.
 */
export async function readPiece(
  stream: Readable,
  signal: AbortSignal,
  closed: () => Error,
): Promise<Buffer | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const piece: Buffer | null = stream.read();
    if (piece !== null) return piece;
    if (stream.readableEnded) return undefined;
    if (stream.destroyed) throw stream.errored ?? closed();
    await somethingHappens(stream, signal);
  }
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;

function somethingHappens(stream: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of EVENTS) stream.off(event, done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    for (const event of EVENTS) stream.on(event, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
