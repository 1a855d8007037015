// The proof that verification finds damage: one byte of a stored receipt is flipped in a copy of a home, on disk,
// without LevelDB's knowledge.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies a home and flips one byte of a record of this kind in the copy; false when no file shows one. */
export async function copyDamaged(home: string, copy: string, kind: string): Promise<boolean> {
  await cp(home, copy, { recursive: true });
  const database = join(copy, 'db');
  for (const name of (await readdir(database)).filter((each) => /\.(log|ldb)$/.test(each))) {
    const file = join(database, name);
    const bytes = await readFile(file);
    const key = bytes.indexOf(`r/${kind}/`);
    if (key < 0) continue;
    // Past the key and the checksum, well inside the record.
    const at = key + 200;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
    return true;
  }
  return false;
}
