// Archives of images with something changed in them: whatever it is, what comes in is the image that its digest names, or a code.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf, type TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { importImage } from '../../src/runtime/images/import-image.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { Counts } from '../support/coded.ts';
import {
  digestOf,
  entriesOf,
  imageOf,
  layoutFiles,
  piecesOf,
  savedEntries,
  someLayer,
  tarOf,
  temporaryStore,
} from '../support/images.ts';

const signal = new AbortController().signal;
const image = imageOf([someLayer('low', 2_000), someLayer('high', 700)]);
const ARCHIVES = [tarOf(savedEntries(image, ['mine:1'])), tarOf(entriesOf(layoutFiles([{ image }])))];
const BLOCK = 512;

/** Sets the checksum of a block anew, so that a change in a header comes past it. */
function resum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

type Change = (bytes: Buffer) => Buffer;
const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const blockAt = (bytes: Buffer, where: number) => BLOCK * Math.floor((where * bytes.length) / BLOCK);

/** The places of headers: every block that has the magic. */
const headersOf = (bytes: Buffer) =>
  Array.from({ length: bytes.length / BLOCK }, (_, i) => i * BLOCK).filter(
    (start) => bytes.toString('latin1', start + 257, start + 262) === 'ustar',
  );

const changes: fc.Arbitrary<Change> = fc.oneof(
  // A byte of anything
  fc.tuple(at, fc.integer({ min: 0, max: 255 })).map(
    ([where, value]): Change =>
      (bytes) => {
        bytes[Math.floor(where * bytes.length)] = value;
        return bytes;
      },
  ),
  // A byte of a header, under a right checksum
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        at,
        fc.integer({ min: 0, max: 345 }),
        fc.oneof(
          fc.integer({ min: 0, max: 255 }),
          fc.constantFrom(0x2e, 0x2f, 0x30, 0x31, 0x32, 0x37, 0x78, 0x80),
        ),
      )
      .map(
        ([where, offset, value]): Change =>
          (bytes) => {
            const headers = headersOf(bytes);
            const start = headers[Math.floor(where * headers.length)];
            if (start === undefined) return bytes;
            bytes[start + offset] = value;
            resum(bytes.subarray(start, start + BLOCK));
            return bytes;
          },
      ),
  },
  // A letter of a description
  fc.tuple(at, fc.constantFrom(...'[]{}",:0sx/.')).map(
    ([where, letter]): Change =>
      (bytes) => {
        const start = bytes.lastIndexOf('[{') >= 0 ? bytes.lastIndexOf('[{') : 0;
        bytes[start + Math.floor(where * 300)] = letter.charCodeAt(0);
        return bytes;
      },
  ),
  // Blocks that come twice, go, or change places
  fc.tuple(at, at, fc.constantFrom('twice', 'gone', 'cut')).map(
    ([from, to, what]): Change =>
      (bytes) => {
        const [a, b] = [blockAt(bytes, from), blockAt(bytes, to)].sort((x, y) => x - y) as [number, number];
        if (what === 'cut') return bytes.subarray(0, a);
        const middle = what === 'twice' ? [bytes.subarray(a, b), bytes.subarray(a, b)] : [];
        return Buffer.concat([bytes.subarray(0, a), ...middle, bytes.subarray(b)]);
      },
  ),
);

/** Whether the store holds what it says that it holds. */
async function isTrue(store: LayerStore): Promise<boolean> {
  const tars = await Promise.all(
    store.list().map(async ({ diffId }) => [diffId, await buffer(store.tar(diffId))] as const),
  );
  return tars.every(([diffId, tar]) => digestOf(tar) === diffId);
}

it('an archive with something changed in it is an image, or is refused by a code and leaves nothing', async () => {
  const counts = new Counts();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(ARCHIVES.length - 1),
      fc.array(changes, { minLength: 0, maxLength: 3 }),
      async (archive, applied) => {
        const bytes = applied.reduce<Buffer>(
          (each, change) => change(each),
          Buffer.from(ARCHIVES[archive] ?? ''),
        );
        const { store, folder } = await temporaryStore();
        const outcome = await importImage(
          { stream: piecesOf(bytes, 3_000) },
          store,
          { maxBytes: MIB },
          signal,
        ).then(
          ({ manifest }) => {
            expect(digestOf(manifest.config)).toBe(manifest.digest);
            expect(manifest.layers.map(({ diffId }) => store.has(diffId))).not.toContain(false);
            return 'in';
          },
          async (error) => {
            expect(codeOf(error), String(error)).not.toBe('INTERNAL');
            expect(await readdir(folder)).toEqual([]);
            const { reason } = (error as TallyError).details;
            return reason === 'a header has a wrong checksum' ? 'first check' : 'later check';
          },
        );
        counts.add(outcome);
        expect(await isTrue(store)).toBe(true);
        expect(await readdir(dirname(folder))).toEqual(['layers']);
      },
    ),
    { numRuns: 600 },
  );
  expect(counts.of('in')).toBeGreaterThan(100);
  expect(counts.of('later check')).toBeGreaterThan(80);
  expect(counts.of('first check')).toBeGreaterThan(10);
});
