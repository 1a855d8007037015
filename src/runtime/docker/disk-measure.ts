// What a container has on the disk, read from its folders where they can be read from here: everything below them, and files
// that are deleted and still open. `find` does it: it keeps its place in trees deeper than a path can name, runs beside this
// process at a low priority, and is stopped at the first file too many.
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import type { DiskAllowance, DiskUse } from '../engine.ts';

/** The unit in which file systems say what a file takes. */
const BLOCK_BYTES = 512;

/** Kind, blocks, links, and which file it is: enough to count the bytes of a file of several names once. */
const LINE = '%y %b %n %D:%i';

/** Where a container writes, and which of this machine's processes are its own. */
export interface DiskPlace {
  readonly folders: readonly string[];
  /** Asked twice: a process that is not in both answers may be somebody else's by now. */
  readonly processes: () => Promise<number[]>;
}

/** Sums up names, and the bytes of each file once: names without end cost whoever counts them as much as files do. */
class Sum {
  bytes = 0;
  files = 0;
  readonly #seen = new Set<string>();

  /** From `LINE`; a file is counted by its blocks, so that holes in it are nothing. */
  add(kind: string, blocks: string, links: string, id: string): void {
    this.files += 1;
    if (kind !== 'd' && links !== '1') {
      if (this.#seen.has(id)) return;
      this.#seen.add(id);
    }
    this.bytes += Number(blocks) * BLOCK_BYTES;
  }
}

/** Counts until there are more files than allowed. Throws where `find` cannot be run. */
export async function measure(
  { folders, processes }: DiskPlace,
  allowed: DiskAllowance,
  signal: AbortSignal,
): Promise<DiskUse> {
  const sum = new Sum();
  await scan(['-P', ...folders, '-xdev', '-printf', `${LINE}\n`], signal, (line) => {
    const [kind = '', blocks = '', links = '', id = ''] = line.split(' ');
    sum.add(kind, blocks, links, id);
    return sum.files <= allowed.files;
  });
  const pids = await processes();
  if (pids.length > 0 && sum.files <= allowed.files) {
    const deleted = await findDeleted(folders, pids, allowed.files, signal);
    const still = new Set(await processes());
    for (const [id, { blocks, holders }] of deleted)
      if (holders.some((pid) => still.has(pid))) sum.add('f', blocks, '0', id);
  }
  return { bytes: sum.bytes, files: sum.files };
}

interface DeletedFile {
  readonly blocks: string;
  /** Processes that have it, some of them where they are many. */
  readonly holders: number[];
}

/** Of so many processes one is there at the second look, or none has to be. */
const MOST_HOLDERS = 16;

/**
 * Files without a name that these processes have open or mapped, on the file systems of the container, by which file it is: one
 * that is open a thousand times is one. Ends at more than `most`.
 */
async function findDeleted(
  folders: readonly string[],
  pids: readonly number[],
  most: number,
  signal: AbortSignal,
): Promise<Map<string, DeletedFile>> {
  const roots = [...folders, `/proc/${pids[0]}/root`];
  const devices = new Set(await Promise.all(roots.map((each) => deviceOf(each))));
  const found = new Map<string, DeletedFile>();
  const places = pids.flatMap((pid) => [`/proc/${pid}/fd`, `/proc/${pid}/map_files`]);
  const wanted = ['-maxdepth', '1', '-type', 'f', '-links', '0'];
  await scan(['-L', ...places, ...wanted, '-printf', '%b %D:%i %p\n'], signal, (line) => {
    const [blocks = '', id = '', path = ''] = line.split(' ');
    // Memory that programs share has no name either
    if (!devices.has(id.slice(0, id.indexOf(':')))) return true;
    const { holders } = found.get(id) ?? { holders: [] as number[] };
    found.set(id, { blocks, holders });
    const pid = Number(path.split('/')[2]);
    if (holders.at(-1) !== pid && holders.length < MOST_HOLDERS) holders.push(pid);
    return found.size <= most;
  });
  return found;
}

async function deviceOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return String(found?.dev ?? '');
}

/** Runs `find` and hands on its lines while `take` wants more. What vanishes meanwhile is passed over. */
async function scan(
  args: readonly string[],
  signal: AbortSignal,
  take: (line: string) => boolean,
): Promise<void> {
  signal.throwIfAborted();
  const find = spawn('find', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise<void>((resolve, reject) => {
    find.once('close', () => resolve()).once('error', reject);
  });
  gone.catch(() => {});
  const stop = () => find.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  lowerPriority(find.pid);
  try {
    let rest = '';
    for await (const piece of find.stdout.setEncoding('latin1')) {
      const lines = (rest + String(piece)).split('\n');
      rest = lines.pop() ?? '';
      if (!lines.every(take)) break;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await gone;
  }
  signal.throwIfAborted();
}

/** The owner's own work goes first. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already
  }
}
