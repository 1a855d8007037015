// What the parent and its two parties say to each other, and what they agree on.
import type { Known } from '../../src/ledger/catching-up.ts';

export const CRASH_NETWORK = 'crash';

export type SideName = 'tenant' | 'volunteer';
export const SIDES: readonly SideName[] = ['tenant', 'volunteer'];

/** The keys, which parent and parties each make for themselves. */
export const SEEDS: Readonly<Record<SideName, Uint8Array>> = {
  tenant: new Uint8Array(32).fill(1),
  volunteer: new Uint8Array(32).fill(2),
};

/** What goes from one party to the other. */
export type Message =
  | {
      readonly what: 'draft';
      readonly id: string;
      readonly body: Uint8Array;
      readonly signature: Uint8Array;
    }
  | { readonly what: 'signed'; readonly id: string; readonly signature: Uint8Array }
  | { readonly what: 'refused'; readonly code: string }
  | { readonly what: 'known'; readonly isAnswer: boolean; readonly known: Known };

/** What a party tells the parent. */
export type Report =
  | { readonly what: 'ready' }
  | { readonly what: 'message'; readonly message: Message }
  | { readonly what: 'header'; readonly header: Uint8Array }
  | { readonly what: 'failed'; readonly reason: string }
  | { readonly what: 'state'; readonly last: string; readonly seq: number; readonly isWaiting: boolean };

/** What the parent tells a party. */
export type Order =
  | { readonly what: 'hear'; readonly message: Message }
  | { readonly what: 'settle' }
  | { readonly what: 'state' }
  | { readonly what: 'stop' };
