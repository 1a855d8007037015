// The files that hold an image, by name: of a tar archive, or of a folder. Nothing is ever written where a name points to.
import type { Bytes } from './bytes.ts';
import type { StagedLayer } from './layer-store.ts';

/** A file that can be read as often as one likes; or one that came by once, and was staged as the layer that it may be. */
export type ArchiveFile = { readonly sizeBytes: number } & (
  | { readonly read: () => Bytes }
  /** Whoever takes it keeps or discards it. */
  | { readonly take: () => Promise<StagedLayer> }
);

export interface ArchiveFiles {
  /** A plain file; undefined where there is none of that name. Throws IMAGE_ARCHIVE_MALFORMED for a name that leads outside. */
  find(name: string): Promise<ArchiveFile | undefined>;
  /** Lets go of everything that nobody took. */
  close(): Promise<void>;
}
