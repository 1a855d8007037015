// What leases use, for people: their rates between two looks, or since they began.
import type { Schemas } from '../api/client.ts';
import { HOUR_MS } from '../lib/units.ts';

type Lease = Schemas['Lease'];

/** What a lease uses now. */
export interface Rates {
  readonly cpus: number;
  readonly memoryMib: number;
}

interface Measured {
  readonly upMs: number;
  readonly usage: Lease['usage'];
}

/** A volunteer measures all the time; what a tenant knows is as of the last receipt, which was for as long as was charged. */
function measuredOf({ side, upMs, usage, chargedMicrocredits, priceMicrocreditsPerHour }: Lease): Measured {
  if (side === 'volunteer' || priceMicrocreditsPerHour === 0) return { upMs, usage };
  return { upMs: (chargedMicrocredits / priceMicrocreditsPerHour) * HOUR_MS, usage };
}

/** Remembers leases from look to look. */
export class UsageLooks {
  /** By side and lease: the last two measurements that differ. */
  readonly #measured = new Map<string, { readonly before: Measured | undefined; readonly now: Measured }>();

  /** Takes a look at what there is; others are forgotten. */
  look(leases: readonly Lease[]): void {
    const known = new Set(leases.map(keyOf));
    for (const key of this.#measured.keys()) if (!known.has(key)) this.#measured.delete(key);
    for (const lease of leases) {
      const now = measuredOf(lease);
      const last = this.#measured.get(keyOf(lease))?.now;
      if (last === undefined || now.upMs > last.upMs) this.#measured.set(keyOf(lease), { before: last, now });
    }
  }

  /** Between the last two looks that found something new, else since it began. */
  ratesOf(lease: Lease): Rates {
    const { before, now } = this.#measured.get(keyOf(lease)) ?? { before: undefined, now: measuredOf(lease) };
    const since = before ?? { upMs: 0, usage: { cpuMilliseconds: 0, memoryMibSeconds: 0 } };
    const spanMs = Math.max(1, now.upMs - since.upMs);
    return {
      cpus: (now.usage.cpuMilliseconds - since.usage.cpuMilliseconds) / spanMs,
      memoryMib: ((now.usage.memoryMibSeconds - since.usage.memoryMibSeconds) * 1_000) / spanMs,
    };
  }
}

function keyOf({ id, side }: Lease): string {
  return `${side}/${id}`;
}
