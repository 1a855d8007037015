// A peer as people name it: by its id, or by the end of it that tables show.
import { type ApiClient, allItems, type Schemas } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';

/** The peer with this id, or the one known peer whose id ends so. */
export async function peerBy(client: ApiClient, given: string): Promise<string> {
  if (given.startsWith('12D3Koo')) return given;
  return byEnd(await allItems((query) => client.GET('/v1/trust', { params: { query } })), given);
}

/** The one known peer whose id ends so. Throws NOT_FOUND, also when more than one does. */
function byEnd(scores: readonly Schemas['TrustScore'][], given: string): string {
  const end = given.replace(/^…/, '');
  const [found, another] = scores.filter(({ peer }) => peer.endsWith(end));
  if (found !== undefined && another === undefined && end !== '') return found.peer;
  throw new TallyError('NOT_FOUND', { given });
}
