// The hash chain of one series of offers (records/liveness.ts): a revision commits to one link, the tip, and every beat
// shows the preimage of the link shown last. The revisions of a series share a chain as long as it lasts.
import { randomBytes } from 'node:crypto';
import { chainOf } from '../../../records/liveness.ts';
import { BEATS } from '../../terms/parameters.ts';

/** If fewer beats than this are left, the next revision begins a new chain. */
const FEW_BEATS = 16;

export class BeatChain {
  #links: readonly Uint8Array[] = [];
  #tipAt = 0;
  #shown = 0;

  /** The link to which the current revision commits. */
  get tip(): Uint8Array {
    return this.#links[this.#tipAt] ?? new Uint8Array();
  }

  /** The number of beats after the tip. */
  get beats(): number {
    return this.#links.length - 1 - this.#tipAt;
  }

  /** The number of beats that were shown. */
  get shown(): number {
    return this.#shown;
  }

  /** Begins a revision: after the link that was shown last, or with a new chain if few links are left. */
  revise(): void {
    this.#tipAt += this.#shown;
    this.#shown = 0;
    if (this.beats >= FEW_BEATS) return;
    this.#links = chainOf(randomBytes(32), BEATS);
    this.#tipAt = 0;
  }

  /** The next beat, which then counts as shown; undefined if none is left. */
  next(): { readonly beat: number; readonly preimage: Uint8Array } | undefined {
    const preimage = this.#links[this.#tipAt + this.#shown + 1];
    if (preimage === undefined) return undefined;
    this.#shown += 1;
    return { beat: this.#shown, preimage };
  }
}
