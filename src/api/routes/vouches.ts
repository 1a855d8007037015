// The vouches of this peer, and the effect of one before it is signed.
import { showId } from '../../records/id.ts';
import type { OwnVouch, VouchEffect } from '../../reputation/explain/trust.ts';
import { TAKEN_BACK, type VouchTerms } from '../../reputation/explain/words.ts';
import { pageOf } from '../pages.ts';
import { DryRunQuery, PageQuery, PeerParams, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

/** What a vouch did, or would do: without an id in a dry run. */
interface VouchChange {
  readonly effect: VouchEffect;
  readonly vouch?: string;
}

export const vouchRoutes: Routes = (server, { trust }) => {
  server.get(
    '/v1/vouches',
    {
      schema: {
        operationId: 'listVouches',
        tags: ['trust'],
        summary: 'The vouches of this peer',
        querystring: PageQuery,
        response: { 200: page<OwnVouch>('Vouch') },
      },
    },
    async ({ query }) => pageOf(trust.vouches(), query, ({ peer }) => peer),
  );

  server.put(
    '/v1/vouches/:peer',
    {
      config: {
        errors: ['KEY_INVALID', 'VOUCH_REFUSED', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
      },
      schema: {
        operationId: 'vouch',
        tags: ['trust'],
        summary: 'Vouch for a peer; the new vouch replaces an earlier one',
        description: 'With `dryRun` nothing is signed: the answer says what the call would change.',
        params: PeerParams,
        querystring: DryRunQuery,
        body: ref<VouchTerms>('VouchInput'),
        response: { 200: ref<VouchChange>('VouchChange') },
      },
    },
    async ({ params: { peer }, query, body }) => {
      const effect = trust.effectOf(peer, body);
      if (query.dryRun === true) return { effect };
      return { effect, vouch: showId((await trust.vouch(peer, body)).id) };
    },
  );

  server.delete(
    '/v1/vouches/:peer',
    {
      config: { errors: ['KEY_INVALID', 'VOUCH_REFUSED', 'VOUCH_UNKNOWN'] },
      schema: {
        operationId: 'revokeVouch',
        tags: ['trust'],
        summary: 'Take a vouch back',
        description: 'With `dryRun` nothing is signed: the answer says what the call would change.',
        params: PeerParams,
        querystring: DryRunQuery,
        response: { 200: ref<VouchChange>('VouchChange') },
      },
    },
    async ({ params: { peer }, query }) => {
      const effect = trust.effectOf(peer, TAKEN_BACK);
      if (query.dryRun === true) return { effect };
      return { effect, vouch: showId((await trust.revoke(peer)).id) };
    },
  );
};
