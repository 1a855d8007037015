// The disks that a peer needs: that of its home, on which it stores what it signs, and that of its engine, if the engine
// is on this machine. While one is full the peer accepts no work.
import { statfs } from 'node:fs/promises';
import type { Ledger } from '../ledger/ledger.ts';
import { type Clock, every, wait } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { DISK_FRESH_MS, DISK_LOOK_MS, DISK_LOOK_TIMEOUT_MS, ENGINE_REFUSAL_MS } from './parameters.ts';
import { type DiskSigns, diskProblem, engineDiskProblem } from './problems.ts';

export interface DisksParts {
  /** The home folder. */
  readonly home: string;
  /** Where the engine keeps what it has, if that is on this machine and the engine has said so. */
  readonly engineFolder: () => string | undefined;
  readonly ledger: Pick<Ledger, 'settled'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is free on the file system of a folder, nothing where it can hold no more files; undefined where it cannot be asked. */
export async function freeBytesAt(folder: string): Promise<number | undefined> {
  const free = await statfs(folder).catch(() => undefined);
  if (free === undefined) return undefined;
  // Some file systems count no files
  return free.files > 0 && free.ffree === 0 ? 0 : free.bavail * free.bsize;
}

export class Disks implements Service {
  readonly #parts: DisksParts;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();
  #seen: Omit<DiskSigns, 'engineRefused'> = NOTHING_SEEN;
  #looking: Promise<void> | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  #engineFullAtMs = 0;
  #hadSpace = true;

  constructor(parts: DisksParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    await this.look();
    every({ clock, log, signal: this.#stopping.signal }, DISK_LOOK_MS, () => this.look());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** What was seen at the last look. */
  signs(): DiskSigns {
    const engineRefused = this.#parts.clock.monotonicMs() - this.#refusedAtMs < ENGINE_REFUSAL_MS;
    return { ...this.#seen, engineRefused };
  }

  /** Whether there is space for work: for what is to be signed, and for a container. */
  isLeft(): boolean {
    const signs = this.signs();
    const home = diskProblem(signs);
    return home !== 'DISK_FULL' && home !== 'DISK_FAILING' && engineDiskProblem(signs) !== 'ENGINE_DISK_FULL';
  }

  /** When the disk of the engine was last seen to be full, in milliseconds since 1970; 0: never by this process. */
  engineFullAtMs(): number {
    return this.#engineFullAtMs;
  }

  /** Calls back when there is no space any more, or again. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The engine said that its disk is full, wherever that is. */
  engineRefused(): void {
    this.#refusedAtMs = this.#parts.clock.monotonicMs();
    this.#tell();
  }

  /** Looks now, unless that is under way or was just done. A disk that does not answer keeps nobody waiting for long. */
  async look(): Promise<void> {
    const { clock } = this.#parts;
    if (clock.monotonicMs() - this.#lookedAtMs < DISK_FRESH_MS) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    const seen = new AbortController();
    await Promise.race([this.#looking, wait(clock, DISK_LOOK_TIMEOUT_MS, seen.signal)]);
    seen.abort();
  }

  async #look(): Promise<void> {
    const { home, engineFolder, ledger, clock } = this.#parts;
    const folder = engineFolder();
    const [freeBytes, engineFreeBytes, ledgerFault] = await Promise.all([
      freeBytesAt(home),
      folder === undefined ? undefined : freeBytesAt(folder),
      ledger.settled().then(() => undefined, codeOf),
    ]);
    this.#seen = { freeBytes, engineFreeBytes, ledgerFault };
    this.#lookedAtMs = clock.monotonicMs();
    this.#tell();
  }

  #tell(): void {
    if (engineDiskProblem(this.signs()) === 'ENGINE_DISK_FULL')
      this.#engineFullAtMs = this.#parts.clock.nowMs();
    const hasSpace = this.isLeft();
    if (hasSpace === this.#hadSpace) return;
    this.#hadSpace = hasSpace;
    for (const listener of this.#listeners) listener();
  }
}

const NOTHING_SEEN = { freeBytes: undefined, engineFreeBytes: undefined, ledgerFault: undefined };
