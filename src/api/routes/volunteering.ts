// What the owner of a machine says of all that it lends: no new leases for now, or this lease ends now.
import { Type } from 'typebox';
import type { Eviction, VolunteeringView } from '../../market/terms/views.ts';
import { DryRunQuery, LeaseParams, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

/** What `PUT /v1/volunteering` is told. */
interface VolunteeringInput {
  readonly paused: boolean;
}

const PAUSE_EXAMPLE = { paused: true } as const satisfies VolunteeringInput;

export const volunteeringRoutes: Routes = (server, { volunteering }) => {
  server.get(
    '/v1/volunteering',
    {
      schema: {
        operationId: 'getVolunteering',
        tags: ['volunteer'],
        summary: 'Whether offers are paused, and how many offers and leases there are',
        response: { 200: ref<VolunteeringView>('Volunteering') },
      },
    },
    async () => volunteering.summary(),
  );

  server.put(
    '/v1/volunteering',
    {
      config: { errors: ['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] },
      schema: {
        operationId: 'setVolunteering',
        tags: ['volunteer'],
        summary: 'Pause all offers, or bring them back; running leases go on',
        description: 'A pause holds over restarts. Offers that are made meanwhile come with the others.',
        body: Type.Unsafe<VolunteeringInput>({ ...ref('VolunteeringInput'), examples: [PAUSE_EXAMPLE] }),
        response: { 200: ref<VolunteeringView>('Volunteering') },
      },
    },
    async ({ body }) => {
      await (body.paused ? volunteering.pause() : volunteering.resume());
      return volunteering.summary();
    },
  );

  server.delete(
    '/v1/leases/:id',
    {
      config: { errors: ['LEASE_UNKNOWN', 'OFFER_WITHOUT_ENGINE'] },
      schema: {
        operationId: 'evict',
        tags: ['volunteer'],
        summary: 'End a lease that this peer gave, now',
        description:
          'A lease that its tenant holds within its limit is broken by that (`EVICTED`), and the tenant counts it ' +
          'against this peer; one beyond it was lent to be taken back (`RECALLED`). With `dryRun` it only says which.',
        params: LeaseParams,
        querystring: DryRunQuery,
        response: { 200: ref<Eviction>('Eviction') },
      },
    },
    async ({ params, query }) =>
      query.dryRun === true ? volunteering.eviction(params.id) : volunteering.evict(params.id),
  );
};
