// Tars of folders with something changed in them: whatever comes through has plain names, one of each, in their order, below folders
// that came before, and no rights or links that lead further.
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { FolderCount, FolderOrder, NameOrder } from '../../src/runtime/folders/folder-order.ts';
import { packEntries } from '../../src/runtime/folders/pack-entries.ts';
import { siftEntries } from '../../src/runtime/folders/sift-entries.ts';
import { encodeTarEntry, TAR_END } from '../../src/runtime/tar-header.ts';
import { entriesIn } from '../support/folders.ts';
import { piecesOf } from '../support/images.ts';

const BLOCK = 512;
const LIMIT = { bytes: 2 ** 20, files: 50 };

const base = Buffer.concat([
  encodeTarEntry({ kind: 'folder', name: 'a/' }),
  ...[
    encodeTarEntry({ kind: 'file', name: 'a/b', sizeBytes: 3 }),
    Buffer.from('abc'),
    Buffer.alloc(BLOCK - 3),
  ],
  encodeTarEntry({ kind: 'symlink', name: 'a/link', target: '../c' }),
  encodeTarEntry({ kind: 'folder', name: 'b/' }),
  encodeTarEntry({ kind: 'file', name: `b/${'long'.repeat(40)}`, sizeBytes: 0 }),
  encodeTarEntry({ kind: 'file', name: 'c', sizeBytes: 0, mode: 0o755 }),
  TAR_END,
]);

const headersOf = (bytes: Buffer) =>
  Array.from({ length: bytes.length / BLOCK }, (_, i) => i * BLOCK).filter(
    (start) => bytes.toString('latin1', start + 257, start + 262) === 'ustar',
  );

function resum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

const at = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1_000);
const names = fc.oneof(
  fc.constantFrom(
    '../x',
    '/x',
    'a',
    'a/',
    'a/b',
    'b/x',
    'c/x',
    'a/link/x',
    './a',
    'a//b',
    'zz',
    'z/../../x',
    '..',
  ),
  fc.string({ maxLength: 20 }),
);

/** A header with another name, target, kind or mode, under a right checksum; or any byte anywhere. */
const change = fc.oneof(
  fc.record({ what: fc.constant('name' as const), where: at, text: names }),
  fc.record({ what: fc.constant('target' as const), where: at, text: names }),
  fc.record({
    what: fc.constant('kind' as const),
    where: at,
    text: fc.constantFrom('0', '1', '2', '3', '5', '6', 'x', 'g', 'L'),
  }),
  fc.record({
    what: fc.constant('mode' as const),
    where: at,
    text: fc.constantFrom('0004755\0', '0000777\0', '0001777\0'),
  }),
  fc.record({
    what: fc.constant('byte' as const),
    where: at,
    text: fc.string({ minLength: 1, maxLength: 1 }),
  }),
);
const PLACES = { name: [0, 100], target: [157, 100], kind: [156, 1], mode: [100, 8] } as const;

function changed(
  changes: readonly { what: keyof typeof PLACES | 'byte'; where: number; text: string }[],
): Buffer {
  const bytes = Buffer.from(base);
  for (const { what, where, text } of changes) {
    if (what === 'byte') {
      bytes[Math.floor(where * bytes.length)] = text.charCodeAt(0) & 0xff;
      continue;
    }
    const headers = headersOf(bytes);
    const start = headers[Math.floor(where * headers.length)];
    if (start === undefined) continue;
    const [offset, length] = PLACES[what];
    bytes.fill(0, start + offset, start + offset + length).write(text, start + offset, length);
    resum(bytes.subarray(start, start + BLOCK));
  }
  return bytes;
}

it('a tar with something changed in it comes through plainly, or not at all', async () => {
  const counts = { read: 0, refused: 0, pastTheFirst: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const tar = changed(changes);
      const came: string[] = [];
      try {
        const entries = await entriesIn(piecesOf(tar, 700), new FolderCount(LIMIT));
        counts.read += 1;
        const folders = new Set(['']);
        for (const { kind, path, target, mode } of entries) {
          const name = path.join('/');
          expect(posix.normalize(`/${name}`)).toBe(`/${name}`);
          expect(folders.has(path.slice(0, -1).join('/'))).toBe(true);
          expect(came).not.toContain(name);
          expect(mode).toBeLessThanOrEqual(0o777);
          if (kind === 'folder') folders.add(name);
          if (kind === 'symlink') expect(posix.join(posix.dirname(name), target)).not.toMatch(/^(?:\.\.|\/)/);
          came.push(name);
        }
      } catch (error) {
        if (!['VOLUME_CONTENT_INVALID', 'VOLUME_CONTENT_TOO_LARGE'].includes(codeOf(error))) throw error;
        counts.refused += 1;
        if (!changes.some(({ where }) => where < 0.1)) counts.pastTheFirst += 1;
      }
    }),
    { numRuns: 3_000 },
  );
  // That both happen, and that faults are found behind the first entry
  expect(counts.read).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(500);
  expect(counts.pastTheFirst).toBeGreaterThan(300);
});

it('what is sifted from a tar with something changed in it is plain for whoever reads it next', async () => {
  const counts = { whole: 0, leftOut: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      for (const order of [new FolderOrder(), new NameOrder()]) {
        let left = 0;
        const leftOut = () => {
          left += 1;
        };
        let tar: Buffer;
        try {
          const sifted = siftEntries(piecesOf(changed(changes), 700), { leftOut, hasTop: false, order });
          tar = Buffer.concat([await buffer(packEntries(sifted)), TAR_END]);
        } catch (error) {
          if (codeOf(error) !== 'FILE_REFUSED') throw error;
          counts.refused += 1;
          continue;
        }
        counts[left > 0 ? 'leftOut' : 'whole'] += 1;
        const entries = await entriesIn(
          piecesOf(tar, 700),
          new FolderCount(LIMIT),
          order.constructor === FolderOrder ? new FolderOrder() : new NameOrder(),
        );
        for (const { path, mode, kind, target } of entries) {
          const name = path.join('/');
          expect(posix.normalize(`/${name}`)).toBe(`/${name}`);
          expect(mode).toBeLessThanOrEqual(0o777);
          if (kind === 'symlink') expect(posix.join(posix.dirname(name), target)).not.toMatch(/^(?:\.\.|\/)/);
        }
      }
    }),
    { numRuns: 1_500 },
  );
  expect(counts.whole).toBeGreaterThan(50);
  expect(counts.leftOut).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(100);
});
