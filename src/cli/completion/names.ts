// Names that a shell can complete, as the running peer knows them.
import { type ApiClient, answerOf } from '../../api/client.ts';
import { connect } from '../connection.ts';
import { shortId } from '../deployment-id.ts';
import { isOver } from '../deployment-text.ts';

/** What can be listed. */
export const LISTS = ['deployments', 'leases', 'things', 'offers', 'images', 'peers'] as const;
export type Listed = (typeof LISTS)[number];

/** Whoever types does not wait longer. */
const LONGEST_MS = 1_000;

const PAGE = { params: { query: { limit: 200 } } };

/** A shell takes a name as it is: one with a character that it reads as something else is left out. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._/@:-]*$/;

export function isListed(text: string): text is Listed {
  return LISTS.some((each) => each === text);
}

/** Names, each once. Throws where no peer answers in time. */
export async function namesOf(home: string, list: Listed): Promise<string[]> {
  const { client } = await connect(home);
  const signal = AbortSignal.timeout(LONGEST_MS);
  const found = await READERS[list](client, signal);
  return [...new Set(found)].filter((name) => PLAIN.test(name));
}

type Reader = (client: ApiClient, signal: AbortSignal) => Promise<string[]>;

const deployments: Reader = async (client, signal) => {
  const { items } = await answerOf(client.GET('/v1/deployments', { ...PAGE, signal }));
  return items.filter((each) => !isOver(each)).map(({ id, name }) => name || shortId(id));
};

const leases: Reader = async (client, signal) => {
  const { items } = await answerOf(client.GET('/v1/leases', { ...PAGE, signal }));
  return items
    .filter(({ side, state }) => side === 'volunteer' && state !== 'ended')
    .map(({ id }) => shortId(id));
};

const READERS: Readonly<Record<Listed, Reader>> = {
  deployments,
  leases,
  things: async (...parameters) =>
    (await Promise.all([deployments(...parameters), leases(...parameters)])).flat(),
  offers: async (client, signal) =>
    (await answerOf(client.GET('/v1/offers', { ...PAGE, signal }))).items.map(({ series }) => series),
  images: async (client, signal) =>
    (await answerOf(client.GET('/v1/images', { ...PAGE, signal }))).items.map(({ name }) => name),
  peers: async (client, signal) =>
    (await answerOf(client.GET('/v1/peers', { ...PAGE, signal }))).items.map(({ peer }) => peer),
};
