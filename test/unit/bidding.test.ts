// What is wrong with a bid's payload, in the words of whoever wrote the bid.
import { expect, test } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { payloadOf } from '../../src/market/tenant/bidding.ts';
import { namedVolumes } from '../../src/market/tenant/contents.ts';
import type { BidInput } from '../../src/market/terms/bid-input.ts';

/** The code, the field and the reason of what is thrown for such a bid; undefined where it is right. */
function refusalOf({ volumes = [], ...input }: Partial<BidInput>) {
  const placed = namedVolumes(volumes).map(({ name, path }) => ({ name, path, content: [] }));
  try {
    payloadOf(input as BidInput, placed);
    return undefined;
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return [error.code, error.details.field, error.details.reason];
  }
}

const base64 = 'aGk=';
const NOT_ABSOLUTE = 'not an absolute path without ".", ".." and "//"';

test.each<[what: string, input: Partial<BidInput>, field: string, reason: string]>([
  ['a volume outside of any folder', { volumes: [{ path: '/a/../b' }] }, 'volumes[0].path', NOT_ABSOLUTE],
  ['a file at no full path', { files: [{ path: 'etc/x', base64 }] }, 'files[0].path', NOT_ABSOLUTE],
  [
    'a file of the kernel',
    { files: [{ path: '/proc/x', base64 }] },
    'files[0].path',
    'it lies in a folder of the system',
  ],
  [
    'a secret with a path as its name',
    { secrets: [{ name: 'a/b', base64 }] },
    'secrets[0].name',
    'not of the form of this field',
  ],
  [
    'two secrets of one name',
    {
      secrets: [
        { name: 'a', base64 },
        { name: 'a', base64 },
      ],
    },
    'secrets',
    'two have one name',
  ],
  [
    'two volumes of one name',
    {
      volumes: [
        { name: 'a', path: '/a' },
        { name: 'a', path: '/b' },
      ],
    },
    'volumes',
    'two have one name',
  ],
  [
    'two volumes of one path',
    {
      volumes: [
        { name: 'a', path: '/a' },
        { name: 'b', path: '/a' },
      ],
    },
    'volumes',
    'two have one path',
  ],
  ['a volume in a volume', { volumes: [{ path: '/a' }, { path: '/a/b' }] }, 'volumes', 'one lies in another'],
  [
    'a file at the path of a volume',
    { volumes: [{ path: '/a' }], files: [{ path: '/a', base64 }] },
    'files',
    'two have one path',
  ],
])('%s is named by its field of the bid', (_, input, field, reason) => {
  expect(refusalOf(input)).toEqual(['BAD_REQUEST', field, reason]);
});

test('volumes, files and secrets apart from each other are right', () => {
  const volumes = [{ path: '/a' }, { path: '/ab', name: 'x.y' }];
  const files = [{ path: '/a/b...c', base64 }];
  expect(refusalOf({ volumes, files, secrets: [{ name: 'a.b', base64 }] })).toBeUndefined();
});
