// What one kind of record fixes, whichever it is.
import type { Value } from './codec.ts';

/** Bodies of an older version that are still read: ledgers hold them, and evidence shows them. */
export interface Former<B> {
  readonly maxBytes: number;
  /** Reads one as what it says in a body of now. */
  readonly read: (value: Value, path: string) => B;
}

/** What a kind fixes: its version, size limit and fields, and whose signatures it needs, in this order. */
export interface Kind<B> {
  /** Of the bodies that are made now; a changed body is a new version. */
  readonly version: number;
  readonly maxBytes: number;
  readonly shape: (value: Value, path: string) => B;
  /** Versions before this one that are still read; the others are unknown. */
  readonly former?: { readonly [version: number]: Former<B> };
  readonly authors: (body: B) => readonly Uint8Array[];
}
