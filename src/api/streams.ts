// Answers that go on: server-sent events and lines of JSON, with a heartbeat so that neither side takes silence for
// a dead connection.
import type { FastifyReply } from 'fastify';
import type { Clock } from '../lib/clock.ts';

/** How items of a stream are written, and what is written when there is none for a while. */
export interface StreamFormat<T> {
  readonly contentType: string;
  readonly write: (item: T) => string;
  readonly heartbeat: string;
}

/** Server-sent events of one name. */
export function serverSentEvents<T>(event: string): StreamFormat<T> {
  return {
    contentType: 'text/event-stream; charset=utf-8',
    write: (item) => `event: ${event}\ndata: ${JSON.stringify(item)}\n\n`,
    heartbeat: ': still here\n\n',
  };
}

/** One JSON value a line; a reader skips empty lines. */
export function jsonLines<T>(): StreamFormat<T> {
  return {
    contentType: 'application/x-ndjson; charset=utf-8',
    write: (item) => `${JSON.stringify(item)}\n`,
    heartbeat: '\n',
  };
}

/**
 * The items as text, with a heartbeat after every `heartbeatMs` of silence, and one as soon as the source is `opened`:
 * what is written first takes the head of the answer along.
 */
export async function* writeStream<T>(
  items: AsyncIterable<T>,
  format: StreamFormat<T>,
  clock: Clock,
  heartbeatMs: number,
  opened?: Promise<void>,
): AsyncGenerator<string> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let pending = iterator.next();
    if (opened !== undefined) {
      await Promise.race([pending, opened]);
      yield format.heartbeat;
    }
    for (;;) {
      const step = await withinOrUndefined(pending, clock, heartbeatMs);
      if (step === undefined) {
        yield format.heartbeat;
        continue;
      }
      if (step.done === true) return;
      yield format.write(step.value);
      pending = iterator.next();
    }
  } finally {
    // Not awaited: a source that waits for its next item ends by its signal, not by this.
    iterator.return?.().catch(() => {});
  }
}

/** Each item changed; ends and is ended as its source. */
export async function* mapped<T, U>(items: AsyncIterable<T>, change: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield change(item);
}

/** The value, or undefined when it has not come within `waitMs`. */
async function withinOrUndefined<T>(value: Promise<T>, clock: Clock, waitMs: number): Promise<T | undefined> {
  const { promise: silence, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(waitMs, () => resolve(undefined));
  try {
    return await Promise.race([value, silence]);
  } finally {
    cancel();
  }
}

/** A signal that aborts when the caller goes before the answer has ended, or the API stops. */
export function untilGone(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return AbortSignal.any([gone.signal, stopping]);
}
