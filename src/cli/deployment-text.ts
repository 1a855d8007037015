// How deployments and their copies stand, for people.
import type { Schemas } from '../api/client.ts';

type Standing = Pick<Schemas['Deployment'], 'cause' | 'exitCode'> & { readonly state: string };

/** `failed (EXITED, exit code 3)`: a state with what is known of why. */
export function showState({ state, cause, exitCode }: Standing): string {
  const why = [cause, exitCode === undefined ? '' : `exit code ${exitCode}`].filter((each) => each !== '');
  return why.length === 0 ? state : `${state} (${why.join(', ')})`;
}

/** Whether nothing more will happen to a deployment, or to a copy. */
export function isOver({ state }: Pick<Standing, 'state'>): boolean {
  return state === 'ended' || state === 'failed';
}

/** Whether it is over, or on its way there. */
export function isLeaving(standing: Pick<Standing, 'state'>): boolean {
  return standing.state === 'stopping' || isOver(standing);
}

/** The price that was agreed for the latest copies, in microcredits per hour; the API counts only copies that continue. */
export function agreedPrice(deployment: Schemas['Deployment']): number {
  return latestCopies(deployment).reduce((sum, copy) => sum + copy.priceMicrocreditsPerHour, 0);
}

/** The latest copy of every replica, in their order. */
export function latestCopies({ instances }: Schemas['Deployment']): Schemas['Instance'][] {
  return [...new Map(instances.map((instance) => [instance.replica, instance])).values()];
}
