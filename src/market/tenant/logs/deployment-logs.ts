// The log of a deployment: what its copies wrote, those that were replaced too, in order of time; then, where it is followed, what
// they write, over replacements, new copies and breaks of the way to their volunteers, until the deployment has ended and all is read.
import { countOf } from '../../../lib/amounts.ts';
import { atOnce } from '../../../lib/at-once.ts';
import { type Clock, every, wait } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { Merged } from '../../../lib/merged.ts';
import { type LogLineItem, logsProtocol } from '../../../overlay/protocols/logs.ts';
import { isMark, markLine } from '../../../runtime/log-line.ts';
import {
  LOG_CHARACTERS_READ,
  LOG_COPIES_READ,
  LOG_LINES_AGAIN,
  LOG_LINES_READ,
  LOG_OVERLAP_LINES,
  LOG_READ_MS,
  LOG_TIMEOUT_MS,
  LOGS_AT_ONCE,
  RETRY_MS,
} from '../../terms/parameters.ts';
import type { LogQuery, LogView } from '../../terms/views.ts';
import { copiesOf, type Deployment, hasEnded, type Instance, isOver, isSuperseded } from '../deployment.ts';
import type { Deployments } from '../deployments.ts';
import type { VolunteerCalls } from '../volunteer-calls.ts';
import { Bookmark } from './bookmark.ts';
import type { KeptLogs } from './kept-logs.ts';

export interface DeploymentLogsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: Pick<VolunteerCalls, 'feed'>;
  readonly deployments: Pick<Deployments, 'get' | 'watch'>;
  readonly keptLogs: Pick<KeptLogs, 'read' | 'lines'>;
}

/** What was read of a copy. */
interface History {
  readonly copy: Instance;
  readonly bookmark: Bookmark;
  readonly lines: readonly LogLineItem[];
  /** Why nothing was. */
  readonly failure?: unknown;
}

/** A copy whose container has not started has written nothing. */
const NOT_YET = ['placing', 'fetching', 'starting'];

const FIRST_GONE = `the lines before this one were not read: ${LOG_LINES_READ} lines of a copy are the most`;
const MISSING =
  'lines may be missing here: the volunteer was out of reach, and what it wrote meanwhile is more than is read again';
const LATE = 'the rest of this log did not come in time';

export class DeploymentLogs {
  readonly #parts: DeploymentLogsParts;

  constructor(parts: DeploymentLogsParts) {
    this.#parts = parts;
  }

  /**
   * Throws DEPLOYMENT_UNKNOWN, REPLICA_UNKNOWN, and what a volunteer refused with where there is no line of any copy to show, and
   * none to wait for.
   */
  async *read(id: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogView, void, undefined> {
    const deployment = this.#parts.deployments.get(id);
    const replicas = replicasOf(deployment, query.replica);
    const old = new Set(deployment.instances.filter(isSuperseded));
    const histories: History[] = [];
    await atOnce(replicas, LOGS_AT_ONCE, async (replica) => {
      histories.push(
        ...(await this.#historyOf(copiesOf(deployment, replica), query, replicas.length, signal)),
      );
    });
    const failed = histories.filter(({ failure }) => failure !== undefined);
    const shown = inOrder(histories);
    if (shown.length === 0 && failed[0] !== undefined && (!query.follow || hasEnded(deployment)))
      throw failed[0].failure;
    query.opened?.();
    yield* shown;
    if (query.follow) yield* this.#follow(deployment, query.replica, { old, histories }, signal);
    else for (const { copy, failure } of failed) yield this.#unreadable(copy, failure);
  }

  /** The last lines of a replica, over its latest copies. */
  async #historyOf(
    copies: readonly Instance[],
    { tail, sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER }: LogQuery,
    replicas: number,
    signal: AbortSignal,
  ): Promise<History[]> {
    const isOfTime = sinceMs > 0 || untilMs < Number.MAX_SAFE_INTEGER;
    const histories: History[] = [];
    let left = tail;
    for (const copy of copies.slice(-LOG_COPIES_READ).toReversed()) {
      const isLatest = copy === copies.at(-1);
      if (!isLatest && (left === 0 || (isOver(copy) && copy.row.endedAtMs < sinceMs))) break;
      if (NOT_YET.includes(copy.row.state)) continue;
      const asked = isOfTime ? LOG_LINES_READ : Math.min(LOG_LINES_READ, left + LOG_OVERLAP_LINES);
      const history = await this.#readCopy(copy, asked, LOG_CHARACTERS_READ / replicas, signal);
      const wanted = history.lines.filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs);
      const [first] = wanted;
      const lines = left === 0 ? [] : wanted.slice(-left);
      const [head] = history.lines;
      // Where the lines are from is said however few of them are shown
      if (head !== undefined && lines.length > 0 && lines[0] !== head && isMark(head)) lines.unshift(head);
      // All that could be asked for is wanted: there may be more of it
      if (first !== undefined && history.lines.length >= LOG_LINES_READ && first === history.lines[0])
        if (lines[0] === first) lines.unshift(markLine(FIRST_GONE, first.atMs));
      left = Math.max(0, left - lines.length);
      histories.push({ ...history, lines });
    }
    return histories;
  }

