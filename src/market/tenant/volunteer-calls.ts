// Reaching volunteers: before a call the overlay learns where the latest offer says that the volunteer is, so that one
// that came back at another address is found again.
import type { Overlay } from '../../overlay/terms/overlay.ts';
import type { OrderBook } from '../book/book.ts';

/** The calls of the overlay that a tenant makes. */
export type VolunteerCalls = Pick<Overlay, 'request' | 'feed' | 'pipe'>;

/** The calls of the overlay, each with the addresses that the book has of its peer. */
export function callsToVolunteers(overlay: Overlay, book: OrderBook): VolunteerCalls {
  const learn = (peer: string) => overlay.learn(peer, book.addressesOf(peer));
  return {
    async request(protocol, peer, request, signal) {
      await learn(peer);
      return overlay.request(protocol, peer, request, signal);
    },
    async *feed(protocol, peer, request, signal, opened) {
      await learn(peer);
      yield* overlay.feed(protocol, peer, request, signal, opened);
    },
    async pipe(protocol, peer, request, signal) {
      await learn(peer);
      return overlay.pipe(protocol, peer, request, signal);
    },
  };
}
