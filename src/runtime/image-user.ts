// As whom a container runs, and with which rights: root inside it only where the engine's owner grants that.
import { TallyError } from '../lib/errors.ts';
import type { Privileges } from './engine.ts';
import { NOBODY, ROOT_CAPABILITIES } from './parameters.ts';

/** Who runs a container, and what that one may do that other users may not. */
export interface Rights {
  /** As Docker takes it; empty: root. */
  readonly user: string;
  readonly capabilities: readonly string[];
}

/**
 * The rights of a container: those of its image where none are asked for, as far as root is granted. An image that names no
 * user runs as root where it may, else as nobody. Throws IMAGE_NEEDS_ROOT where the image says in so many words that it wants
 * root, or the tenant asks for root, and it is not granted.
 */
export function rightsFor(imageUser: string, asked: Privileges | undefined, isRootGranted: boolean): Rights {
  if (asked === 'root' && !isRootGranted)
    throw new TallyError('IMAGE_NEEDS_ROOT', { user: imageUser || 'root' });
  const isRoot = imageUser === '' || namesRoot(imageUser);
  if (!isRoot) return { user: imageUser, capabilities: [] };
  if (isRootGranted && asked !== 'user') return { user: imageUser, capabilities: ROOT_CAPABILITIES };
  if (imageUser === '') return { user: NOBODY, capabilities: [] };
  throw new TallyError('IMAGE_NEEDS_ROOT', { user: imageUser });
}

/** Whether an image says in so many words that it wants root; one that names no user does not. */
export function namesRoot(user: string): boolean {
  if (user === '') return false;
  const [name = ''] = user.split(':');
  return name === 'root' || name === '' || Number(name) === 0;
}
