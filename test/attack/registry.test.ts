// Registries and names that want more than to give an image: to reach into the network of whoever pulls, to take a login along, to
// send without an end or nothing at all. Several registries on loopback, where every one that is not named is out of bounds.
import type { lookup } from 'node:dns';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { parseReference } from '../../src/lib/image-reference.ts';
import { KIB, MIB } from '../../src/lib/units.ts';
import { REGISTRY_SILENCE_MS } from '../../src/runtime/registry/parameters.ts';
import { allowsRegistry, isPublicAddress } from '../../src/runtime/registry/reach.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/runtime/registry/registry-client.ts';
import { findRegistryImage } from '../../src/runtime/registry/registry-image.ts';
import { HandClock } from '../support/hand-clock.ts';
import { digestOf, imageOf, someLayer } from '../support/images.ts';
import { type Pushed, TestRegistry } from '../support/registry.ts';

const SIGNAL = new AbortController().signal;
const LOGIN = { username: 'me', password: 'hush-hush' };
const image = imageOf([someLayer('low', 300_000), someLayer('high', 40_000)]);

let registry: TestRegistry;
let pushed: Pushed;

beforeEach(async () => {
  registry = await TestRegistry.open();
  pushed = registry.push('team/app', '1', image);
});

function clientOf(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const reference = parseReference(pushed.name)!;
  const client = new RegistryClient({ reference, allowed: [registry.host], ...options });
  onTestFinished(() => client.close());
  return client;
}

/** What became of looking for the image: its digest, or the code and the reason. */
async function found(options: Partial<RegistryClientOptions> = {}, what = '1'): Promise<string> {
  try {
    const { image } = await findRegistryImage(clientOf(options), what, 'amd64', SIGNAL);
    return image.digest;
  } catch (error) {
    return error instanceof TallyError ? `${error.code}: ${error.details.reason ?? ''}` : String(error);
  }
}

/** The bytes of a blob; or the code. */
async function blob(digest: string, sizeBytes: number, client = clientOf()): Promise<Buffer | string> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of client.blob(digest, sizeBytes, SIGNAL)) pieces.push(piece);
    return Buffer.concat(pieces);
  } catch (error) {
    return codeOf(error);
  }
}

