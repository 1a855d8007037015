// Ends programs that were run in containers beside their own, with all that they have started: what carries the mark in its
// environment, belongs to the session of such a process, or was started by one. Processes of this machine are ended from
// outside; where the container's are not to be seen or touched from here, a shell of the container does it, if there is one.
import type Docker from 'dockerode';
import { systemClock, wait } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { CALL_TIMEOUT_MS, EXEC_GRACE_MS, EXEC_LOOK_MS, EXEC_MOST_LOOKS } from '../parameters.ts';
import type { DockerClient } from './client.ts';
import { type Place, type Process, ProcessScans, type ProcessWatch } from './process-scan.ts';

/** The variable that marks such a program. */
export const EXEC_MARK = 'TALLYMESH_EXEC';

export class ExecEnds {
  readonly #client: DockerClient;
  readonly #sharesKernel: () => Promise<boolean>;
  readonly #log: Log;
  readonly #scans = new ProcessScans({ name: EXEC_MARK });
  /** What ends the programs that somebody listens to, by their marks. */
  readonly #held = new Map<string, () => Promise<void>>();

  constructor(client: DockerClient, sharesKernel: () => Promise<boolean>, log: Log) {
    this.#client = client;
    this.#sharesKernel = sharesKernel;
    this.#log = log;
  }

  /** A program is about to start; the function returned ends it. */
  hold(mark: string, container: Docker.ContainerInspectInfo): () => Promise<void> {
    const place = placeOf(container);
    let ending: Promise<void> | undefined;
    const end = async () => {
      try {
        await this.#endAll(place, (each) => each === mark, mark);
      } catch (err) {
        this.#log.warn({ err }, 'failed to end a program in a container');
      } finally {
        this.#held.delete(mark);
      }
    };
    const leave = () => {
      ending ??= end();
      return ending;
    };
    this.#held.set(mark, leave);
    return leave;
  }

  /** Ends all that somebody listens to. Never throws. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.values()].map((leave) => leave()));
  }

  /** Ends what programs of dead processes left in a container. */
  async sweep(container: Docker.ContainerInspectInfo): Promise<void> {
    const isLeft = (mark: string) => !this.#held.has(mark);
    try {
      await this.#endAll(placeOf(container), isLeft, this.#held.size === 0 ? '' : undefined);
    } catch (err) {
      this.#log.warn({ err }, 'failed to end what programs left in a container');
    }
  }

  /** `mark` is what the shell of the container looks for, where that has to do it. */
  async #endAll(place: Place, isMeant: (mark: string) => boolean, mark: string | undefined): Promise<void> {
    const canSee = await this.#sharesKernel().catch(() => false);
    if (canSee && (await this.#endFromOutside(place, isMeant))) return;
    if (mark !== undefined) await this.#endFromInside(place, mark);
  }

  async #endFromOutside(place: Place, isMeant: (mark: string) => boolean): Promise<boolean> {
    using processes = this.#scans.watch(place);
    return await endFromOutside(processes, isMeant);
  }

  /** As the container's user, who may end what it has started. */
  async #endFromInside({ container }: Place, mark: string): Promise<void> {
    const { docker } = this.#client;
    const script =
      `for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] && continue; ` +
      `grep -q '${EXEC_MARK}=${mark}' "$p/environ" 2>/dev/null && kill -9 "\${p#/proc/}"; done; true`;
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const exec = await this.#client.call(signal, (call) =>
      docker
        .getContainer(container)
        .exec({ Cmd: ['/bin/sh', '-c', script], AttachStdout: true, AttachStderr: true, ...call }),
    );
    const stream = await this.#client.open(signal, (call) => exec.start({ ...call }));
    for await (const _ of stream);
    const { ExitCode } = await this.#client.call(signal, (call) => exec.inspect(call));
    if (ExitCode !== 0)
      this.#log.warn(
        { container },
        'cannot end a program in a container: it has no shell, and this peer may not',
      );
  }
}

function placeOf({ Id, State }: Docker.ContainerInspectInfo): Place {
  return { container: Id, pid: State.Pid };
}

/** Asks them to end as a terminal that hangs up does, then kills them; false where this peer may not see or end them. */
async function endFromOutside(processes: ProcessWatch, isMeant: (mark: string) => boolean): Promise<boolean> {
  const known = new Set<number>();
  const signal = new AbortController().signal;
  const graceEndMs = systemClock.monotonicMs() + EXEC_GRACE_MS;
  for (let looks = 0; looks < EXEC_MOST_LOOKS; looks += 1) {
    const all = await processes.look();
    if (all.some(({ isHidden }) => isHidden)) return false;
    const meant = marked(all, isMeant, known);
    if (meant.length === 0) return true;
    const isOver = systemClock.monotonicMs() >= graceEndMs;
    const how = isOver ? 'SIGKILL' : 'SIGHUP';
    // Who was asked once is given time
    if ((looks === 0 || isOver) && !meant.every(({ pid }) => endOne(pid, how))) return false;
    await wait(systemClock, EXEC_LOOK_MS, signal);
  }
  return true;
}

/** Whether this peer may; one that has ended meanwhile is no failure. */
function endOne(pid: number, how: 'SIGHUP' | 'SIGKILL'): boolean {
  try {
    process.kill(pid, how);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * The processes with a mark that is meant, and those of their sessions and what they started: a program can overwrite its environment.
 * Sessions that were found once are remembered in `known`.
 */
function marked(
  all: readonly Process[],
  isMeant: (mark: string) => boolean,
  known: Set<number>,
): readonly Process[] {
  const found = new Set(all.filter(({ mark }) => mark !== undefined && isMeant(mark)));
  const remember = ({ session }: Process) => session > 0 && known.add(session);
  for (const each of found) remember(each);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const pids = new Set([...found].map(({ pid }) => pid));
    for (const each of all) {
      if (!known.has(each.session) && !pids.has(each.parent)) continue;
      found.add(each);
      remember(each);
    }
  }
  return [...found];
}
