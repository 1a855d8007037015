// What a configuration says, typed; and which images are none.
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { openManifest, parseConfig } from '../../src/runtime/images/manifest.ts';
import { type ConfigChanges, imageOf, someLayer } from '../support/images.ts';

const LIMITS = { maxBytes: 1_000_000 };
const tars = [someLayer(), someLayer()];
const image = imageOf(tars);

const settingsOf = (config: object) => parseConfig(imageOf(tars, { config }).config).settings;
const refusalOf = (changes: ConfigChanges) => {
  try {
    parseConfig(imageOf(tars, changes).config);
    return 'read';
  } catch (error) {
    return codeOf(error);
  }
};

describe('a configuration', () => {
  it('says how its image wants to run', () => {
    const config = {
      User: '1000:1000',
      WorkingDir: '/app',
      Entrypoint: ['/bin/app'],
      Cmd: ['--serve'],
      Env: ['PATH=/bin'],
      Volumes: { '/data': {} },
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, 8080: {} },
      StopSignal: 'SIGQUIT',
      Healthcheck: {
        Test: ['CMD', 'curl', 'localhost'],
        Interval: 5e9,
        Timeout: 1,
        StartPeriod: 2e9,
        Retries: 3,
      },
    };
    expect(settingsOf(config)).toEqual({
      user: '1000:1000',
      workingDir: '/app',
      entrypoint: ['/bin/app'],
      command: ['--serve'],
      env: ['PATH=/bin'],
      volumes: ['/data'],
      ports: [
        { port: 8080, protocol: 'tcp' },
        { port: 80, protocol: 'tcp' },
        { port: 53, protocol: 'udp' },
      ],
      stopSignal: 'SIGQUIT',
      healthCheck: {
        test: { program: ['curl', 'localhost'] },
        intervalMs: 5_000,
        timeoutMs: 1,
        startPeriodMs: 2_000,
        retries: 3,
      },
    });
  });

  it('may leave all of that open, as null or not at all', () => {
    const nothing = {
      user: '',
      workingDir: '',
      entrypoint: [],
      command: [],
      env: [],
      volumes: [],
      ports: [],
    };
    expect(settingsOf({})).toEqual(nothing);
    expect(settingsOf({ Cmd: null, Entrypoint: null, Volumes: null, Env: null, Healthcheck: null })).toEqual(
      nothing,
    );
    expect(settingsOf({ Healthcheck: { Test: ['NONE'] } })).toEqual(nothing);
    expect(settingsOf({ Healthcheck: { Test: ['CMD-SHELL', 'true'] } }).healthCheck?.test).toEqual({
      shell: 'true',
    });
  });

  it('is refused where it is misshapen', () => {
    const rootfs = { type: 'layers', diff_ids: image.layers.map(({ diffId }) => diffId) };
    for (const changes of [
      { config: [] },
      { config: { Cmd: 'sh' } },
      { config: { Env: [1] } },
      { config: { Volumes: ['/data'] } },
      { config: { ExposedPorts: { '0/tcp': {} } } },
      { config: { ExposedPorts: { '80/icmp': {} } } },
      { config: { Healthcheck: { Test: ['CMD-SHELL'] } } },
      { config: { Healthcheck: { Test: ['CMD', 'x'], Retries: -1 } } },
      { config: { Healthcheck: { Test: ['CMD', 'x'], Interval: 0.5 } } },
      { architecture: '' },
      { os: undefined },
      { rootfs: undefined },
      { rootfs: { ...rootfs, diff_ids: [] } },
      { rootfs: { ...rootfs, diff_ids: ['x'] } },
      { rootfs: { ...rootfs, diff_ids: 'x' } },
    ])
      expect(refusalOf(changes), JSON.stringify(changes)).toBe('IMAGE_CONFIG_INVALID');
    const many = { ...rootfs, diff_ids: Array.from({ length: 126 }, () => rootfs.diff_ids[0]) };
    expect(refusalOf({ rootfs: many })).toBe('IMAGE_TOO_MANY_LAYERS');
    expect(refusalOf({ rootfs: { ...many, diff_ids: many.diff_ids.slice(1) } })).toBe('read');
    for (const bytes of ['', '{', 'null', '[]', ' '.repeat(1_048_577)])
      expect(() => parseConfig(Buffer.from(bytes))).toThrow('IMAGE_CONFIG_INVALID');
  });
});

describe('a manifest that comes from a peer', () => {
  const open = (layers: typeof image.layers, limits = {}) => {
    try {
      return openManifest(image.config, layers, { ...LIMITS, ...limits }).digest;
    } catch (error) {
      return codeOf(error);
    }
  };
  const [low, high] = image.layers;
  if (low === undefined || high === undefined) throw new Error('the image has two layers');
  const total = low.sizeBytes + high.sizeBytes;

  it('is an image where its layers are those of its configuration, in their order', () => {
    expect(open(image.layers)).toBe(image.digest);
    expect(open([high, low])).toBe('IMAGE_DIGEST_WRONG');
    expect(open([low])).toBe('IMAGE_DIGEST_WRONG');
    expect(open([low, high, high])).toBe('IMAGE_DIGEST_WRONG');
  });

  it('is refused by its sizes and its architecture', () => {
    expect(open(image.layers, { maxBytes: total })).toBe(image.digest);
    expect(open(image.layers, { maxBytes: total - 1 })).toBe('IMAGE_TOO_LARGE');
    expect(open(image.layers, { architecture: 'arm64' })).toBe('IMAGE_WRONG_ARCHITECTURE');
    for (const sizeBytes of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(open([low, { ...high, sizeBytes }])).toBe('IMAGE_CONFIG_INVALID');
  });

  it('gives a layer that comes twice one size', () => {
    const [tar = Buffer.alloc(0)] = tars;
    const twice = imageOf([tar, tar]);
    const [first, second] = twice.layers;
    if (first === undefined || second === undefined) throw new Error('the image has two layers');
    expect(openManifest(twice.config, [first, second], LIMITS).sizeBytes).toBe(2 * tar.length);
    const lying = () => openManifest(twice.config, [first, { ...second, sizeBytes: 1 }], LIMITS);
    expect(lying).toThrow('IMAGE_CONFIG_INVALID');
  });
});
