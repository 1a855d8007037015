// The processes of a container that is to make its volunteer read without end.
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Process, ProcessScans } from '../../src/runtime/docker/process-scan.ts';
import { ENVIRONMENT_BYTES } from '../../src/runtime/parameters.ts';
import { folderWith } from '../support/folders.ts';

const PLACE = { container: 'c', pid: 1 };
const GIB = 2 ** 30;

/** A folder like `/proc`. */
async function processes() {
  const proc = await folderWith();
  const pids = new Set<number>();
  let lists = 0;
  const scans = new ProcessScans({
    ...{ name: 'MARK', proc },
    list: async () => {
      lists += 1;
      return [...pids];
    },
  });
  const put = async (pid: number, environ: string | Buffer, started = 1, sizeBytes = environ.length) => {
    pids.add(pid);
    const folder = join(proc, String(pid));
    await mkdir(folder, { recursive: true });
    const fields = Array.from({ length: 50 }, () => '0');
    Object.assign(fields, {
      0: 'S',
      1: '7',
      3: '9',
      19: String(started),
      47: '1000',
      48: String(1_000 + sizeBytes),
    });
    await writeFile(join(folder, 'stat'), `${pid} (odd) name)) ${fields.join(' ')}\n`);
    await writeFile(join(folder, 'environ'), environ);
    if (environ.length < sizeBytes) await truncate(join(folder, 'environ'), sizeBytes);
  };
  const marks = (found: readonly Process[]) => new Map(found.map(({ pid, mark }) => [pid, mark]));
  return { proc, scans, put, marks, lists: () => lists };
}

describe('a look at the processes of a container', () => {
  it('finds the mark wherever it stands among the variables, and nothing that only looks like it', async () => {
    const { scans, put, marks } = await processes();
    await put(1, 'MARK=first\0B=1\0');
    await put(2, 'A=1\0MARK=mid\0B=1\0');
    await put(3, 'A=1\0MARK=last');
    await put(4, 'A=MARK=no\0NOMARK=no\0');
    await put(5, '');
    using watch = scans.watch(PLACE);
    const found = await watch.look();
    expect(marks(found)).toEqual(
      new Map([
        [1, 'first'],
        [2, 'mid'],
        [3, 'last'],
        [4, undefined],
        [5, undefined],
      ]),
    );
    expect(found.find(({ pid }) => pid === 1)).toMatchObject({ parent: 7, session: 9, isHidden: false });
  });

  it('reads no more of huge variables than it may, and those that come last', async () => {
    const { scans, put, marks } = await processes();
    // More than any machine has: who reads all of it fails
    for (let pid = 1; pid <= 250; pid += 1) await put(pid, 'MARK=early\0', 1, 64 * GIB);
    const end = Buffer.alloc(2 * ENVIRONMENT_BYTES, 'x');
    await put(300, Buffer.concat([end, Buffer.from('\0MARK=late\0')]));
    using watch = scans.watch(PLACE);
    const found = marks(await watch.look());
    expect(found.size).toBe(251);
    expect(found.get(1)).toBeUndefined();
    expect(found.get(300)).toBe('late');
  });

  it('reads what it knows once, until another program is there', async () => {
    const { scans, put, marks } = await processes();
    await put(1, 'MARK=a\0');
    using watch = scans.watch(PLACE);
    await watch.look();
    await put(1, 'MARK=b\0');
    expect(marks(await watch.look()).get(1)).toBe('a');
    await put(1, 'MARK=b\0', 2);
    expect(marks(await watch.look()).get(1)).toBe('b');
    await put(1, 'MARK=after\0', 2);
    expect(marks(await watch.look()).get(1)).toBe('after');
  });

  it('is one for all that ask meanwhile', async () => {
    const { scans, put, lists } = await processes();
    await put(1, 'MARK=a\0');
    const watches = Array.from({ length: 8 }, () => scans.watch(PLACE));
    await Promise.all(watches.map((watch) => watch.look()));
    expect(lists()).toBe(1);
    for (const watch of watches) watch[Symbol.dispose]();
  });
});
