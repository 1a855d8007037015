// The evidence that earlier runs stored: it is read at once, because its bytes carry checksums and scores are needed
// from the start, and then verified again in slices, like everything from outside. What does not pass is deleted.
import type { Table } from '../../ledger/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { Slices } from '../../lib/slices.ts';
import type { EvidenceItem } from '../../records/evidence.ts';
import { SLICE_MS } from '../facts/parameters.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { parseEvidence, verifyEvidence } from './judge-evidence.ts';

export interface RestoringParts {
  readonly network: string;
  readonly rows: Table<EvidenceItem>;
  readonly store: EvidenceStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when something was forgotten that had moved scores. */
  readonly changed: () => void;
}

export class Restoring implements Service {
  readonly #parts: RestoringParts;
  readonly #stopping = new AbortController();
  #verifying: Promise<void> | undefined;

  constructor(parts: RestoringParts) {
    this.#parts = parts;
  }

  /** Reads everything into the store. */
  async load(): Promise<void> {
    const { network, rows, store } = this.#parts;
    for await (const [key, item] of rows.entries()) {
      try {
        store.restore(parseEvidence(item, network));
      } catch (error) {
        await this.#forget(key, error);
      }
    }
  }

  async start(): Promise<void> {
    const { log } = this.#parts;
    this.#verifying ??= this.#verifyAll().catch((err) =>
      log.error({ err }, 'failed to verify stored evidence'),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#verifying;
  }

  /** Resolves when everything was verified. */
  async settled(): Promise<void> {
    await this.#verifying;
  }

  async #verifyAll(): Promise<void> {
    const { network, rows, store, clock, changed } = this.#parts;
    const slices = new Slices(clock, SLICE_MS);
    for await (const [key, item] of rows.entries()) {
      if (this.#stopping.signal.aborted) return;
      if (slices.isOver) await slices.pause();
      try {
        verifyEvidence(parseEvidence(item, network));
      } catch (error) {
        if (store.forget(key)) changed();
        await this.#forget(key, error);
      }
    }
  }

  async #forget(key: string, error: unknown): Promise<void> {
    this.#parts.log.warn({ code: codeOf(error) }, 'stored evidence is no longer valid');
    await this.#parts.rows.delete(key);
  }
}
