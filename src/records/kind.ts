// What every kind of record defines.
import type { Value } from './codec.ts';

/** The reader of an older version, which ledgers and evidence still contain. */
export interface Former<B> {
  readonly maxBytes: number;
  /** Gives the content of such a body in the fields of the current version. */
  readonly read: (value: Value, path: string) => B;
}

/** What a kind defines: its version, size limit and fields, and the authors who sign it, in this order. */
export interface Kind<B> {
  /** Version of new bodies; a changed body is a new version. */
  readonly version: number;
  readonly maxBytes: number;
  readonly shape: (value: Value, path: string) => B;
  /** Older versions that are still read; all others are unknown. */
  readonly former?: { readonly [version: number]: Former<B> };
  readonly authors: (body: B) => readonly Uint8Array[];
}