/** The registry answers everything so. */
function answering(status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): void {
  registry.trick = (_, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
}

/** A server that nobody may reach; how often somebody did. */
async function forbidden(): Promise<{ host: string; reached: () => number }> {
  const other = await TestRegistry.open();
  return { host: other.host, reached: () => other.asked.length };
}

/** A resolver under which every name is these addresses. */
function resolvingTo(...addresses: string[]): typeof lookup {
  const answer = (_: string, __: object, callback: (...args: unknown[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  return answer as unknown as typeof lookup;
}

describe('an address', () => {
  it('is public only if it is one for everybody', () => {
    const open = [
      '8.8.8.8',
      '1.1.1.1',
      '172.15.0.1',
      '172.32.0.1',
      '100.63.0.1',
      '2606:4700::1111',
      '2a00:1450::1',
    ];
    for (const address of open) expect(isPublicAddress(address), address).toBe(true);
    const v4 = [
      '127.0.0.1',
      '127.255.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '0.0.0.0',
    ];
    const others = [
      '169.254.169.254',
      '100.64.0.1',
      '198.18.0.1',
      '192.0.2.1',
      '224.0.0.1',
      '255.255.255.255',
    ];
    for (const address of [...v4, ...others]) expect(isPublicAddress(address), address).toBe(false);
    const v6 = [
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '::ffff:8.8.8.8',
      '::ffff:127.0.0.1',
    ];
    const wrapped = ['64:ff9b::7f00:1', '2002:7f00:1::1', '2001::1', '2001:db8::1', '::7f00:1'];
    for (const address of [...v6, ...wrapped, 'localhost', ''])
      expect(isPublicAddress(address), address).toBe(false);
  });
});

describe('an offer of any registry', () => {
  it('does not mean addresses, other ports, or names of this network; those are named or refused', () => {
    for (const host of ['docker.io', 'ghcr.io', 'registry.example.org'])
      expect(allowsRegistry(['*'], host)).toBe(true);
    const inside = [
      '127.0.0.1',
      '127.0.0.1:5000',
      '10.0.0.5',
      'localhost',
      'localhost:5000',
      'registry',
      '169.254.169.254',
    ];
    for (const host of [...inside, 'ghcr.io:22', '0x7f000001', '2130706433', '127.1']) {
      expect(allowsRegistry(['*'], host), host).toBe(false);
      expect(allowsRegistry(['*', host], host), host).toBe(true);
    }
    expect(allowsRegistry(['ghcr.io'], 'docker.io')).toBe(false);
  });

  it('asks nobody at a private address, whatever name leads there, and however often the name changes its address', async () => {
    const { host, reached } = await forbidden();
    const [address = ''] = host.split(':');
    const reference = { registry: 'evil.example', repository: 'a' };
    for (const addresses of [
      [address],
      ['::1'],
      ['169.254.169.254'],
      ['10.0.0.1', 'fd00::1', '::ffff:127.0.0.1'],
    ])
      expect(await found({ reference, allowed: ['*'], resolve: resolvingTo(...addresses) })).toBe(
        'REGISTRY_NOT_ALLOWED: it has no public address',
      );
    // A name that only this network knows is told like one that nobody knows
    const unknown = ((_: string, __: object, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))) as unknown as typeof lookup;
    expect(await found({ reference, allowed: ['*'], resolve: unknown })).toBe(
      'REGISTRY_NOT_ALLOWED: it has no public address',
    );
    // Whoever asks by their own peer knows their network
    const own = { reference, allowed: ['*'], isOwn: true };
    expect(await found({ ...own, resolve: unknown })).toBe('REGISTRY_UNREACHABLE: its name was not found');
    expect(await found({ ...own, resolve: resolvingTo('10.0.0.1') })).toBe(
      'REGISTRY_NOT_ALLOWED: it has no public address',
    );
    // What is judged is what is connected to: nobody looks the name up a second time
    let lookups = 0;
    const inside = resolvingTo(address, '192.0.2.1');
    const resolve = ((...args: Parameters<typeof inside>) => {
      lookups += 1;
      return inside(...args);
    }) as typeof lookup;
    expect(await found({ reference, allowed: ['*'], resolve })).toMatch(/^REGISTRY_NOT_ALLOWED/);
    expect(lookups).toBe(1);
    expect(reached()).toBe(0);
  });
});

describe('a redirect', () => {
  it('leads to no host of this network that the owner has not named', async () => {
    const { host, reached } = await forbidden();
    const places = [
      `http://${host}/v2/`,
      'http://169.254.169.254/latest/meta-data',
      'https://[::1]/',
      'https://10.0.0.1/',
    ];
    for (const location of [
      ...places,
      'https://ghcr.io:22/',
      'http://ghcr.io/',
      'file:///etc/passwd',
      '//localhost/x',
    ]) {
      answering(307, { location });
      expect(await found(), location).toMatch(/^REGISTRY_NOT_ALLOWED/);
    }
    answering(302, { location: 'https://evil.example/' });
    expect(await found({ resolve: resolvingTo('127.0.0.1') })).toMatch(/^REGISTRY_NOT_ALLOWED/);
    expect(reached()).toBe(0);
  });

  it('to a host that is named is followed, without the login', async () => {
    const storage = await TestRegistry.open();
    storage.push('team/app', '1', image);
    registry.trick = ({ url = '', headers }, response) => {
      if (headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { location: `http://${storage.host}${url}` }).end();
      return true;
    };
    const allowed = [registry.host, storage.host];
    expect(await found({ allowed, login: LOGIN })).toBe(image.digest);
    expect(registry.asked.some(({ authorization }) => authorization?.startsWith('Basic '))).toBe(true);
    expect(storage.asked.length).toBeGreaterThan(0);
    expect(storage.asked.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('that never ends is left', async () => {
    registry.trick = ({ url = '' }, response) => {
      response.writeHead(302, { location: `${url}x` }).end();
      return true;
    };
    expect(await found()).toBe('REGISTRY_MALFORMED: redirects without an end');
    expect(registry.asked.length).toBeLessThan(10);
  });
});

describe('a login', () => {
  const challenged = (realm: string) => {
    registry.trick = ({ url = '', headers }, response) => {
      if (url.startsWith('/token')) {
        response.end('{"token":"good"}');
        return true;
      }
      if (headers.authorization === 'Bearer good') return false;
      const challenge = `Bearer realm="${realm}",service="s",scope="repository:team/app:pull,push"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    };
  };

  it('gets a token that is good for reading the one repository, whatever the registry asks for', async () => {
    challenged(`http://${registry.host}/token`);
    expect(await found({ login: LOGIN })).toBe(image.digest);
    const tokens = registry.asked.filter(({ path }) => path.startsWith('/token'));
    expect(tokens).toHaveLength(1);
    expect(new URL(tokens[0]!.path, 'http://x').searchParams.get('scope')).toBe('repository:team/app:pull');
    expect(tokens[0]!.authorization).toBe(`Basic ${Buffer.from('me:hush-hush').toString('base64')}`);
  });

  it('is shown to no host of this network that asks for it, and to none without encryption', async () => {
    const { host, reached } = await forbidden();
    for (const realm of [`http://${host}/token`, 'http://auth.example/token', 'https://10.0.0.1/token']) {
      challenged(realm);
      expect(await found({ login: LOGIN }), realm).toMatch(/^REGISTRY_NOT_ALLOWED/);
    }
    expect(reached()).toBe(0);
  });

  it('that is refused is said to be, and nothing of it stands in the error', async () => {
    answering(401, { 'www-authenticate': 'Basic realm="x"' });
    const client = clientOf({ login: LOGIN });
    const failure = await client.manifest('1', SIGNAL).catch((error: unknown) => error as TallyError);
    expect(codeOf(failure)).toBe('REGISTRY_REFUSED');
    expect(JSON.stringify([(failure as TallyError).details, String(failure)])).not.toMatch(
      /hush|aHVzaC1odXNo|bWU6/,
    );
  });

  it('with a token of other signs is refused: it would end the header', async () => {
    registry.trick = ({ url = '' }, response) => {
      if (url.startsWith('/token')) response.end(JSON.stringify({ token: 'a\r\nx: y' }));
      else
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
      return true;
    };
    expect(await found({ login: LOGIN })).toBe('REGISTRY_MALFORMED: its token is none');
  });
});

describe('a registry', () => {
  it('that gives an image gives it: the control of what follows', async () => {
    expect(await found()).toBe(image.digest);
    expect(await found({}, pushed.manifest)).toBe(image.digest);
    const packed = gzipSync(image.tars[0]!);
    expect(await blob(pushed.blobs[0]!, packed.length)).toEqual(packed);
  });

  it('that answers without an end is broken off', async () => {
    let sent = 0;
    registry.trick = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * KIB, '{'))) sent += 64 * KIB;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return true;
    };
    expect(await found()).toMatch(/^REGISTRY_MALFORMED: an answer is larger/);
    expect(await blob(pushed.blobs[0]!, 100 * KIB)).toBe('REGISTRY_MALFORMED');
    expect(sent).toBeLessThan(64 * MIB);
  });

  it('that says nothing, or stops in the middle, is given up in time', async () => {
    const clock = new HandClock();
    const waits = async (begin: () => Promise<unknown>) => {
      const outcome = begin();
      const asked = registry.asked.length;
      await vi.waitFor(() => expect(registry.asked.length).toBeGreaterThan(asked), {
        timeout: 20_000,
        interval: 2,
      });
      let isOver = false;
      void outcome.then(() => {
        isOver = true;
      });
      while (!isOver) {
        await clock.move(REGISTRY_SILENCE_MS);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return outcome;
    };
    registry.trick = () => true;
    expect(await waits(() => found({ clock }))).toMatch(/^REGISTRY_UNREACHABLE/);
    registry.trick = (_, response) => {
      response.writeHead(200).write('{"schemaVersion":');
      return true;
    };
    expect(await waits(() => found({ clock }))).toMatch(/^REGISTRY_UNREACHABLE/);
  });

  it('that breaks off a layer is asked for the rest, as long as each time brings something', async () => {
    const packed = gzipSync(image.tars[0]!);
    let breaks = 0;
    registry.trick = ({ url = '', headers: { range } }, response) => {
      if (!url.includes(pushed.blobs[0]!) || breaks === 3) return false;
      const from = Number(/(\d+)/.exec(range ?? '')?.[1] ?? 0);
      breaks += 1;
      response.writeHead(from === 0 ? 200 : 206, { 'content-length': packed.length - from });
      response.write(packed.subarray(from, from + 50_000), () => response.destroy());
      return true;
    };
    expect(await blob(pushed.blobs[0]!, packed.length)).toEqual(packed);
    const ranges = registry.asked.map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=50000-', 'bytes=100000-', 'bytes=150000-']);
    registry.trick = (_, response) => {
      response.destroy();
      return true;
    };
    expect(await blob(pushed.blobs[0]!, packed.length)).toBe('REGISTRY_UNREACHABLE');
  });

  it('that sends the whole layer again where it was asked for the rest gives the same bytes', async () => {
    const packed = gzipSync(image.tars[0]!);
    registry.trick = ({ headers: { range } }, response) => {
      response.writeHead(200, { 'content-length': packed.length });
      if (range === undefined) response.write(packed.subarray(0, 70_000), () => response.destroy());
      else response.end(packed);
      return true;
    };
    expect(await blob(pushed.blobs[0]!, packed.length)).toEqual(packed);
  });

  it('that names other bytes by a digest is found out', async () => {
    const other = imageOf([someLayer('other')]);
    const manifest = {
      schemaVersion: 2,
      config: registry.blob(Buffer.from(other.config), image.digest),
      layers: [],
    };
    registry.manifest('team/app', '2', manifest);
    expect(await found({}, '2')).toMatch(/^IMAGE_DIGEST_WRONG/);
    registry.trick = (_, response) => {
      response.end(JSON.stringify(manifest));
      return true;
    };
    expect(await found({}, pushed.manifest)).toMatch(/^IMAGE_DIGEST_WRONG/);
  });

  it('that answers with what is no manifest is refused by the place of the fault', async () => {
    const config = registry.blob(Buffer.from(image.config));
    const bad: object[] = [
      ...[{}, { config: {} }, { config, layers: 'x' }, { config, layers: [{ digest: 'sha256:1' }] }],
      ...[{ config, layers: [] }, { manifests: [] }, { manifests: [{ digest: 5 }] }],
      { config, layers: [{ digest: digestOf(Buffer.from('x')), size: -1 }] },
    ];
    for (const [index, body] of bad.entries()) {
      registry.manifest('team/app', `bad-${index}`, body);
      expect(await found({}, `bad-${index}`), JSON.stringify(body)).toMatch(/^REGISTRY_MALFORMED/);
    }
    answering(200, {}, 'no JSON');
    expect(await found()).toMatch(/^REGISTRY_MALFORMED/);
    answering(200, {}, '{"config":{},"CONFIG":{}}');
    expect(await found()).toMatch(/^REGISTRY_MALFORMED/);
    answering(418);
    expect(await found()).toMatch(/^REGISTRY_MALFORMED/);
  });

  it('whose index leads in a circle is left', async () => {
    const first = digestOf(Buffer.from('first'));
    const index = {
      schemaVersion: 2,
      manifests: [{ digest: first, size: 1, platform: { architecture: 'amd64' } }],
    };
    answering(200, {}, JSON.stringify(index));
    expect(await found()).toMatch(/^(IMAGE_DIGEST_WRONG|REGISTRY_MALFORMED)/);
    expect(registry.asked.length).toBeLessThan(5);
  });

  it('that is no registry, or is overloaded, may be asked again', async () => {
    for (const status of [429, 500, 503]) {
      answering(status);
      expect(await found()).toBe(`REGISTRY_UNREACHABLE: it answers with status ${status}`);
    }
    for (const status of [403, 404]) {
      answering(status);
      expect(await found()).toMatch(/^REGISTRY_REFUSED/);
    }
    // Something that is no HTTP
    const server = createServer();
    server.on('connection', (socket) => socket.end('SSH-2.0-x\r\n'));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await vi.waitFor(() => expect(server.address()).not.toBeNull());
    const { port } = server.address() as { port: number };
    const host = `127.0.0.1:${port}`;
    const reference = { registry: host, repository: 'a' };
    expect(await found({ reference, allowed: [host] })).toMatch(/^REGISTRY_UNREACHABLE/);
  });
});
