// The sessions that tenants have open in the containers of leases: they end with the lease, and their calls for files, while which
// an engine says nothing else of the container, come one after the other and are bounded.
import type { Clock } from '../../../lib/clock.ts';
import { TallyError } from '../../../lib/errors.ts';
import { KeyedSerial } from '../../../lib/serial.ts';
import { withSignal } from '../../../overlay/terms/deadline.ts';
import { COPY_CALL_MS } from '../../terms/parameters.ts';

export class OpenSessions {
  readonly #clock: Pick<Clock, 'after'>;
  /** What ends those of each lease. */
  readonly #open = new Map<string, Set<AbortController>>();
  readonly #lanes = new KeyedSerial();
  readonly #copying = new Set<string>();

  constructor({ clock }: { readonly clock: Pick<Clock, 'after'> }) {
    this.#clock = clock;
  }

  /** Begins one; its signal aborts when it is to end, and `leave` is called when it has. */
  begin(lease: string): { readonly signal: AbortSignal; readonly leave: () => void } {
    const ending = new AbortController();
    const all = this.#open.get(lease) ?? new Set();
    this.#open.set(lease, all.add(ending));
    const leave = () => {
      all.delete(ending);
      if (all.size === 0 && this.#open.get(lease) === all) this.#open.delete(lease);
    };
    return { signal: ending.signal, leave };
  }

  /** Ends those of a lease, whatever their tenant does; nothing that they ask of the engine goes on. */
  end(lease: string): void {
    const reason = new TallyError('DEPLOYMENT_NOT_RUNNING');
    for (const ending of this.#open.get(lease) ?? []) ending.abort(reason);
  }

  /** Whether the engine reads or writes files of its container now: until that is over Docker says nothing else of it. */
  isCopying(lease: string): boolean {
    return this.#copying.has(lease);
  }

  /**
   * Runs one call for files of a container, at the pace of the engine and the disk, never at a tenant's. Throws COPY_TOO_LONG, the
   * signal's reason.
   */
  callForFiles<T>(lease: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#lanes.run(lease, async () => {
      signal.throwIfAborted();
      const late = new AbortController();
      const cancel = this.#clock.after(COPY_CALL_MS, () => late.abort(new TallyError('COPY_TOO_LONG')));
      const bound = AbortSignal.any([signal, late.signal]);
      this.#copying.add(lease);
      try {
        return await withSignal(call(bound), bound);
      } catch (error) {
        bound.throwIfAborted();
        throw error;
      } finally {
        cancel();
        this.#copying.delete(lease);
      }
    });
  }
}
