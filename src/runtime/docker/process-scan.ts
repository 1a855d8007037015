// The processes of containers, as their files in `/proc` say, for whoever looks for a mark among their variables. A container decides
// how many and how large those are: of each at most so many bytes are read, a few at a time, and what is known is not read again.
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Serial } from '../../lib/serial.ts';
import { ENVIRONMENT_BYTES, ENVIRONMENTS_AT_A_TIME } from '../parameters.ts';
import { processesOf } from './usage.ts';

/** Where the processes of a container are: its id, and its first one. */
export interface Place {
  readonly container: string;
  readonly pid: number;
}

/** One process that has not ended. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** The value of the variable that was looked for; undefined where there is none, as far as was read. */
  readonly mark: string | undefined;
  /** This peer may not look. */
  readonly isHidden: boolean;
}

/** Looks at the processes of one container, as long as somebody wants to; what was read is known until then. */
export interface ProcessWatch extends Disposable {
  /** As they are now. All who ask while a look is under way share the next one. */
  look(): Promise<readonly Process[]>;
}

type Known = Pick<Process, 'mark' | 'isHidden'> & { readonly program: string };

interface Watched {
  readonly place: Place;
  watchers: number;
  known: Map<number, Known>;
  next: Promise<readonly Process[]> | undefined;
}

export interface ProcessScansOptions {
  /** The variable. */
  readonly name: string;
  readonly proc?: string;
  /** The numbers of the processes of a container. */
  readonly list?: (place: Place) => Promise<readonly number[]>;
}

export class ProcessScans {
  readonly #proc: string;
  readonly #list: (place: Place) => Promise<readonly number[]>;
  readonly #needle: Buffer;
  readonly #watched = new Map<string, Watched>();
  /** One container after the other, that the bounds are those of all. */
  readonly #scans = new Serial();

  constructor({ name, proc = '/proc', list = listed }: ProcessScansOptions) {
    this.#proc = proc;
    this.#list = list;
    this.#needle = Buffer.from(`\0${name}=`);
  }

  watch(place: Place): ProcessWatch {
    const { container } = place;
    const watched: Watched = this.#watched.get(container) ?? {
      ...{ place, watchers: 0, known: new Map(), next: undefined },
    };
    this.#watched.set(container, watched);
    watched.watchers += 1;
    return {
      look: () => {
        watched.next ??= this.#scans.run(() => {
          watched.next = undefined;
          return this.#scan(watched);
        });
        return watched.next;
      },
      [Symbol.dispose]: () => {
        watched.watchers -= 1;
        if (watched.watchers === 0) this.#watched.delete(container);
      },
    };
  }

  async #scan(watched: Watched): Promise<readonly Process[]> {
    const pids = [...(await this.#list(watched.place))];
    const found: Process[] = [];
    const known = new Map<number, Known>();
    const readNext = async () => {
      const space = Buffer.allocUnsafe(ENVIRONMENT_BYTES);
      for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
        const said = await this.#status(pid);
        if (said === undefined) continue;
        const { parent, session, program } = said;
        const before = watched.known.get(pid);
        const now = before?.program === program ? before : await this.#read(pid, said, space);
        if (now === undefined) continue;
        known.set(pid, now);
        found.push({ pid, parent, session, mark: now.mark, isHidden: now.isHidden });
      }
    };
    await Promise.all(Array.from({ length: ENVIRONMENTS_AT_A_TIME }, readNext));
    watched.known = known;
    return found;
  }

  /** Undefined for one that has ended. */
  async #status(pid: number): Promise<Status | undefined> {
    try {
      return statusIn(await readFile(join(this.#proc, String(pid), 'stat'), 'latin1'));
    } catch {
      return undefined;
    }
  }

  /** Undefined for one that has ended meanwhile. */
  async #read(pid: number, { program, sizeBytes }: Status, space: Buffer): Promise<Known | undefined> {
    try {
      const file = await open(join(this.#proc, String(pid), 'environ'));
      try {
        return { mark: this.#markIn(await lastOf(file, sizeBytes, space)), isHidden: false, program };
      } finally {
        await file.close();
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isHidden = code === 'EACCES' || code === 'EPERM';
      return isHidden ? { mark: undefined, isHidden, program } : undefined;
    }
  }

  /** In variables, each of which ends with a zero byte; the first one has none before it. */
  #markIn(variables: Buffer): string | undefined {
    const isFirst = variables.indexOf(this.#needle.subarray(1)) === 0;
    const at = isFirst ? -1 : variables.indexOf(this.#needle);
    if (!isFirst && at < 0) return undefined;
    const from = at + this.#needle.byteLength;
    const end = variables.indexOf(0, from);
    return variables.toString('latin1', from, end < 0 ? variables.byteLength : end);
  }
}

async function listed({ pid, container }: Place): Promise<readonly number[]> {
  return (await processesOf(pid, container)).filter((each) => each > 0);
}

/** What is looked for comes last where the engine starts a program. */
async function lastOf(file: FileHandle, sizeBytes: number, space: Buffer): Promise<Buffer> {
  const from = Math.max(0, sizeBytes - space.byteLength);
  let length = 0;
  while (length < space.byteLength) {
    const { bytesRead } = await file.read(space, length, space.byteLength - length, from + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return space.subarray(0, length);
}

interface Status {
  readonly parent: number;
  readonly session: number;
  /** Of the variables that it began with. */
  readonly sizeBytes: number;
  /** Another for each process that ever had its number, and for each program that it became: they are loaded elsewhere. */
  readonly program: string;
}

/** `/proc/<pid>/stat` (proc_pid_stat(5)); undefined for one that has ended and waits for its parent. */
function statusIn(stat: string): Status | undefined {
  // The name before these fields is in brackets, and can hold anything
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  if (field(3) === 'Z' || field(3) === 'X') return undefined;
  const [startTime, code, variables, variablesEnd] = [field(22), field(26), field(50), field(51).trim()];
  return {
    parent: Number(field(4)),
    session: Number(field(6)),
    sizeBytes: Math.max(0, Number(variablesEnd) - Number(variables)),
    program: [startTime, code, variables, variablesEnd].join(' '),
  };
}
