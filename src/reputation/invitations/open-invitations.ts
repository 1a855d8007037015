// Invitations of a peer, both sides: the invitations that it gives, and the one by which it joins.
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import {
  addressesToTell,
  type InvitationParts,
  Invitations,
  type InvitationView,
  type Invited,
  type InviteTerms,
  type JoinShown,
} from './invitations.ts';
import { Joining, type JoiningParts, type JoinView } from './joining.ts';

/** What an operator asks for; all of it has defaults. */
export interface InviteInput extends InviteTerms {
  /** Multiaddrs to reach this peer at; without them those where it listens. */
  readonly addresses?: readonly string[];
}

/** What the API sees of invitations. */
export interface InvitationDesk {
  /** Errors as `Invitations.invite`. */
  invite(input: InviteInput): Promise<Invited>;
  list(): Promise<InvitationView[]>;
  /** How this peer's own joining stands; undefined for one that came without an invitation. */
  joining(): JoinView | undefined;
}

/** The opened invitations: the desk, the protocol's handler, and the life of joining. */
export interface OpenedInvitations {
  readonly desk: InvitationDesk;
  /** Answers a join; errors as `Invitations.accept`. */
  accept(peer: string, shown: JoinShown): Promise<{ vouch: Uint8Array }>;
  /** To be called for every peer newly connected. */
  met(peer: string): void;
  readonly service: Service;
}

/** What invitations are built from. */
export interface OpenInvitationsParts
  extends InvitationParts,
    Pick<JoiningParts, 'ask' | 'joined' | 'creditMicrocredits'> {
  readonly log: Log;
  /** Where this peer listens. */
  readonly addresses: () => readonly string[];
}

/**
 * Opens the invitations of a peer; `invite` is the invitation that it was made with, or empty. Nothing is sent before
 * the service starts. Throws INVITATION_MALFORMED, RECORD_WRONG_NETWORK.
 */
export function openInvitations(
  { invite }: { invite: string },
  parts: OpenInvitationsParts,
): OpenedInvitations {
  const invitations = new Invitations(parts);
  const joining = invite === '' ? undefined : new Joining(invite, parts);
  return {
    desk: {
      invite: ({ addresses = addressesToTell(parts.addresses()), ...terms }) =>
        invitations.invite({ addresses, ...terms }),
      list: () => invitations.list(),
      joining: () => joining?.view(),
    },
    accept: (peer, shown) => invitations.accept(peer, shown),
    met: (peer) => joining?.met(peer),
    service: { start: async () => joining?.start(), stop: async () => joining?.stop() },
  };
}
