// Folders that fill volumes: packed, always alike; read, by whoever did not pack them, without a way out.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { FolderCount } from '../../src/runtime/folders/folder-order.ts';
import { packFolder } from '../../src/runtime/folders/pack-folder.ts';
import { encodeTarEntry } from '../../src/runtime/tar-header.ts';
import { entriesIn, folderWith, packed } from '../support/folders.ts';
import { piecesOf, type TarEntry, tarEntry, tarOf } from '../support/images.ts';

const shown = async (tar: Uint8Array) =>
  (await entriesIn(piecesOf(tar))).map(({ path, target, content }) => [path.join('/'), target || content]);
const refusal = (tar: Uint8Array, count?: FolderCount) =>
  entriesIn(piecesOf(tar, 700), count).then(() => 'read', codeOf);

const SITE = {
  ...{ 'b/deep/page': 'deep', 'b.html': 'dot', 'a/z': 'z', 'a/B': 'B', 'index.html': 'home' },
  ...{ 'a/link': '->B', 'b/deep/up': '->../../a', empty: '' },
};

describe('a folder that is packed', () => {
  it('comes back as it is, each folder before what is in it', async () => {
    const tar = await packed(await folderWith(SITE));
    expect(await shown(tar)).toEqual([
      ...[
        ['a', ''],
        ['a/B', 'B'],
        ['a/link', 'B'],
        ['a/z', 'z'],
      ],
      ...[
        ['b', ''],
        ['b/deep', ''],
        ['b/deep/page', 'deep'],
        ['b/deep/up', '../../a'],
      ],
      ...[
        ['b.html', 'dot'],
        ['empty', ''],
        ['index.html', 'home'],
      ],
    ]);
  });

  it('is the same bytes wherever and whenever it is packed, and others once anything is', async () => {
    const [one, two] = [
      await folderWith(SITE),
      await folderWith(Object.fromEntries(Object.entries(SITE).reverse())),
    ];
    for (const folder of [one, two])
      for (const [i, path] of ['', 'a', 'b', 'b/deep', ...Object.keys(SITE)].entries())
        if (!path.endsWith('link') && !path.endsWith('up')) await utimes(join(folder, path), i, 1_000_000);
    const touch = async (folder: string) => {
      for (const link of ['a/link', 'b/deep/up'])
        execFileSync('touch', ['-h', '-d', '@1000000', join(folder, link)]);
      for (const path of ['a', 'b/deep', 'b']) await utimes(join(folder, path), 0, 1_000_000);
    };
    await touch(one);
    await touch(two);
    const tar = await packed(one);
    expect(tar.equals(await packed(two))).toBe(true);
    await chmod(join(two, 'index.html'), 0o600);
    expect(tar.equals(await packed(two))).toBe(false);
  });

  it('is read by tar itself, with long names and names of other letters', async () => {
    const long = `${'long'.repeat(40)}/${'näme'.repeat(40)}`;
    const folder = await folderWith({ [long]: 'x', [`${'long'.repeat(40)}/link`]: `->${'näme'.repeat(40)}` });
    const tar = await packed(folder);
    const list = execFileSync('tar', ['-tvf', '-'], {
      input: tar,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    }).toString();
    expect(list).toContain(long);
    expect(list).toContain(`-> ${'näme'.repeat(40)}`);
    expect((await shown(tar)).map(([path]) => path)).toContain(long);
  });

  it('has no rights beyond reading, writing and running, and no owner', async () => {
    const folder = await folderWith({ su: 'x' });
    await chmod(join(folder, 'su'), 0o6755);
    const [entry] = await entriesIn(piecesOf(await packed(folder)));
    expect(entry).toMatchObject({ mode: 0o755 });
  });

  it('can be one file, under its own name', async () => {
    const folder = await folderWith({ 'dump.sql': 'select 1' });
    expect(await shown(await packed(join(folder, 'dump.sql')))).toEqual([['dump.sql', 'select 1']]);
  });

  it.each([
    ['a link to an absolute path', '/etc/passwd'],
    ['a link that leads out', '../../x'],
    ['a link that goes down and up', 'a/../../x'],
  ])('is refused with %s', async (_, target) => {
    const folder = await folderWith({ 'a/file': 'x' });
    await symlink(target, join(folder, 'a', 'link'));
    await expect(packed(folder)).rejects.toMatchObject({ code: 'VOLUME_CONTENT_INVALID' });
  });

  it('is refused with a pipe in it, before anybody waits for that', async () => {
    const folder = await folderWith();
    execFileSync('sh', ['-c', `mkfifo ${join(folder, 'pipe')}`]);
    await expect(packed(folder)).rejects.toMatchObject({
      code: 'VOLUME_CONTENT_INVALID',
      details: { name: 'pipe' },
    });
  });

  it('is refused where it is not there, and where a file changes while it is read', async () => {
    await expect(packed('/nowhere/at/all')).rejects.toMatchObject({
      ...{ code: 'VOLUME_SOURCE_UNREADABLE', details: { reason: 'ENOENT' } },
    });
    const folder = await folderWith({ file: 'x'.repeat(600_000) });
    const reading = async () => {
      let read = 0;
      for await (const piece of packFolder(folder)) {
        read += piece.byteLength;
        if (read > 512) await truncate(join(folder, 'file'), 300_000);
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'VOLUME_SOURCE_UNREADABLE' });
    await rm(join(folder, 'file'));
    await mkdir(join(folder, 'file'));
    await writeFile(join(folder, 'file', 'x'), '');
    expect(await shown(await packed(folder))).toHaveLength(2);
  });

  it('is refused at the first file too many, and at the first byte that has no room', async () => {
    const folder = await folderWith({ a: 'x', b: 'x', c: 'x'.repeat(5_000) });
    const within = (bytes: number, files: number) =>
      packed(folder, new FolderCount({ bytes, files })).then(() => 'packed', codeOf);
    expect(await within(16_384, 3)).toBe('packed');
    expect(await within(16_383, 3)).toBe('VOLUME_CONTENT_TOO_LARGE');
    expect(await within(16_384, 2)).toBe('VOLUME_CONTENT_TOO_LARGE');
  });
});

