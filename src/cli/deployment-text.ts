// How deployments and their copies stand, for people.
import type { Schemas } from '../api/client.ts';

type Standing = Pick<Schemas['Deployment'], 'cause' | 'exitCode'> & { readonly state: string };

/** `failed (EXITED, exit code 3)`: a state with what is known of why. */
export function showState({ state, cause, exitCode }: Standing): string {
  const why = [cause, exitCode === undefined ? '' : `exit code ${exitCode}`].filter((each) => each !== '');
  return why.length === 0 ? state : `${state} (${why.join(', ')})`;
}

/** The latest copy of every replica, in their order. */
export function latestCopies({ instances }: Schemas['Deployment']): Schemas['Instance'][] {
  return [...new Map(instances.map((instance) => [instance.replica, instance])).values()];
}
