// The tenant's half of the market, put together.
import type { Duplex } from 'node:stream';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Meeting } from '../../ledger/meeting.ts';
import { TallyError } from '../../lib/errors.ts';
import { type Service, startAll, stopAll } from '../../lib/lifecycle.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import { contentsProtocol, imageProtocol, layerProtocol } from '../../overlay/protocols/images.ts';
import { reportProtocol } from '../../overlay/protocols/receipt.ts';
import { tunnelProtocol } from '../../overlay/protocols/tunnel.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import type { Reputation } from '../../reputation/facts/reputation.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import type { Tell } from '../book/event-log.ts';
import type { BidInput } from '../terms/bid-input.ts';
import type { Tenancy } from '../terms/market.ts';
import { Acknowledging } from './acknowledging.ts';
import { CONTENT_ROW, Contents } from './contents.ts';
import { copiesOf, type Deployment, hasEnded, type Instance, isHealthy, latestCopies } from './deployment.ts';
import { stateOf, viewDeployment, viewTaken } from './deployment-view.ts';
import { Deployments } from './deployments.ts';
import { createJudging } from './judging.ts';
import { KEPT_LOG_ROW, KeptLogs } from './kept-logs.ts';
import { OWN_IMAGE_ROW, OwnImages } from './own-images.ts';
import { PayloadBox } from './payload-box.ts';
import { Placing, type PlacingParts } from './placing.ts';
import { PUSH_ROW, Pushes } from './pushes.ts';
import { Reconciler } from './reconciler.ts';
import { Sampling } from './sampling.ts';
import { Starting } from './starting.ts';
import { Tracking } from './tracking.ts';
import { callsToVolunteers } from './volunteer-calls.ts';

export interface TenancyParts
  extends Omit<
    PlacingParts,
    'deployments' | 'calls' | 'reputation' | 'images' | 'contents' | 'boxes' | 'pushes'
  > {
  readonly overlay: Overlay;
  readonly ledger: Ledger;
  readonly meeting: Pick<Meeting, 'compare'>;
  readonly reputation: Reputation;
  readonly event: Tell;
  /** Layers of images, on their way in or out. */
  readonly store: LayerStore;
  /** Whose images can be sent; undefined where the settings want no engine. */
  readonly engine: Pick<Engine, 'image' | 'exportImage'> | undefined;
  readonly ledgerMetrics?: LedgerMetrics | undefined;
}

/** Opens the tenant's half of a peer: reads what the process before this one left, and serves the report protocol. */
export async function openTenancy(parts: TenancyParts): Promise<{ tenancy: Tenancy; service: Service }> {
  const { overlay, ledger, clock, metrics, ledgerMetrics, book } = parts;
  const boxes = new PayloadBox(parts.identity);
  const deployments = new Deployments(ledger, parts.event, boxes);
  await deployments.load(clock.nowMs());
  clock.onSet?.((byMs) => {
    deployments
      .moveTimes(byMs)
      .catch((err) => parts.log.error({ err }, 'failed to write the times of copies'));
  });
  const calls = callsToVolunteers(overlay, book);
  const pushes = new Pushes({
    ...{ ...parts, calls, rows: ledger.table('pushes', PUSH_ROW) },
    isKept: (digest) => images.has(digest),
  });
  await pushes.load();
  const contents = new Contents({
    ...{ ...parts, boxes, deployments, rows: ledger.table('contents', CONTENT_ROW) },
  });
  await contents.load();
  const images: OwnImages = new OwnImages({
    ...{ ...parts, deployments, contents, pushes, rows: ledger.table('own-images', OWN_IMAGE_ROW) },
  });
  await images.load();
  const shared = { ...parts, deployments, images, contents, boxes, pushes, calls };
  const tracking = new Tracking(shared);
  const placing = new Placing(shared);
  const starting = new Starting({ ...shared, tracking });
  const reconciler = new Reconciler({ ...shared, placing, starting, tracking });
  const both = metrics && ledgerMetrics ? { market: metrics, ledger: ledgerMetrics } : undefined;
  const acknowledging = new Acknowledging({
    ...shared,
    coSigning: ledger.coSigning,
    catchingUp: ledger.catchingUp,
    tracking,
    metrics: both,
  });
  overlay.serve(reportProtocol, (volunteer, request) => acknowledging.report(volunteer, request));
  overlay.serve(imageProtocol, async (volunteer, { leave }) => images.describe(volunteer, leave));
  overlay.serve(contentsProtocol, async (volunteer, { leave }) => contents.describe(volunteer, leave));
  overlay.serveFeed(layerProtocol, (volunteer, request) => images.layer(volunteer, request));
  const sampling = new Sampling({ ...shared, tracking });
  const keptLogs = new KeptLogs(ledger.table('kept-logs', KEPT_LOG_ROW), shared);
  const services = [tracking, acknowledging, createJudging(shared), reconciler, sampling, keptLogs, pushes];
  const service: Service = { start: () => startAll(services), stop: () => stopAll(services) };
  return { tenancy: tenancyOf({ ...shared, placing, reconciler, sampling, keptLogs }), service };
}

