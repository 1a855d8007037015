// Image names as registries read them.
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/lib/image-reference.ts';

describe('an image name', () => {
  it('without a registry is one of docker.io, and without a folder one of its library', () => {
    expect(parseReference('busybox')).toEqual({
      ...{ registry: 'docker.io', repository: 'library/busybox', tag: 'latest' },
    });
    expect(parseReference('grafana/grafana:11')).toMatchObject({
      ...{ registry: 'docker.io', repository: 'grafana/grafana', tag: '11' },
    });
  });

  it('has a registry where its first part has a dot or a port, or is localhost', () => {
    expect(parseReference('ghcr.io/a/b:c')).toEqual({ registry: 'ghcr.io', repository: 'a/b', tag: 'c' });
    expect(parseReference('host:5000/a')).toMatchObject({ registry: 'host:5000', repository: 'a' });
    expect(parseReference('localhost/a')).toMatchObject({ registry: 'localhost', repository: 'a' });
    expect(parseReference('host/a')).toMatchObject({ registry: 'docker.io', repository: 'host/a' });
  });

  it('means one registry however docker.io is called, and whatever the case of its letters', () => {
    for (const name of [
      'docker.io/busybox',
      'index.docker.io/busybox',
      'registry-1.docker.io/library/busybox',
    ])
      expect(parseReference(name)).toMatchObject({ registry: 'docker.io', repository: 'library/busybox' });
    expect(parseReference('gHCR.io/a')).toMatchObject({ registry: 'ghcr.io' });
  });

  it('that would lead out of its repository, or to something else, is none', () => {
    const wrong = [
      'ghcr.io/../a',
      'ghcr.io/a/../../b',
      'ghcr.io/a//b',
      'ghcr.io/a/',
      'ghcr.io/',
      'ghcr.io/.a',
    ];
    for (const name of [
      ...wrong,
      'a:b:c',
      'a:',
      'a:-b',
      'A/b',
      'ghcr.io/a?b',
      'ghcr.io/a#b',
      'ghcr.io/a%2fb',
    ])
      expect(parseReference(name), name).toBeUndefined();
    for (const name of ['ghcr.io:99999999/a', 'user@ghcr.io/a', '-a.b/c', 'a.b./c', ''])
      expect(parseReference(name), name).toBeUndefined();
  });
});
