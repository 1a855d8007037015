// All deployments of this tenant and their copies, in memory and on disk, and who watches them.
import type { Table, Write } from '../../ledger/database.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { countOf } from '../../lib/amounts.ts';
import { movedTimes } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { shortLine } from '../../lib/one-line.ts';
import { Serial } from '../../lib/serial.ts';
import { HEALTH_FAILURE_BYTES } from '../../overlay/protocols/lease.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { openPayload } from '../../records/payload.ts';
import type { Tell } from '../book/event-log.ts';
import { CREDIT_LOW, UNHEALTHY } from '../terms/causes.ts';
import { KEEP_ENDED_MS } from '../terms/parameters.ts';
import type { DeploymentView, InstanceState, WaitingView } from '../terms/views.ts';
import {
  DEPLOYMENT_ROW,
  type Deployment,
  type DeploymentRow,
  hasEnded,
  INSTANCE_ROW,
  type Instance,
  type InstanceRow,
  isOver,
  isSuperseded,
  isWanted,
  namesOf,
} from './deployment.ts';
import { viewDeployment } from './deployment-view.ts';
import { isBox, type PayloadBox } from './payload-box.ts';
import type { Place, Refusal } from './reserving.ts';

/** A lease that a volunteer gave for a copy, with the copy's row. */
export interface Leased {
  readonly lease: SignedRecord<'lease'>;
  readonly row: InstanceRow;
}

/** A copy as events name it. */
function named({ id, deployment, row }: Instance) {
  const { replica, incarnation, volunteer } = row;
  return { deployment: deployment.id, replica, incarnation, lease: id, peer: volunteer };
}

/** What of the offers was in the way, and what would help. */
function whyWaiting({ considered, removed, relaxations, refusals }: WaitingView): string {
  if (considered === 0) return 'no offer is known';
  if (refusals.length > 0) return `all ${refusals.length} that fit refused`;
  const removals = Object.entries(removed).map(([constraint, offers]) => `${constraint} ${offers}`);
  const helps = relaxations.map(({ change, offers }) => `${change} (${countOf(offers, 'offer')})`);
  const why = `none of ${countOf(considered, 'offer')} fits; removed by ${removals.join(', ')}`;
  return helps.length === 0 ? why : `${why}; ${helps.join(', ')}`;
}

export class Deployments {
  readonly #rows: Table<DeploymentRow>;
  readonly #copies: Table<InstanceRow>;
  readonly #ledger: Pick<Ledger, 'commit'>;
  readonly #event: Tell;
  readonly #deployments = new Map<string, Deployment>();
  readonly #byLease = new Map<string, Instance>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #listeners = new Set<(deployment: Deployment) => void>();
  readonly #writing = new Serial();

  readonly #boxes: PayloadBox;

  constructor(ledger: Pick<Ledger, 'commit' | 'table'>, event: Tell, boxes: PayloadBox) {
    this.#event = event;
    this.#boxes = boxes;
    this.#rows = ledger.table('wanted', DEPLOYMENT_ROW);
    this.#copies = ledger.table('instances', INSTANCE_ROW);
    this.#ledger = ledger;
  }

  /**
   * Reads back what the process before this one left. Volunteers get the benefit of the time in which nobody looked:
   * copies that lived then count as heard of now.
   */
  async load(nowMs: number): Promise<void> {
    for await (const [id, row] of this.#rows.entries()) {
      const kept = this.#upToDate(row);
      this.#deployments.set(id, { id, row: kept, instances: [] });
      if (kept !== row) await this.#rows.put(id, kept);
    }
    for await (const [, row] of this.#copies.entries()) {
      const deployment = this.#deployments.get(row.deployment);
      const heardAtMs = ['ended', 'failed', 'lost', 'stopping'].includes(row.state) ? row.heardAtMs : nowMs;
      if (deployment !== undefined) this.#hold(deployment, { ...row, heardAtMs });
    }
  }

