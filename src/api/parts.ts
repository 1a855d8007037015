// What the API asks of a peer.
import type { Convictions } from '../ledger/following/convictions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import type { HealthCode } from '../lib/health.ts';
import type { Log } from '../lib/log.ts';
import type { Events, Market, Tenancy, Volunteering } from '../market/terms/market.ts';
import type { ApiMetrics } from '../metrics/api.ts';
import type { ConnectedPeer } from '../overlay/terms/overlay.ts';
import type { CreditBook } from '../reputation/credit/credit.ts';
import type { Trust } from '../reputation/explain/trust.ts';
import type { InvitationDesk } from '../reputation/invitations/open-invitations.ts';

export interface ApiOptions {
  /** Loopback by default; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** More names by which the API may be called (Host header), beside the loopback ones. */
  readonly allowedHosts: readonly string[];
  readonly version: string;
  readonly network: string;
  /** Tokens by scope: `admin` may all, `metrics` may read /metrics alone. */
  readonly tokens: { readonly admin: string; readonly metrics: string };
  /** Of each token, and of each address without one; `REQUESTS_PER_MINUTE` when absent. */
  readonly requestsPerMinute?: number;
}

export interface ApiParts {
  readonly peer: string;
  readonly market: Market;
  readonly volunteering: Volunteering;
  readonly tenancy: Tenancy;
  readonly events: Events;
  readonly trust: Pick<Trust, 'list' | 'why' | 'debts' | 'vouches' | 'effectOf' | 'vouch' | 'revoke'>;
  readonly credit: CreditBook;
  readonly ledger: Pick<Ledger, 'records' | 'latestReceipt' | 'tip' | 'proofs'>;
  readonly convictions: Pick<Convictions, 'peers' | 'proofOf'>;
  readonly invitations: InvitationDesk;
  readonly overlay: { addresses(): string[]; connected(): ConnectedPeer[] };
  /** Whether the engine answers, as of its last use. */
  readonly engine: () => { readonly state: 'up' | 'down' | 'none' };
  /** What is wrong with this peer now. */
  readonly problems: () => Promise<readonly HealthCode[]>;
  /** The registry's exposition text and its content type. */
  readonly exposition: () => Promise<{ contentType: string; text: string }>;
  /** Asks whoever runs the peer to stop it. */
  readonly askToStop: () => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: ApiMetrics | undefined;
}
