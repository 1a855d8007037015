// Names in an archive: paths below its root, whatever they try to be.
import { malformed } from '../tar-header.ts';
import { ARCHIVE_NAME_BYTES } from './parameters.ts';

/**
 * The path that a name means, seen from a folder of the archive: without `.`, `..` and empty steps. Throws
 * IMAGE_ARCHIVE_MALFORMED for a name that is absolute, leads out of the archive or is none.
 */
export function archivePath(name: string, folder: readonly string[] = []): string {
  if (
    name === '' ||
    Buffer.byteLength(name) > ARCHIVE_NAME_BYTES ||
    name.includes('\0') ||
    name.includes('\\')
  )
    throw malformed('a name is none, or too long');
  if (name.startsWith('/')) throw malformed('a name is absolute');
  const steps = [...folder];
  for (const step of name.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) throw malformed('a name leads out of the archive');
  }
  return steps.join('/');
}

/** The folder in which a path lies. */
export function folderOf(path: string): readonly string[] {
  return path.split('/').slice(0, -1);
}
