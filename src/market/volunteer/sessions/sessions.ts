// What tenants do in their containers beside calling them: programs that they run there, and files that they copy. Each is for the tenant of the
// lease alone, in a container that runs; how many are open is bounded.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';
import { TallyError } from '../../../lib/errors.ts';
import { Slots } from '../../../lib/slots.ts';
import type { CopyRequest } from '../../../overlay/protocols/copy.ts';
import type { ExecRequest } from '../../../overlay/protocols/exec.ts';
import type { Engine } from '../../../runtime/engine.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import type { Tell } from '../../book/event-log.ts';
import { allowanceOf } from '../../terms/disk-allowance.ts';
import { COPIES_A_LEASE, SESSION_NEWS_MS, SESSIONS_A_LEASE, SESSIONS_MOST } from '../../terms/parameters.ts';
import type { GivenLease } from '../given-lease.ts';
import type { LeaseDesk } from '../lease-desk.ts';
import { copyIn, copyOut } from './copy-session.ts';
import { execSession } from './exec-session.ts';
import type { OpenSessions } from './open-sessions.ts';

export interface SessionsParts {
  readonly clock: Clock;
  readonly engine: Pick<Engine, 'exec' | 'lookAt' | 'download' | 'upload' | 'diskUse'>;
  readonly desk: Pick<LeaseDesk, 'running'>;
  readonly open: OpenSessions;
  /** Where what is copied waits. */
  readonly store: Pick<LayerStore, 'scratch'>;
  readonly event: Tell;
  /** Counts bytes as those of a tunnel. */
  readonly count: (lease: string, bytes: number) => void;
}

export class Sessions {
  readonly #parts: SessionsParts;
  readonly #ofLease = new Slots(SESSIONS_A_LEASE);
  readonly #copies = new Slots(COPIES_A_LEASE);
  readonly #all = new Slots(SESSIONS_MOST);
  /** When the owner last heard of those of a lease that has some open. */
  readonly #toldAtMs = new Map<string, number>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /**
   * Runs a program in the container of a lease of this tenant; its frames. Throws LEASE_UNKNOWN, DEPLOYMENT_NOT_RUNNING, EXEC_TOO_MANY,
   * EXEC_USER_REFUSED, and what the engine throws.
   */
  async exec(tenant: string, request: ExecRequest, signal: AbortSignal): Promise<Duplex> {
    const { engine, desk, clock, count } = this.#parts;
    const given = desk.running(tenant, request.lease);
    const { command, user, folder, env, rows, columns, input } = request;
    if (command.length === 0) throw new TallyError('PROTOCOL_VIOLATION', { reason: 'no command' });
    return this.#open(given, async (ending) => {
      const running = await engine.exec(
        given.id,
        {
          ...{ command, hasInput: input === 1 },
          ...(user === '' ? {} : { user }),
          ...(folder === '' ? {} : { folder }),
          env: Object.fromEntries(env.map(({ name, value }) => [name, value])),
          ...(rows > 0 && columns > 0 ? { terminal: { rows, columns } } : {}),
        },
        signal,
      );
      return execSession(running, { clock, ending, count: (bytes) => count(given.id, bytes) });
    });
  }

  /**
   * Copies files of the container of a lease of this tenant, or into it; its frames. Throws LEASE_UNKNOWN, DEPLOYMENT_NOT_RUNNING,
   * EXEC_TOO_MANY, FILE_UNKNOWN, FILE_REFUSED, FILE_NOT_WRITTEN, and what the engine throws.
   */
  async copy(tenant: string, request: CopyRequest, signal: AbortSignal): Promise<Duplex> {
    const { engine, desk, clock, count, open, store } = this.#parts;
    const given = desk.running(tenant, request.lease);
    const { path, direction, top } = request;
    const parts = { engine, clock, open, store, lease: given.id };
    const counted = { ...parts, count: (bytes: number) => count(given.id, bytes) };
    // Where it cannot be measured the last measure stands
    const written = { bytes: given.writtenBytes ?? 0, files: 0 };
    const used = (bound: AbortSignal) => engine.diskUse(given.id, allowed, bound).catch(() => written);
    const allowed = allowanceOf(given.lease.body.resources);
    return this.#open(given, async (ending) => {
      const spoolGone = this.#copies.take(given.id);
      if (spoolGone === undefined) throw new TallyError('EXEC_TOO_MANY', { copies: COPIES_A_LEASE });
      const all = { ...counted, ending, spoolGone };
      try {
        if (direction === 'out') return await copyOut(all, { path, allowed }, signal);
        return await copyIn(all, { path, hasTop: top === 1, allowed, used }, signal);
      } catch (error) {
        spoolGone();
        throw error;
      }
    });
  }

  /** Opens one where there is room, and tells the owner. */
  async #open(given: GivenLease, open: (ending: AbortSignal) => Promise<Duplex>): Promise<Duplex> {
    const giveBack = this.#enter(given.id);
    const { signal, leave } = this.#parts.open.begin(given.id);
    const over = () => {
      giveBack();
      leave();
    };
    try {
      const stream = await open(signal);
      this.#tell(given);
      stream.once('close', over);
      return stream;
    } catch (error) {
      over();
      throw error;
    }
  }

  #enter(lease: string): () => void {
    const leaveAll = this.#all.take('');
    const leaveLease = leaveAll && this.#ofLease.take(lease);
    if (leaveLease !== undefined)
      return () => {
        leaveLease();
        leaveAll?.();
      };
    leaveAll?.();
    throw new TallyError('EXEC_TOO_MANY', { aLease: SESSIONS_A_LEASE, most: SESSIONS_MOST });
  }

  /** That, not what: a command is its tenant's business. */
  #tell({ id, tenant }: GivenLease): void {
    const { clock, event } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const [lease, atMs] of this.#toldAtMs)
      if (nowMs - atMs >= SESSION_NEWS_MS) this.#toldAtMs.delete(lease);
    if (this.#toldAtMs.has(id)) return;
    this.#toldAtMs.set(id, nowMs);
    event({ kind: 'lease.entered', lease: id, peer: tenant });
  }
}
