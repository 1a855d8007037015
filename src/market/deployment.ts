// A deployment as its tenant keeps it: what is wanted, what is observed, on disk at every change.
import type { Table } from '../ledger/database.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { TallyError } from '../lib/errors.ts';
import { Serial } from '../lib/serial.ts';
import { RESERVED } from '../records/common.ts';
import type { SignedRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { PAYLOAD_MAX_BYTES } from '../records/payload.ts';
import { bytes, fields, int, list, text } from '../records/shape.ts';
import type { DeploymentState, DeploymentView, LeaseView } from './market.ts';
import { KEEP_ENDED_MS } from './parameters.ts';

const COUNT = int(0);
const CODE = text(64, /^[A-Z_]*$/);

/** Working state of a deployment. Empty bytes, empty text, 0 and -1 stand for what is not there yet. */
export const DEPLOYMENT_ROW = fields({
  name: text(256),
  state: text(16, /^(placing|starting|running|paused|unknown|stopping|ended|failed)$/),
  cause: CODE,
  exitCode: int(-1, 255),
  imageName: text(256),
  imageDigest: text(71),
  resources: RESERVED,
  ports: list(int(1, 65_535), 16),
  bid: bytes(32),
  payload: bytes(0, PAYLOAD_MAX_BYTES),
  lease: bytes(0, 32),
  volunteer: text(64),
  tenant: text(64),
  priceMicrocreditsPerHour: COUNT,
  atRiskMicrocredits: COUNT,
  issuedAtMs: COUNT,
  endsAtMs: COUNT,
  epochs: COUNT,
  chargedMicrocredits: COUNT,
  createdAtMs: COUNT,
  runningSinceMs: COUNT,
  endedAtMs: COUNT,
  /** When the volunteer was last heard of. */
  heardAtMs: COUNT,
  refusals: list(fields({ volunteer: text(64), code: CODE }), 64),
});
export type DeploymentRow = ReturnType<typeof DEPLOYMENT_ROW>;

/** One deployment. `row` is replaced, never changed. */
export interface Deployment {
  readonly id: string;
  row: DeploymentRow;
}

/** Whether nothing more will happen to it. */
export function isOver({ row }: Deployment): boolean {
  return row.state === 'ended' || row.state === 'failed';
}

const optional = <K extends string, V>(key: K, value: V, isThere: boolean) =>
  (isThere ? { [key]: value } : {}) as Partial<Record<K, V>>;

/** A deployment as the API shows it. */
export function viewDeployment({ id, row }: Deployment): DeploymentView {
  const hasLease = row.lease.length > 0;
  return {
    ...{ id, name: row.name, state: row.state as DeploymentState, cause: row.cause },
    ...optional('exitCode', row.exitCode, row.exitCode >= 0),
    image: { name: row.imageName, digest: row.imageDigest },
    ...{ resources: row.resources, ports: row.ports, bid: showId(row.bid) },
    ...optional('lease', showId(row.lease), hasLease),
    ...optional('volunteer', row.volunteer, hasLease),
    ...optional('priceMicrocreditsPerHour', row.priceMicrocreditsPerHour, hasLease),
    ...optional('atRiskMicrocredits', row.atRiskMicrocredits, hasLease),
    chargedMicrocredits: row.chargedMicrocredits,
    createdAtMs: row.createdAtMs,
    ...optional('runningSinceMs', row.runningSinceMs, row.runningSinceMs > 0),
    ...optional('endedAtMs', row.endedAtMs, row.endedAtMs > 0),
    ...optional('endsAtMs', row.endsAtMs, hasLease),
    refusals: row.refusals,
  };
}

const LEASE_STATES: { readonly [S in DeploymentState]: LeaseView['state'] } = {
  placing: 'reserved',
  starting: 'starting',
  running: 'running',
  paused: 'paused',
  unknown: 'running',
  stopping: 'running',
  ended: 'ended',
  failed: 'ended',
};

/** The lease of a deployment as the API shows it, from the tenant's side. */
export function viewTaken({ row }: Deployment): LeaseView {
  const { resources, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs, volunteer, tenant } =
    row;
  return {
    ...{ id: showId(row.lease), bid: showId(row.bid), side: 'tenant', volunteer, tenant },
    ...{ state: LEASE_STATES[row.state as DeploymentState], cause: row.cause },
    ...{ resources, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs },
    chargedMicrocredits: row.chargedMicrocredits,
    unsignedMicrocredits: 0,
    epochs: row.epochs,
  };
}

/** All deployments, in memory and on disk, and who watches them. */
export class Deployments {
  readonly #rows: Table<DeploymentRow>;
  readonly #ledger: Pick<Ledger, 'commit'>;
  readonly #deployments = new Map<string, Deployment>();
  readonly #byLease = new Map<string, Deployment>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #writing = new Serial();

  constructor(ledger: Pick<Ledger, 'commit' | 'table'>) {
    this.#rows = ledger.table('deployments', DEPLOYMENT_ROW);
    this.#ledger = ledger;
  }

  /** Reads back what the process before this one left. */
  async load(): Promise<void> {
    for await (const [id, row] of this.#rows.entries()) this.#hold({ id, row });
  }

  #hold(deployment: Deployment): void {
    this.#deployments.set(deployment.id, deployment);
    if (deployment.row.lease.length > 0) this.#byLease.set(showId(deployment.row.lease), deployment);
  }

  /** In order of creation. */
  all(): Deployment[] {
    return [...this.#deployments.values()].sort((a, b) => a.row.createdAtMs - b.row.createdAtMs);
  }

  /** Throws DEPLOYMENT_UNKNOWN. */
  get(id: string): Deployment {
    const deployment = this.#deployments.get(id);
    if (deployment === undefined) throw new TallyError('DEPLOYMENT_UNKNOWN', { deployment: id });
    return deployment;
  }

  byLease(lease: Uint8Array): Deployment | undefined {
    return this.#byLease.get(showId(lease));
  }

  /** Bid and lease under one header, with the row; on disk when it resolves. */
  async commit(
    deployment: Deployment,
    bid: SignedRecord<'bid'>,
    lease: SignedRecord<'lease'>,
  ): Promise<void> {
    await this.#ledger.commit([bid, lease], [this.#rows.writing(deployment.id, deployment.row)]);
    this.#hold(deployment);
    this.#tell(deployment.id);
  }

  /** Changes a row, on disk when it resolves; watchers hear of it at once. */
  async change(deployment: Deployment, change: Partial<DeploymentRow>): Promise<void> {
    deployment.row = { ...deployment.row, ...change };
    this.#tell(deployment.id);
    await this.#writing.run(() => this.#rows.put(deployment.id, deployment.row));
  }

  /** Drops deployments that ended long ago; their records stay in the ledger. */
  async forget(nowMs: number): Promise<void> {
    for (const deployment of this.all()) {
      const { id, row } = deployment;
      if (!isOver(deployment) || nowMs < row.endedAtMs + KEEP_ENDED_MS) continue;
      this.#deployments.delete(id);
      this.#byLease.delete(showId(row.lease));
      await this.#writing.run(() => this.#rows.delete(id));
    }
  }

  #tell(id: string): void {
    for (const watcher of this.#watchers.get(id) ?? []) watcher();
  }

  /** The deployment now and after every change, changes in quick succession as one, until it is over. */
  async *watch(id: string, signal: AbortSignal): AsyncIterable<DeploymentView> {
    const deployment = this.get(id);
    let wake = () => {};
    let changed = true;
    const watcher = () => {
      changed = true;
      wake();
    };
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    signal.addEventListener('abort', watcher, { once: true });
    try {
      while (!signal.aborted) {
        if (changed) {
          changed = false;
          yield viewDeployment(deployment);
          if (isOver(deployment)) return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', watcher);
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(id);
    }
  }
}
