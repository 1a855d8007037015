// Ordered start and reverse stop for the parts of a peer.

/** A part with a life: constructing does nothing, both calls are idempotent. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the parts in order; when one fails, those that had started are stopped in reverse and the error is rethrown. */
export async function startAll(parts: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  try {
    for (const part of parts) {
      started.push(part);
      await part.start();
    }
  } catch (error) {
    await stopAll(started).catch(() => {});
    throw error;
  }
}

/** Stops the parts in reverse; every part is stopped even when one fails, then the first error is rethrown. */
export async function stopAll(parts: readonly Service[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
