// What a tenant is told of the registry that its own peer asks.
import { expect, test, vi } from 'vitest';
import { resolvePull } from '../../src/market/tenant/pulled-image.ts';

vi.mock('node:dns', async (original) => ({
  ...(await original<typeof import('node:dns')>()),
  lookup: (_: string, __: object, callback: (error: Error) => void) =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
}));

test('a registry whose name is not found is unreachable, and not forbidden', async () => {
  const resources = { cpuMillis: 100, memoryBytes: 2 ** 24 };
  const bid = { image: 'app:1', pull: {}, resources, maxPriceMicrocreditsPerHour: 1, durationMs: 1_000 };
  await expect(resolvePull(bid)).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    details: { reason: 'its name was not found' },
  });
});
