// What every act of the demo gets: the stage with its peers, the report to fill in, and a voice.
import type { Schemas } from '../../api/client.ts';
import { CREDIT } from '../../lib/units.ts';
import type { Archive } from './application.ts';
import type { PeerProcess } from './peer-process.ts';
import type { DemoReport } from './report.ts';
import type { Stage } from './stage.ts';
import type { Teller } from './teller.ts';

/** Who plays. The volunteers are in order of their names, the dearest first. */
export interface Cast {
  readonly volunteers: readonly PeerProcess[];
  readonly tenant: PeerProcess;
  /** The tenant's own. */
  readonly image: Archive;
}

/** What an act works with. */
export interface Scene {
  readonly stage: Stage;
  readonly report: DemoReport;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}

/** Microcredits as the demo shows them. */
export function credits(microcredits: number): string {
  return `${(microcredits / CREDIT).toFixed(6)} credits`;
}

/** What the demo calls a peer. */
export function nameOf({ volunteers }: Cast, peer: string): string {
  return volunteers.find((volunteer) => volunteer.peer === peer)?.name ?? peer;
}

/** The latest copy of every replica. */
export function latestCopies({ instances }: Schemas['Deployment']): Schemas['Instance'][] {
  return [...new Map(instances.map((instance) => [instance.replica, instance])).values()];
}