  /** The last lines of a copy, as many as fit; what did not come, or did not fit, is said. */
  async #readCopy(
    copy: Instance,
    tail: number,
    mostCharacters: number,
    caller: AbortSignal,
  ): Promise<History> {
    const bookmark = new Bookmark();
    const lines: LogLineItem[] = [];
    // Nobody waits long for what another took the place of
    const late = AbortSignal.timeout(isSuperseded(copy) ? LOG_TIMEOUT_MS : LOG_READ_MS);
    let [characters, dropped] = [0, 0];
    let failure: unknown;
    try {
      for await (const line of this.#parts.keptLogs.read(copy, tail, AbortSignal.any([caller, late]))) {
        bookmark.take(line);
        lines.push(line);
        characters += line.text.length;
        while (lines.length > tail + LOG_OVERLAP_LINES || characters > mostCharacters) {
          characters -= lines.shift()?.text.length ?? 0;
          dropped += 1;
        }
      }
    } catch (error) {
      const last = lines.at(-1);
      if (last === undefined) failure = error;
      else lines.push(markLine(`${LATE} (${codeOf(error)})`, last.atMs));
    }
    const [first] = lines;
    if (dropped > 0 && first !== undefined)
      lines.unshift(markLine(`${countOf(dropped, 'line was', 'lines were')} dropped here`, first.atMs));
    return { copy, bookmark, lines, ...(failure === undefined ? {} : { failure }) };
  }

  /** What copies write from their histories on; a copy that was replaced before is over. */
  async *#follow(
    deployment: Deployment,
    replica: number | undefined,
    { old, histories }: { readonly old: ReadonlySet<Instance>; readonly histories: readonly History[] },
    caller: AbortSignal,
  ): AsyncGenerator<LogView, void, undefined> {
    const left = new AbortController();
    const signal = AbortSignal.any([caller, left.signal]);
    const merged = new Merged<LogView>();
    const followed = new Set(old);
    const follow = (copy: Instance) => {
      followed.add(copy);
      const history = histories.find((each) => each.copy === copy);
      merged.add(this.#followCopy(copy, history?.bookmark, signal));
    };
    const isNew = (copy: Instance) =>
      !followed.has(copy) && (replica === undefined || copy.row.replica === replica);
    const takeIn = async () => {
      for await (const _ of this.#parts.deployments.watch(deployment.id, signal))
        for (const copy of deployment.instances.filter(isNew)) follow(copy);
    };
    merged.addingUntil(takeIn());
    try {
      yield* merged;
    } finally {
      left.abort();
    }
  }

  /** What a copy writes from the bookmark on, until it is over, or replaced, and shows no more. */
  async *#followCopy(
    copy: Instance,
    known: Bookmark | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LogView, void, undefined> {
    const { clock, calls, keptLogs } = this.#parts;
    const bookmark = known ?? new Bookmark();
    const { lease, volunteer, incarnation } = copy.row;
    const request = { lease, tail: LOG_LINES_AGAIN, follow: 1 };
    let told = '';
    if (known === undefined && incarnation > 1)
      yield viewLine(copy, markLine('this copy replaces the one before', clock.nowMs()));
    using reading = this.#whileItLasts(copy, signal);
    for (;;) {
      try {
        bookmark.resume(LOG_LINES_AGAIN);
        if (!NOT_YET.includes(copy.row.state))
          for await (const line of calls.feed(logsProtocol, volunteer, request, reading.signal)) {
            told = '';
            yield* newsOf(copy, bookmark, line);
          }
      } catch (error) {
        const code = codeOf(error);
        if (code !== told && !signal.aborted && isAwaited(copy)) yield this.#unreadable(copy, error);
        told = code;
      }
      if (signal.aborted) return;
      if (!isAwaited(copy)) break;
      await wait(clock, RETRY_MS, signal);
    }
    const kept = await keptLogs.lines(copy);
    bookmark.resume(kept.length);
    for (const line of kept) yield* newsOf(copy, bookmark, line);
  }

  #unreadable(copy: Instance, failure: unknown): LogView {
    const sentence = `the log of this copy cannot be read now (${codeOf(failure)})`;
    return viewLine(copy, markLine(sentence, this.#parts.clock.nowMs()));
  }

  /** A signal that aborts some time after a copy is over or replaced: a volunteer that is gone ends no feed. */
  #whileItLasts(copy: Instance, caller: AbortSignal): { signal: AbortSignal } & Disposable {
    const { clock, log } = this.#parts;
    const ended = new AbortController();
    const signal = AbortSignal.any([caller, ended.signal]);
    let overForMs = 0;
    every({ clock, log, signal }, RETRY_MS, () => {
      if (!isAwaited(copy)) overForMs += RETRY_MS;
      if (overForMs > LOG_TIMEOUT_MS) ended.abort();
    });
    return { signal, [Symbol.dispose]: () => ended.abort() };
  }
}

/** Whether more can come of a copy. */
function isAwaited(copy: Instance): boolean {
  return !isOver(copy) && !isSuperseded(copy);
}

/** Those that have a copy, or the one that is asked for. Throws REPLICA_UNKNOWN. */
function replicasOf(deployment: Deployment, wanted: number | undefined): number[] {
  const all = [...new Set(deployment.instances.map(({ row }) => row.replica))];
  if (wanted === undefined) return all;
  if (all.includes(wanted)) return [wanted];
  throw new TallyError('REPLICA_UNKNOWN', { replica: wanted, replicas: deployment.row.replicas });
}

function* newsOf(copy: Instance, bookmark: Bookmark, line: LogLineItem): Generator<LogView, void, undefined> {
  const taken = bookmark.take(line);
  if (taken === 'had') return;
  if (taken === 'after-gap') yield viewLine(copy, markLine(MISSING, line.atMs));
  yield viewLine(copy, line);
}

function viewLine({ row }: Instance, { stream, atMs, text }: LogLineItem): LogView {
  const { replica, incarnation } = row;
  return { replica, incarnation, stream: stream === 'stderr' ? 'stderr' : 'stdout', atMs, text };
}

/** All lines in order of time; those of one copy stay in their order, whatever its clock did. */
function inOrder(histories: readonly History[]): LogView[] {
  const keyed = histories.flatMap(({ copy, lines }) => {
    let latestMs = 0;
    return lines.map((line) => {
      latestMs = Math.max(latestMs, line.atMs);
      return { atMs: latestMs, line: viewLine(copy, line) };
    });
  });
  return keyed.sort((a, b) => a.atMs - b.atMs).map(({ line }) => line);
}
