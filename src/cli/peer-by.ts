// A peer as people name it: by its id, or by the end of the id, as tables show it.
import { type ApiClient, allItems } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';

/** The peer with this id, or the one peer that this one knows of whose id ends so. Throws NOT_FOUND. */
export async function peerBy(client: ApiClient, given: string): Promise<string> {
  if (given.startsWith('12D3Koo')) return given;
  const end = given.replace(/^…/, '');
  const found = (await knownPeers(client)).filter((peer) => peer.endsWith(end));
  const [peer] = found;
  if (peer !== undefined && found.length === 1 && end !== '') return peer;
  throw new TallyError('NOT_FOUND', { given, matching: found.length });
}

/** Every peer that some table shows: rated, owing, offering or connected. */
async function knownPeers(client: ApiClient): Promise<string[]> {
  const [scores, earnings, offers, connected] = await Promise.all([
    allItems((query) => client.GET('/v1/trust', { params: { query } })),
    allItems((query) => client.GET('/v1/earnings', { params: { query } })),
    allItems((query) => client.GET('/v1/market/offers', { params: { query } })),
    allItems((query) => client.GET('/v1/peers', { params: { query } })),
  ]);
  const peers = [...scores, ...earnings, ...connected].map(({ peer }) => peer);
  return [...new Set([...peers, ...offers.map(({ volunteer }) => volunteer)])];
}
