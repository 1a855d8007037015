// Whether an engine's storage keeps a limit: found by trying, on a scripted engine.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { DockerClient } from '../../src/runtime/docker/client.ts';
import { QuotaProbe } from '../../src/runtime/docker/quota.ts';

const { signal } = new AbortController();
const IMAGE = `sha256:${'a'.repeat(64)}`;

/** How the storage of an engine behaves. */
interface Storage {
  readonly refuses?: 'volume' | 'container';
  /** Where nothing limits what is written. */
  readonly boundless?: readonly string[];
  /** Whether the image counts, as on btrfs. */
  readonly countsImage?: boolean;
  isSilent?: boolean;
}

/** An engine with this storage, and what is left in it. */
function engineWith(storage: Storage) {
  const there = new Set<string>();
  let tries = 0;
  const refuse = (message: string) => {
    throw Object.assign(new Error(message), { statusCode: 500 });
  };
  const thing = (name: string) => ({
    async remove() {
      if (!there.delete(name)) throw Object.assign(new Error('no such thing'), { statusCode: 404 });
    },
    async putArchive(archive: Readable, { path }: { path: string }) {
      const { byteLength } = await buffer(archive);
      if (storage.boundless?.includes(path)) return;
      const before = path === '/' && storage.countsImage ? 2 * MIB : 0;
      if (before + byteLength > MIB) refuse('write /file: disk quota exceeded');
    },
  });
  const client = new DockerClient('unix:///none');
  Object.assign(client.docker, {
    async createVolume({ DriverOpts }: { DriverOpts: { size: string } }) {
      tries += 1;
      if (storage.isSilent) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
      expect(DriverOpts.size).toBe(String(MIB));
      if (storage.refuses === 'volume') refuse('quota size requested but no quota support');
      there.add('volume');
    },
    async importImage(archive: Readable) {
      expect((await buffer(archive)).byteLength).toBeGreaterThan(2 * MIB);
      there.add('image');
      return Readable.from([`{"status":"${IMAGE}"}`]);
    },
    async createContainer({ HostConfig }: { HostConfig: { StorageOpt: object } }) {
      expect(HostConfig.StorageOpt).toEqual({ size: String(MIB) });
      if (storage.refuses === 'container') refuse('--storage-opt is supported only for overlay over xfs');
      there.add('container');
    },
    getContainer: () => thing('container'),
    getImage: () => thing('image'),
    getVolume: () => thing('volume'),
  });
  return { probe: new QuotaProbe(client), there, tries: () => tries };
}

describe('a quota', () => {
  it('is there where root and volume take a little and refuse too much', async () => {
    const { probe, there, tries } = engineWith({});
    expect(await probe.holds(signal)).toBe(true);
    expect(await probe.holds(signal)).toBe(true);
    expect(tries()).toBe(1);
    expect([...there]).toEqual([]);
  });

  it.each<[string, Storage]>([
    ['volumes have none', { refuses: 'volume' }],
    ['containers have none', { refuses: 'container' }],
    ['the engine takes the option and does not limit the root', { boundless: ['/'] }],
    ['the engine takes the option and does not limit volumes', { boundless: ['/volume'] }],
    ['the image counts against it', { countsImage: true }],
  ])('is not there where %s, and the try leaves nothing', async (_, storage) => {
    const { probe, there } = engineWith(storage);
    expect(await probe.holds(signal)).toBe(false);
    expect([...there]).toEqual([]);
  });

  it('is tried again after a silence of the engine, and after that was away', async () => {
    const storage: Storage = { isSilent: true };
    const { probe, tries } = engineWith(storage);
    expect(await probe.holds(signal).then(String, codeOf)).toBe('ENGINE_UNREACHABLE');
    storage.isSilent = false;
    expect(await probe.holds(signal)).toBe(true);
    probe.forget();
    expect(await probe.holds(signal)).toBe(true);
    expect(tries()).toBe(3);
  });
});
