// This peer and those it is connected with.
import type { Static } from 'typebox';
import type { ConnectedPeer } from '../../overlay/terms/overlay.ts';
import { pageOf } from '../pages.ts';
import { type COMPONENTS, PageQuery, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

type Self = Static<typeof COMPONENTS.Self>;

export const peerRoutes: Routes = (server, { peer, overlay, invitations, options }) => {
  server.get(
    '/v1/peer',
    {
      schema: {
        operationId: 'getSelf',
        tags: ['network'],
        summary: 'The id, the network and the addresses of this peer',
        response: { 200: ref<Self>('Self') },
      },
    },
    async () => {
      const joining = invitations.joining();
      return {
        peer,
        network: options.network,
        version: options.version,
        addresses: overlay.addresses(),
        ...(joining && { joining }),
      };
    },
  );

  server.get(
    '/v1/peers',
    {
      schema: {
        operationId: 'listPeers',
        tags: ['network'],
        summary: 'The peers to which this peer is connected',
        querystring: PageQuery,
        response: { 200: page<ConnectedPeer>('Peer') },
      },
    },
    async ({ query }) => pageOf(overlay.connected(), query, (each) => each.peer),
  );
};
