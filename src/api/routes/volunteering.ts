// What the owner of a machine decides about all that it lends: to pause its offers, or to end one lease.
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
        summary: 'Whether the offers are paused, and the numbers of offers and leases',
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
        summary: 'Pause all offers, or bring them back; running leases continue',
        description:
          'A pause survives restarts. Offers that are made during a pause come to the market when it ends.',
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
        summary: 'End a lease that this peer gave, immediately',
        description:
          'If the lease is within the limit of its tenant, this breaks it (`EVICTED`), and the tenant counts it against this ' +
          'peer. If the lease is preemptible, this only recalls it (`RECALLED`). With `dryRun` the call only says which.',
        params: LeaseParams,
        querystring: DryRunQuery,
        response: { 200: ref<Eviction>('Eviction') },
      },
    },
    async ({ params, query }) =>
      query.dryRun === true ? volunteering.eviction(params.id) : volunteering.evict(params.id),
  );
};
