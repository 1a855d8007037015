// The firewall rules of the peers whose containers one client starts: set and removed in one lane, never set after the
// client is closed, and checked at every look at the engine, because others may change the tables of the machine.
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { Serial } from '../../lib/serial.ts';
import type { Firewall } from './firewall.ts';

export interface GuardingParts {
  /** The rules on the machine of the engine, as far as an engine was met. */
  readonly firewall: () => Promise<Firewall>;
  /** Whether the engine has no container of this peer. */
  readonly isIdle: (peer: string, signal: AbortSignal) => Promise<boolean>;
  readonly log: Log;
}

export class Guarding {
  readonly #parts: GuardingParts;
  readonly #lane = new Serial();
  /** Guards that wait for their turn. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #guarded = new Set<string>();
  /** The peers whose rule could not be set, as their owners know. */
  readonly #open = new Set<string>();
  #isClosed = false;

  constructor(parts: GuardingParts) {
    this.#parts = parts;
  }

  /**
   * Makes sure that the rule of a peer stands now, before one of its containers starts. Throws INSTANCE_START_FAILED where
   * it cannot be set, STOPPING once this is closed.
   */
  guard(peer: string): Promise<void> {
    // What has not begun to look yet looks for all that ask until then: each look is a program that is started
    const waiting = this.#waiting.get(peer);
    if (waiting !== undefined) return waiting;
    const guarded = this.#lane.run(() => this.#guardNow(peer));
    this.#waiting.set(peer, guarded);
    return guarded;
  }

  async #guardNow(peer: string): Promise<void> {
    this.#waiting.delete(peer);
    if (this.#isClosed) throw new TallyError('STOPPING');
    const firewall = await this.#parts.firewall();
    const hadToBeSet = await firewall.guard(peer).catch((cause: unknown) => {
      this.#sayOpen(peer, cause);
      throw new TallyError(
        'INSTANCE_START_FAILED',
        { reason: 'the peer cannot set a firewall rule' },
        { cause },
      );
    });
    if (hadToBeSet && this.#guarded.has(peer))
      this.#parts.log.warn({ peer }, 'the firewall rule of this peer was gone; set it again');
    this.#guarded.add(peer);
    this.#open.delete(peer);
  }

  #sayOpen(peer: string, err: unknown): void {
    if (this.#open.has(peer)) return;
    this.#open.add(peer);
    this.#parts.log.error({ err, peer }, 'failed to set a firewall rule; containers may reach this machine');
  }

  /** Takes the rule of a peer away, unless there is something that it guards against. */
  release(peer: string, signal: AbortSignal): Promise<void> {
    return this.#lane.run(async () => {
      if (!(await this.#parts.isIdle(peer, signal))) return;
      const firewall = await this.#parts.firewall();
      await firewall.release(peer);
      this.#guarded.delete(peer);
    });
  }

  /** From now on no rule is set. */
  close(): void {
    this.#isClosed = true;
  }

  /** Takes the rules away that guard against nothing. */
  async releaseAll(signal: AbortSignal): Promise<void> {
    // What is being guarded is known once the lane is empty
    await this.#lane.run(async () => {});
    for (const peer of [...this.#guarded]) await this.release(peer, signal);
  }
}