interface Made extends Pick<PlacingParts, 'calls' | 'deployments' | 'clock'> {
  readonly placing: Placing;
  readonly reconciler: Reconciler;
  readonly sampling: Sampling;
  readonly keptLogs: KeptLogs;
  readonly images: OwnImages;
  readonly pushes: Pushes;
}

function tenancyOf({
  deployments,
  placing,
  reconciler,
  sampling,
  keptLogs,
  images,
  pushes,
  calls,
  clock,
}: Made): Tenancy {
  let turn = 0;
  return {
    dryRun: (input: BidInput) => placing.match(input),
    async bid(input) {
      const { deployment, match } = await placing.place(input);
      return { deployment: viewDeployment(deployment), match };
    },
    deployments: () => deployments.all().map(viewDeployment),
    deployment: (id) => viewDeployment(deployments.get(id)),
    async stop(id) {
      const deployment = deployments.get(id);
      if (!hasEnded(deployment)) {
        const kept = deployments.want(deployment, { wanted: 'stopped' });
        await Promise.all([kept, reconciler.settle(deployment)]);
      }
      return viewDeployment(deployment);
    },
    watch: (id, signal) => deployments.watch(id, signal),
    logs: (id, query, signal) => keptLogs.read(copyToRead(deployments.get(id), query.replica), query, signal),
    async connect(id, port, signal): Promise<Duplex> {
      const deployment = deployments.get(id);
      const { ports } = deployment.row;
      if (!ports.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { port, published: ports });
      turn += 1;
      return firstOpened(inTurn(callableCopies(deployment), turn), async (copy) => {
        const { volunteer, lease } = copy.row;
        const pipe = await calls.pipe(tunnelProtocol, volunteer, { lease, port }, signal);
        sampling.answered(copy, port);
        return pipe;
      });
    },
    leases: () => deployments.instances().map((instance) => viewTaken(instance, clock.nowMs())),
    images: () => images.list(),
    addImage: (source, signal) => images.add(source, signal),
    removeImage: (reference) => images.remove(reference),
    pushes: () => pushes.list(),
    async push({ image, volunteer }) {
      const found = images.find(image);
      if (found === undefined) throw new TallyError('IMAGE_NOT_HELD', { image });
      return pushes.begin(found.digest, found.comes.maxBytes, volunteer);
    },
    endPush: (id) => pushes.end(id),
  };
}

/** All of them, another one first each time. */
function inTurn(copies: readonly Instance[], turn: number): readonly Instance[] {
  const first = turn % copies.length;
  return [...copies.slice(first), ...copies.slice(0, first)];
}

/** The way to the first copy that can be reached; without one the last failure is thrown. */
async function firstOpened(
  copies: readonly Instance[],
  open: (copy: Instance) => Promise<Duplex>,
): Promise<Duplex> {
  let failure: unknown;
  for (const copy of copies) {
    try {
      return await open(copy);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * The copies to speak to: healthy ones that run, else those that may. Throws DEPLOYMENT_NOT_RUNNING, and DEPLOYMENT_UNHEALTHY
 * where some run and none is healthy.
 */
export function callableCopies(deployment: Deployment): Instance[] {
  const latest = latestCopies(deployment);
  const running = latest.filter(({ row }) => row.state === 'running');
  const unknown = latest.filter(({ row }) => row.state === 'unknown');
  const callable = [running, unknown]
    .map((copies) => copies.filter(isHealthy))
    .find(({ length }) => length > 0);
  if (callable !== undefined) return callable;
  const ailing = [...running, ...unknown].map(({ row: { replica, health } }) => ({ replica, health }));
  if (ailing.length > 0) throw new TallyError('DEPLOYMENT_UNHEALTHY', { copies: ailing });
  throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state: stateOf(deployment) });
}

/** The latest copy of a replica that ran, else the latest. Throws REPLICA_UNKNOWN. */
function copyToRead(deployment: Deployment, replica: number): Instance {
  const copies = copiesOf(deployment, replica);
  const copy = copies.findLast(({ row }) => row.runningSinceMs > 0) ?? copies.at(-1);
  if (copy === undefined)
    throw new TallyError('REPLICA_UNKNOWN', { replica, replicas: deployment.row.replicas });
  return copy;
}
