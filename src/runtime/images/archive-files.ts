// The files that hold an image, by name: of a tar archive, or of a folder. Nothing is ever written where a name points to.
import type { Bytes } from './bytes.ts';

export interface ArchiveFile {
  readonly sizeBytes: number;
  read(): Bytes;
}

export interface ArchiveFiles {
  /** A plain file; undefined where there is none of that name. Throws IMAGE_ARCHIVE_MALFORMED for a name that leads outside. */
  find(name: string): Promise<ArchiveFile | undefined>;
  close(): Promise<void>;
}