  /** The row as this version keeps it: the payload in its box, and beside it what volumes it names. */
  #upToDate(row: DeploymentRow): DeploymentRow {
    const boxed = isBox(row.payload) ? row : { ...row, payload: this.#boxes.close(row.payload) };
    if (boxed.volumes.every(({ name }) => name !== '')) return boxed;
    return { ...boxed, volumes: this.#volumesIn(boxed.payload) };
  }

  /** None of a payload that cannot be read: to start a copy of it says why. */
  #volumesIn(box: Uint8Array): DeploymentRow['volumes'] {
    try {
      return namesOf(openPayload(this.#boxes.open(box)).volumes);
    } catch {
      return [];
    }
  }

  #hold(deployment: Deployment, row: InstanceRow): Instance {
    const instance: Instance = { id: showId(row.lease), deployment, row };
    deployment.instances.push(instance);
    deployment.instances.sort(
      (a, b) => a.row.replica - b.row.replica || a.row.incarnation - b.row.incarnation,
    );
    this.#byLease.set(instance.id, instance);
    return instance;
  }

  /** The clock was set: times of what goes on move along, at once; on disk when it resolves. */
  async moveTimes(byMs: number): Promise<void> {
    const going = this.all().filter((each) => !hasEnded(each));
    for (const deployment of going) {
      const { createdAtMs, endsAtMs, runningSinceMs } = deployment.row;
      const times = { createdAtMs, endsAtMs, runningSinceMs };
      deployment.row = { ...deployment.row, ...movedTimes(times, byMs) };
    }
    const copies = this.instances().filter((each) => !isOver(each));
    for (const instance of copies) {
      const { createdAtMs, runningSinceMs, heardAtMs, unknownSinceMs } = instance.row;
      const times = { createdAtMs, runningSinceMs, heardAtMs, unknownSinceMs };
      instance.row = { ...instance.row, ...movedTimes(times, byMs) };
    }
    for (const { id, row } of going) await this.#writing.run(() => this.#rows.put(id, row));
    for (const { id, row } of copies) await this.#writing.run(() => this.#copies.put(id, row));
  }

  /** In order of creation. */
  all(): Deployment[] {
    return [...this.#deployments.values()].sort((a, b) => a.row.createdAtMs - b.row.createdAtMs);
  }

  /** All copies of all deployments. */
  instances(): Instance[] {
    return [...this.#byLease.values()];
  }

  /** Throws DEPLOYMENT_UNKNOWN. */
  get(id: string): Deployment {
    const deployment = this.#deployments.get(id);
    if (deployment === undefined) throw new TallyError('DEPLOYMENT_UNKNOWN', { deployment: id });
    return deployment;
  }

  /** The deployment of this name that is wanted; there is at most one. */
  wantedAs(name: string): Deployment | undefined {
    return this.all().find((each) => each.row.name === name && isWanted(each));
  }

  byLease(lease: Uint8Array): Instance | undefined {
    return this.#byLease.get(showId(lease));
  }

  /** Calls back after every change of a deployment or of one of its copies. */
  onChange(listener: (deployment: Deployment) => void): void {
    this.#listeners.add(listener);
  }

  /** A new deployment with its first copies: bid and leases under one header, with the rows; on disk when it resolves. */
  async create(
    id: string,
    row: DeploymentRow,
    bid: SignedRecord<'bid'>,
    leased: readonly Leased[],
  ): Promise<Deployment> {
    const deployment: Deployment = { id, row, instances: [] };
    await this.#commit(bid, leased, [this.#rows.writing(id, row)]);
    this.#deployments.set(id, deployment);
    this.#event({ kind: 'deployment.placed', deployment: id });
    for (const each of leased) this.#tellCopy(this.#hold(deployment, each.row));
    this.#tell(deployment);
    return deployment;
  }

  /** A further copy of a deployment; on disk when it resolves. */
  async add(deployment: Deployment, bid: SignedRecord<'bid'>, leased: Leased): Promise<Instance> {
    await this.#commit(bid, [leased]);
    const instance = this.#hold(deployment, leased.row);
    this.#tellCopy(instance);
    this.#tell(deployment);
    return instance;
  }

  /** Notes why a copy has no place, or that all have one; watchers hear of it when it is news. */
  waits(deployment: Deployment, waiting: WaitingView | undefined, place?: Place): void {
    const isNews = JSON.stringify(waiting) !== JSON.stringify(deployment.waiting);
    // Offers come and go while it waits; that it does, and for what, is an event
    if (waiting !== undefined && waiting.cause !== deployment.waiting?.cause)
      this.#event({
        ...{ kind: 'copy.waiting', deployment: deployment.id, ...place, cause: waiting.cause },
        reason: shortLine(whyWaiting(waiting), HEALTH_FAILURE_BYTES),
      });
    deployment.waiting = waiting;
    if (isNews) this.#tell(deployment);
  }

  /** Notes who would not take a copy. */
  refused(deployment: string, place: Place, refusals: readonly Refusal[]): void {
    for (const { volunteer: peer, code: cause } of refusals)
      this.#event({ kind: 'copy.refused', deployment, ...place, peer, cause });
  }

  /** Notes that little is left of what this peer may owe the volunteer of a copy. */
  warn(instance: Instance): void {
    this.#tellCopy(instance, CREDIT_LOW);
  }

  #tellCopy(instance: Instance, cause: string = instance.row.cause): void {
    const reason = cause === UNHEALTHY ? instance.row.healthFailure : '';
    this.#event({ kind: `copy.${instance.row.state as InstanceState}`, ...named(instance), cause, reason });
  }

