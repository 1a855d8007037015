// What brings images of tenants, where none are sent.
import type { Engine } from '../../src/runtime/engine.ts';

export const NO_FETCHING = {
  isUnderWay: () => false,
  progress: () => undefined,
  cancel: () => {},
};

/** Whatever the engine holds is everybody's. */
export const openTo = (engine: Pick<Engine, 'image'>) => ({
  has: async (_: string, digest: string) =>
    (await engine.image(digest, AbortSignal.timeout(5_000))) !== undefined,
});

export const NO_CACHE = { hasRoom: () => true, used: async () => {} };
