// Pushes: images that this peer sends to a volunteer ahead of a lease. It invites the volunteer to fetch, and asks again and again how
// far that is; on disk, so that a kill of either side only costs time.
import { randomBytes } from 'node:crypto';
import type { Table } from '../../ledger/database.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { type PushResponse, pushProtocol } from '../../overlay/protocols/images.ts';
import { DIGEST, TIME_MS } from '../../records/common.ts';
import { parseId, showId } from '../../records/id.ts';
import { fields, int, text } from '../../records/shape.ts';
import { FETCH_LOOK_MS, PUSH_PATIENCE_MS, PUSHES_KEPT } from '../terms/parameters.ts';
import type { PushView } from '../terms/views.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

/** A push, by its id. */
export const PUSH_ROW = fields({
  digest: DIGEST,
  sizeBytes: int(1),
  volunteer: text(64),
  beganAtMs: TIME_MS,
  state: text(8, /^(coming|held|failed)$/),
  /** Why it failed; empty until then. */
  code: text(64, /^[A-Z_]*$/),
});
type PushRow = ReturnType<typeof PUSH_ROW>;

/** What may pass: the volunteer or its engine is out of reach, or busy with other requests. */
const PASSING = ['PEER_SILENT', 'PEER_UNREACHABLE', 'BUDGET_SPENT', 'REFUSED_STOPPING', 'ENGINE_UNREACHABLE'];

interface Push {
  readonly id: string;
  row: PushRow;
  /** How far it is, by the volunteer's last word to this process. */
  said?: PushResponse;
  /** Aborted when it is to end. */
  readonly ending: AbortController;
}

export interface PushesParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: Pick<VolunteerCalls, 'request'>;
  readonly rows: Table<PushRow>;
  /** Whether this peer still has an image to send. */
  readonly isKept: (digest: string) => boolean;
}

export class Pushes implements Service {
  readonly #parts: PushesParts;
  /** By id, the oldest first. */
  readonly #pushes = new Map<string, Push>();
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(parts: PushesParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const found: Push[] = [];
    for await (const [id, row] of this.#parts.rows.entries())
      found.push({ id, row, ending: new AbortController() });
    for (const push of found.sort((a, b) => a.row.beganAtMs - b.row.beganAtMs))
      this.#pushes.set(push.id, push);
  }

  /** Goes on with what a process before this one began. */
  async start(): Promise<void> {
    for (const push of this.#pushes.values()) if (push.row.state === 'coming') this.#run(push);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  list(): PushView[] {
    return [...this.#pushes.values()].map(viewPush);
  }

  /** The image that is pushed under this id to this volunteer, while it is. */
  imageFor(id: Uint8Array, volunteer: string): string | undefined {
    const push = this.#pushes.get(showId(id));
    if (push?.row.volunteer !== volunteer || push.row.state !== 'coming') return undefined;
    return push.row.digest;
  }

  /** Whether an image is on its way to a volunteer. */
  isUnderWay(digest: string): boolean {
    return [...this.#pushes.values()].some(({ row }) => row.state === 'coming' && row.digest === digest);
  }

  /** Calls back when a push is over, however. */
  onEnd(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Whether an image was pushed to a volunteer; it may have let the image go since. */
  isHeldBy(volunteer: string, digest: string): boolean {
    return [...this.#pushes.values()].some(
      ({ row }) => row.state === 'held' && row.volunteer === volunteer && row.digest === digest,
    );
  }

  /** The volunteers to which an image was pushed since then. */
  holdersOf(digest: string, sinceMs: number): string[] {
    return [...this.#pushes.values()]
      .filter(({ row }) => row.state === 'held' && row.digest === digest && row.beganAtMs > sinceMs)
      .map(({ row }) => row.volunteer);
  }

  /** Begins a push, or finds the one that is under way. */
  async begin(digest: string, sizeBytes: number, volunteer: string): Promise<PushView> {
    const under = [...this.#pushes.values()].find(
      ({ row }) => row.state === 'coming' && row.volunteer === volunteer && row.digest === digest,
    );
    if (under !== undefined) return viewPush(under);
    const { clock } = this.#parts;
    const row = { digest, sizeBytes, volunteer, beganAtMs: clock.nowMs(), state: 'coming', code: '' };
    const push: Push = { id: showId(randomBytes(32)), row, ending: new AbortController() };
    await this.#forget();
    this.#pushes.set(push.id, push);
    await this.#change(push, {});
    this.#run(push);
    return viewPush(push);
  }

  /** Throws PUSH_UNKNOWN. */
  async end(id: string): Promise<void> {
    const push = this.#pushes.get(id);
    if (push === undefined) throw new TallyError('PUSH_UNKNOWN', { push: id });
    push.ending.abort();
    this.#pushes.delete(id);
    await this.#parts.rows.delete(id);
    for (const listener of this.#listeners) listener();
  }

  /** Room for one more: the oldest that is over goes. */
  async #forget(): Promise<void> {
    const over = [...this.#pushes.values()].filter(({ row }) => row.state !== 'coming');
    const excess = this.#pushes.size + 1 - PUSHES_KEPT;
    for (const { id } of over.slice(0, Math.max(0, excess))) await this.end(id);
  }

  #run(push: Push): void {
    const signal = AbortSignal.any([push.ending.signal, this.#stopping.signal]);
    this.#follow(push, signal).catch((err: unknown) => {
      if (!signal.aborted) this.#parts.log.error({ err }, 'failed to follow a push');
    });
  }

  /** Asks until the image is there, or it is clear that it will not be. */
  async #follow(push: Push, signal: AbortSignal): Promise<void> {
    const { calls, clock, isKept } = this.#parts;
    const { digest, sizeBytes, volunteer } = push.row;
    const request = { push: parseId(push.id), digest, sizeBytes };
    let heardAtMs = clock.monotonicMs();
    for (;;) {
      if (!isKept(digest)) return await this.#change(push, { state: 'failed', code: 'IMAGE_NOT_KEPT' });
      try {
        push.said = await calls.request(pushProtocol, volunteer, request, signal);
        heardAtMs = clock.monotonicMs();
        if (push.said.isHeld === 1) return await this.#change(push, { state: 'held' });
      } catch (error) {
        signal.throwIfAborted();
        const code = codeOf(error);
        const isPatient = clock.monotonicMs() < heardAtMs + PUSH_PATIENCE_MS;
        if (!PASSING.includes(code) || !isPatient) return await this.#change(push, { state: 'failed', code });
      }
      await wait(clock, FETCH_LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }

  async #change(push: Push, change: Partial<PushRow>): Promise<void> {
    push.row = { ...push.row, ...change };
    await this.#parts.rows.put(push.id, push.row);
    if (push.row.state !== 'coming') for (const listener of this.#listeners) listener();
  }
}

function viewPush({ id, row, said }: Push): PushView {
  const { digest, volunteer, state, code } = row;
  const { fetchedBytes: bytes = 0, ofBytes = 0 } = said ?? {};
  const shown = state === 'held' || state === 'failed' ? state : said === undefined ? 'waiting' : 'fetching';
  return { id, digest, volunteer, state: shown, code, bytes, ofBytes };
}
