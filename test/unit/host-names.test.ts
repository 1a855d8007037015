// Which host leads to which port of which deployment.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findByLabel, hostsOf, labelOf } from '../../src/api/names/host-names.ts';
import { showId } from '../../src/records/id.ts';

const ID = 'a'.repeat(12) + 'b'.repeat(40);
const OTHER = 'c'.repeat(52);

const placed = (name: string, { id = ID, ports = [8080, 9090], isWanted = true } = {}) => ({
  ...{ id, name, ports, isWanted },
});

const hosts = (name: string, others: ReturnType<typeof placed>[] = []) => {
  const deployment = placed(name);
  return hostsOf(deployment, [deployment, ...others]).map(({ host }) => host);
};

describe('a Host header', () => {
  test.each([
    ['site.localhost', 'site'],
    ['site.localhost:4800', 'site'],
    ['SITE.LocalHost:4800', 'site'],
    ['site--9090.localhost:1', 'site--9090'],
  ])('%s names a deployment', (host, label) => {
    expect(labelOf(host)).toBe(label);
  });

  test.each([
    undefined,
    '',
    'localhost',
    'localhost:4800',
    '.localhost',
    'a.b.localhost',
    'site.localhost.',
    'site.localhost.evil.example',
    'site.localhost:4800:1',
    'site.localhost:',
    'site_.localhost',
    'si te.localhost',
    'user@site.localhost',
    'site.localhost/x',
    'site.localhost\u0000',
    '127.0.0.1',
    'evil.example',
    `${'x'.repeat(64)}.localhost`,
  ])('%j names none', (host) => {
    expect(labelOf(host)).toBeUndefined();
  });
});

describe('the hosts of a deployment', () => {
  test('are its name for the first port of its bid, and its name with the port for every other', () => {
    expect(hosts('site')).toEqual(['site.localhost', 'site--9090.localhost']);
    expect(hosts('My-Site')).toEqual(['my-site.localhost', 'my-site--9090.localhost']);
  });

  test.each(['', 'a b', 'a.b', '-a', 'a-', 'ä', 'a--80', 'a_b', 'x'.repeat(57)])(
    'are made of its id where its name %j cannot stand in a host',
    (name) => {
      expect(hosts(name)).toEqual(['aaaaaaaaaaaa.localhost', 'aaaaaaaaaaaa--9090.localhost']);
    },
  );

  test('are made of its id where another one that is wanted has the same name in other letters', () => {
    expect(hosts('site', [placed('Site', { id: OTHER })])).toContain('aaaaaaaaaaaa.localhost');
    expect(hosts('site', [placed('site', { id: OTHER, isWanted: false })])).toContain('site.localhost');
  });
});

describe('a label', () => {
  const site = placed('site');
  const leaving = placed('site', { id: OTHER, ports: [1], isWanted: false });

  test.each([
    ['site', 8080],
    ['site--8080', 8080],
    ['site--9090', 9090],
    ['aaaaaaaaaaaa', 8080],
    ['aaaaaaaaaaaa--9090', 9090],
    [ID, 8080],
    [`${ID}--9090`, 9090],
    ['site--7', undefined],
    ['site--0', undefined],
    ['site--99999', undefined],
  ])('%s leads to port %s', (label, port) => {
    expect(findByLabel(label, [site])).toEqual({ id: ID, port });
  });

  test.each(['', 'other', 'aaaaaaaaaaa', 'aaaaaaaaaaaac', 'site--', 'site--8080--1', 'site-8080', '--8080'])(
    '%j leads nowhere',
    (label) => {
      expect(findByLabel(label, [site])).toBeUndefined();
    },
  );

  test('of a deployment without ports names it, and no port', () => {
    expect(findByLabel('site', [placed('site', { ports: [] })])).toEqual({ id: ID, port: undefined });
  });

  test('means the one that is to go on, and nobody where that are two', () => {
    expect(findByLabel('site', [leaving, site])?.id).toBe(ID);
    expect(findByLabel('site', [leaving])?.id).toBe(OTHER);
    expect(findByLabel('site', [site, placed('SITE', { id: OTHER })])).toBeUndefined();
  });
});

test('every host that is shown leads to its port, and fits into a label', () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(showId);
  const name = fc.oneof(
    fc.constantFrom('', 'site', 'Site', 'a--80', '80', 'x'.repeat(56), 'x'.repeat(64)),
    fc.string({ maxLength: 64 }),
  );
  const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 4 });
  const living = fc.array(fc.record({ id, name, ports, isWanted: fc.boolean() }), { maxLength: 6 });
  let led = 0;
  fc.assert(
    fc.property(living, (all) => {
      for (const deployment of all)
        for (const { port, host } of hostsOf(deployment, all)) {
          const label = labelOf(host);
          expect(label?.length).toBeLessThanOrEqual(63);
          expect(findByLabel(label!, all)).toEqual({ id: deployment.id, port });
          led += 1;
        }
    }),
  );
  expect(led).toBeGreaterThan(100);
});