describe('a tar that somebody else made', () => {
  const file = (name: string, rest: Partial<TarEntry> = {}): TarEntry => ({ name, body: 'x', ...rest });
  const folder = (name: string): TarEntry => ({ name: `${name}/`, kind: '5' });
  const pax = (records: string) => tarEntry({ name: 'pax', kind: 'x', body: records });

  it('is read where it is as it should be', async () => {
    expect(await refusal(tarOf([folder('a'), file('a/b'), file('c')]))).toBe('read');
  });

  const cases: [string, readonly (TarEntry | Uint8Array)[]][] = [
    ['a path that leads out', [file('../evil')]],
    ['a path that leads out further down', [folder('a'), file('a/../../evil')]],
    ['an absolute path', [file('/etc/passwd')]],
    ['a path through itself', [file('./a')]],
    ['no name', [file('')]],
    ['a name of zero letters', [folder('a'), file('a//b')]],
    ['a name too long', [pax(`${String(270)} path=${'x'.repeat(260)}\n`), file('x')]],
    ['a file whose folder never came', [file('a/b')]],
    ['a file below a file', [file('a'), file('a/b')]],
    ['a file below a link', [{ name: 'a', kind: '2', target: 'b' }, file('a/b')]],
    ['two entries of one name', [file('a'), file('a')]],
    ['a folder twice', [folder('a'), file('a/b'), folder('a')]],
    ['another order', [file('b'), file('a')]],
    ['a hard link', [file('a'), { name: 'b', kind: '1', target: 'a' }]],
    ['a character device', [{ name: 'null', kind: '3', device: [1, 3] }]],
    ['a block device', [{ name: 'disk', kind: '4', device: [8, 0] }]],
    ['a pipe', [{ name: 'pipe', kind: '6' }]],
    ['a link to an absolute path', [{ name: 'a', kind: '2', target: '/etc' }]],
    ['a link that leads out', [{ name: 'a', kind: '2', target: '..' }]],
    ['a link that goes down and up', [folder('a'), { name: 'a/b', kind: '2', target: 'c/../..' }]],
    ['a link to nowhere', [{ name: 'a', kind: '2', target: '' }]],
    ['a link with bytes', [{ name: 'a', kind: '2', target: 'b', body: 'x' }]],
    ['a folder with bytes', [{ name: 'a/', kind: '5', body: 'x' }]],
    ['set-uid', [file('su', { mode: 0o4755 })]],
    ['set-gid', [file('sg', { mode: 0o2755 })]],
    ['sticky', [{ name: 't/', kind: '5', mode: 0o1777 }]],
    ['a global header', [tarEntry({ name: 'g', kind: 'g', body: '12 path=abc\n' }), file('x')]],
    ['a header of GNU', [tarEntry({ name: 'L', kind: 'L', body: '../evil\0' }), file('x')]],
    ['a header that says another size', [pax('15 size=999999\n'), file('x')]],
    ['a header that says an owner', [pax('9 uid=0\n'), file('x')]],
    ['a header behind a header', [pax('10 path=a\n'), pax('10 path=b\n'), file('x')]],
    ['a header before the end', [pax('10 path=a\n')]],
    ['a size that is none', [file('a', { size: '7777777777x\0' })]],
    ['a negative size', [file('a', { size: Buffer.from([0xff, ...Array(11).fill(0xff)]) })]],
    ['more bytes than there are', [file('a', { size: '00000077777\0' })]],
  ];
  it.each(cases)('is refused with %s', async (_, entries) => {
    expect(await refusal(tarOf(entries))).toBe('VOLUME_CONTENT_INVALID');
  });

  it.each([
    ['breaks off in a header', (tar: Buffer) => tar.subarray(0, 300)],
    ['breaks off in a file', (tar: Buffer) => tar.subarray(0, 600)],
    ['has no end', (tar: Buffer) => tar.subarray(0, 1_024)],
    ['has half an end', (tar: Buffer) => tar.subarray(0, 1_536)],
    ['goes on behind its end', (tar: Buffer) => Buffer.concat([tar, Buffer.alloc(512)])],
    ['is nothing', () => Buffer.alloc(0)],
    ['has a wrong checksum', (tar: Buffer) => Buffer.concat([Buffer.from('b'), tar.subarray(1)])],
  ])('is refused where it %s', async (_, spoil) => {
    const tar = tarOf([file('a')]);
    expect(await refusal(tar)).toBe('read');
    expect(await refusal(spoil(tar))).toBe('VOLUME_CONTENT_INVALID');
  });

  it('is refused before its bytes where they have no room', async () => {
    const bomb = tarOf([file('zeros', { body: Buffer.alloc(100_000) })]);
    expect(await refusal(bomb.subarray(0, 512), new FolderCount({ bytes: 99_999, files: 9 }))).toBe(
      'VOLUME_CONTENT_TOO_LARGE',
    );
    const many = tarOf(Array.from({ length: 10 }, (_, i) => file(`${i}`)));
    expect(await refusal(many, new FolderCount({ bytes: 2 ** 30, files: 9 }))).toBe(
      'VOLUME_CONTENT_TOO_LARGE',
    );
  });

  it('is read to the next entry, also by who leaves a file unread', async () => {
    const tar = tarOf([file('a', { body: 'y'.repeat(3_000) }), file('b')]);
    expect((await entriesIn(piecesOf(tar, 1))).map(({ content }) => content.length)).toEqual([3_000, 1]);
  });
});

describe('the header of an entry', () => {
  it.each([1, 90, 99, 100, 101, 250])(
    'says a name of %i letters, whatever its length makes of the header',
    async (length) => {
      const name = `${'ä'.repeat(Math.floor(length / 2))}${'x'.repeat(length % 2)}`.slice(0, 120);
      const tar = Buffer.concat([encodeTarEntry({ kind: 'file', name }), Buffer.alloc(1_024)]);
      expect(await shown(tar)).toEqual([[name, '']]);
    },
  );
});
