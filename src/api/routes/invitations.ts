// Invitations that this peer gives.
import type { InvitationView, Invited } from '../../reputation/invitations/invitations.ts';
import type { InviteInput } from '../../reputation/invitations/open-invitations.ts';
import { pageOf } from '../pages.ts';
import { IdempotencyHeaders, PageQuery, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

export const invitationRoutes: Routes = (server, { invitations, idempotent }) => {
  server.get(
    '/v1/invitations',
    {
      schema: {
        operationId: 'listInvitations',
        tags: ['network'],
        summary: 'The invitations that this peer made',
        querystring: PageQuery,
        response: { 200: page<InvitationView>('Invitation') },
      },
    },
    async ({ query }) => pageOf(await invitations.list(), query, ({ id }) => id),
  );

  server.post(
    '/v1/invitations',
    {
      config: {
        errors: [
          'INVITATION_ADDRESSES',
          'INVITATION_TOO_MANY',
          'BODY_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
          'IDEMPOTENCY_MISMATCH',
        ],
      },
      schema: {
        operationId: 'invite',
        tags: ['network'],
        summary: 'Invite another peer: each of the two then vouches for the other',
        headers: IdempotencyHeaders,
        body: ref<InviteInput>('InvitationInput'),
        response: {
          201: ref<Invited>('Invited'),
        },
      },
    },
    async ({ headers, body }, reply) => {
      const { answer, replayed } = await idempotent.once('invite', headers['idempotency-key'], body, () =>
        invitations.invite(body),
      );
      if (replayed) reply.header('idempotent-replayed', 'true');
      return reply.code(201).send(answer);
    },
  );
};