  #tellHealth(instance: Instance, health: 'healthy' | 'unhealthy'): void {
    const reason = health === 'unhealthy' ? instance.row.healthFailure : '';
    this.#event({ kind: `copy.${health}`, ...named(instance), cause: '', reason });
  }

  async #commit(
    bid: SignedRecord<'bid'>,
    leased: readonly Leased[],
    writes: readonly Write[] = [],
  ): Promise<void> {
    const copies = leased.map((each) => this.#copies.writing(showId(each.lease.id), each.row));
    await this.#ledger.commit([bid, ...leased.map(({ lease }) => lease)], [...writes, ...copies]);
  }

  /** Changes what is wanted, on disk when it resolves; watchers hear of it at once. */
  async want(deployment: Deployment, change: Partial<DeploymentRow>): Promise<void> {
    deployment.row = { ...deployment.row, ...change };
    const { id, row } = deployment;
    if (change.wanted === 'stopped') this.#event({ kind: 'deployment.stopping', deployment: id });
    if (change.end === 'ended' || change.end === 'failed')
      this.#event({ kind: `deployment.${change.end}`, deployment: id, cause: row.cause });
    this.#tell(deployment);
    await this.#writing.run(() => this.#rows.put(deployment.id, deployment.row));
  }

  /** Changes what is observed of a copy, on disk when it resolves; watchers hear of it at once. */
  async observe(instance: Instance, change: Partial<InstanceRow>): Promise<void> {
    const { state: before, health: healthBefore } = instance.row;
    instance.row = { ...instance.row, ...change };
    const { state, health } = instance.row;
    if (state !== before) this.#tellCopy(instance);
    if (health !== healthBefore && (health === 'healthy' || health === 'unhealthy'))
      this.#tellHealth(instance, health);
    this.#tell(instance.deployment);
    await this.#writing.run(() => this.#copies.put(instance.id, instance.row));
  }

  /** Drops deployments and copies that ended long ago; their records stay in the ledger. */
  async forget(nowMs: number): Promise<void> {
    const isOld = (endedAtMs: number) => nowMs >= endedAtMs + KEEP_ENDED_MS;
    for (const deployment of this.all()) {
      const old = deployment.instances.filter((each) => isOver(each) && isOld(each.row.endedAtMs));
      // The latest copy of a replica tells the next incarnation
      const gone = old.filter((each) => hasEnded(deployment) || isSuperseded(each));
      for (const instance of gone) await this.#drop(instance);
      const isGone = hasEnded(deployment) && isOld(deployment.row.endedAtMs);
      if (!isGone || deployment.instances.length > 0) continue;
      this.#deployments.delete(deployment.id);
      await this.#writing.run(() => this.#rows.delete(deployment.id));
    }
  }

  async #drop(instance: Instance): Promise<void> {
    const { deployment, row, id } = instance;
    const { forgottenMicrocredits } = deployment.row;
    await this.want(deployment, { forgottenMicrocredits: forgottenMicrocredits + row.chargedMicrocredits });
    deployment.instances.splice(deployment.instances.indexOf(instance), 1);
    this.#byLease.delete(id);
    await this.#writing.run(() => this.#copies.delete(id));
  }

  #tell(deployment: Deployment): void {
    for (const listener of this.#listeners) listener(deployment);
    for (const watcher of this.#watchers.get(deployment.id) ?? []) watcher();
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
          if (hasEnded(deployment)) return;
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
