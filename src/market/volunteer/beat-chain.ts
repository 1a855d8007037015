// The hash chain of one series of offers (records/liveness.ts): a revision commits to a link of it, its tip, and every beat
// shows the preimage before. Revisions of a series share a chain as long as it lasts.
import { randomBytes } from 'node:crypto';
import { chainOf } from '../../records/liveness.ts';
import { BEATS } from '../terms/parameters.ts';

/** With fewer beats left than this the next revision begins a new chain. */
const FEW_BEATS = 16;

export class BeatChain {
  #links: readonly Uint8Array[] = [];
  #tipAt = 0;
  #shown = 0;

  /** What the current revision commits to. */
  get tip(): Uint8Array {
    return this.#links[this.#tipAt] ?? new Uint8Array();
  }

  /** How many beats there are after the tip. */
  get beats(): number {
    return this.#links.length - 1 - this.#tipAt;
  }

  /** How many of them were shown. */
  get shown(): number {
    return this.#shown;
  }

  /** A new revision goes on from the last link that was shown, or begins a new chain when few are left. */
  revise(): void {
    this.#tipAt += this.#shown;
    this.#shown = 0;
    if (this.beats >= FEW_BEATS) return;
    this.#links = chainOf(randomBytes(32), BEATS);
    this.#tipAt = 0;
  }

  /** The next beat, which is then shown; undefined when all were. */
  next(): { readonly beat: number; readonly preimage: Uint8Array } | undefined {
    const preimage = this.#links[this.#tipAt + this.#shown + 1];
    if (preimage === undefined) return undefined;
    this.#shown += 1;
    return { beat: this.#shown, preimage };
  }
}
