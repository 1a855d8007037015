// As whom a container runs: never as root unless the volunteer allows it.
import { TallyError } from '../lib/errors.ts';
import { NOBODY } from './parameters.ts';

/**
 * The user for an image: its own when that is not root, nobody when it names none. IMAGE_NEEDS_ROOT when the
 * image says in so many words that it wants root. With `allowRoot` the image has its way.
 */
export function userFor(imageUser: string, allowRoot: boolean): string {
  if (allowRoot) return imageUser;
  if (imageUser === '') return NOBODY;
  if (namesRoot(imageUser)) throw new TallyError('IMAGE_NEEDS_ROOT', { user: imageUser });
  return imageUser;
}

/** Whether an image says in so many words that it wants root; one that names no user does not. */
export function namesRoot(user: string): boolean {
  if (user === '') return false;
  const [name = ''] = user.split(':');
  return name === 'root' || name === '' || Number(name) === 0;
}
