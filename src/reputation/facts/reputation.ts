// What the rooms above see of reputation: how well this peer expects another one to serve, as this peer sees it. Peers
// are peer ids (text); standing, quality and shares are numbers from 0 to 1 and never part of a record.
import type { SignedRecord } from '../../records/envelope.ts';

/** How this peer rates another one. */
export interface Rating {
  /** The chance that this peer's walk of trust reaches the other before it stops. */
  readonly standing: number;
  /** How well it is expected to serve; 0 for a key that nobody within reach had to do with. */
  readonly quality: number;
  /** Whether anybody whom the walk reaches said how the other served. */
  readonly isKnown: boolean;
  /** Whether it owes this peer by the receipts of both: then it has reason to serve it. */
  readonly isOwing?: boolean;
  /** The one peer through which alone the walk reaches the other, if there is one: a guess at a common owner. */
  readonly through?: string;
}

/** A rating with the peer that it is about. */
export interface PeerRating extends Rating {
  readonly peer: string;
}

/** The reputation that this peer computes for itself. */
export interface Reputation {
  rating(peer: string): Rating;
  /** This tenant's word on a lease that is over: empty, it was served well, else the code of the breach. Idempotent:
   *  of a lease only the first word counts. On disk when it resolves. */
  judge(lease: SignedRecord<'lease'>, code: string): Promise<void>;
}
