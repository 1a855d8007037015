// An image as an archive holds it, before any of its layers was read; and the choice among several.
import { TallyError } from '../../lib/errors.ts';
import { malformed } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { collect } from './bytes.ts';
import type { ImageConfig } from './manifest.ts';
import { CONFIG_BYTES } from './parameters.ts';

export interface FoundImage extends ImageConfig {
  /**
   * The layers, as many as there are diff ids and in their order, packed or plain; undefined where the archive leaves one out, as
   * one does that is made for a reader that holds the lower layers.
   */
  readonly files: readonly (ArchiveFile | undefined)[];
}

/** Which image of an archive is meant; what is left open has to be clear from the archive. */
export interface ImageChoice {
  /** `name:tag`, as the archive has it. */
  readonly name?: string | undefined;
  readonly architecture?: string | undefined;
}

/** The one candidate. Throws IMAGE_ARCHIVE_UNCLEAR when there are several, or none. */
export function theOnly<T>(fitting: readonly T[], choices: readonly string[]): T {
  const [only, ...others] = fitting;
  if (only === undefined || others.length > 0)
    throw new TallyError('IMAGE_ARCHIVE_UNCLEAR', { choices: choices.slice(0, 32) });
  return only;
}

/** A small file, whole; undefined where there is none. */
export async function readSmall(files: ArchiveFiles, name: string): Promise<Buffer | undefined> {
  const file = await files.find(name);
  if (file === undefined) return undefined;
  const tooLarge = () => malformed('a description is larger than 1 MiB', { name });
  if (file.sizeBytes > CONFIG_BYTES || !('read' in file)) throw tooLarge();
  return collect(file.read(), CONFIG_BYTES, tooLarge);
}
