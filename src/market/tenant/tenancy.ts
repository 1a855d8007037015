// The tenant's half of the market, put together.
import type { Ledger } from '../../ledger/ledger.ts';
import type { Meeting } from '../../ledger/meeting.ts';
import { TallyError } from '../../lib/errors.ts';
import { type Service, startAll, stopAll } from '../../lib/lifecycle.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import { contentsProtocol, imageProtocol, layerProtocol } from '../../overlay/protocols/images.ts';
import { reportProtocol } from '../../overlay/protocols/receipt.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import type { Reputation } from '../../reputation/facts/reputation.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import type { Tell } from '../book/event-log.ts';
import type { BidInput } from '../terms/bid-input.ts';
import type { Tenancy } from '../terms/market.ts';
import type { OwnTraffic } from '../terms/own-traffic.ts';
import type { PlacedDeployment } from '../terms/views.ts';
import { Acknowledging } from './acknowledging.ts';
import { Connecting } from './connecting.ts';
import { CONTENT_ROW, Contents } from './contents.ts';
import { type Deployment, hasEnded, isWanted } from './deployment.ts';
import { viewDeployment, viewTaken } from './deployment-view.ts';
import { Deployments } from './deployments.ts';
import { Entering } from './entering.ts';
import { FORWARD_ROW, Forwards } from './forwards/forwards.ts';
import { Granting } from './granting.ts';
import { createJudging } from './judging.ts';
import { DeploymentLogs } from './logs/deployment-logs.ts';
import { KEPT_LOG_ROW, KeptLogs } from './logs/kept-logs.ts';
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
  readonly traffic: OwnTraffic;
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
    granting: new Granting({ ...parts, deployments, pushes }),
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
  const logs = new DeploymentLogs({ ...shared, keptLogs });
  const connecting = new Connecting({ ...shared, sampling });
  const entering = new Entering(shared);
  const forwards = new Forwards({
    ...{ ...parts, deployments, rows: ledger.table('forwards', FORWARD_ROW) },
    connect: (id, port, signal) => connecting.open(id, port, signal),
  });
  await forwards.load();
  const kept = [keptLogs, pushes, forwards];
  const services = [tracking, acknowledging, createJudging(shared), reconciler, sampling, ...kept];
  const service: Service = { start: () => startAll(services), stop: () => stopAll(services) };
  return {
    tenancy: tenancyOf({ ...shared, placing, reconciler, connecting, entering, forwards, logs }),
    service,
  };
}

interface Made extends Pick<PlacingParts, 'deployments' | 'clock'> {
  readonly placing: Placing;
  readonly reconciler: Reconciler;
  readonly connecting: Connecting;
  readonly entering: Entering;
  readonly forwards: Forwards;
  readonly logs: DeploymentLogs;
  readonly images: OwnImages;
  readonly pushes: Pushes;
}

function tenancyOf({
  deployments,
  placing,
  reconciler,
  connecting,
  entering,
  forwards,
  logs,
  images,
  pushes,
  clock,
}: Made): Tenancy {
  return {
    dryRun: (input: BidInput) => placing.match(input),
    async bid(input) {
      const { deployment, match } = await placing.place(input);
      return { deployment: viewDeployment(deployment), match };
    },
    deployments: () => deployments.all().map(viewDeployment),
    living: () =>
      deployments
        .all()
        .filter((each) => !hasEnded(each))
        .map(placedOf),
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
    logs: (id, query, signal) => logs.read(id, query, signal),
    connect: (id, port, signal) => connecting.open(id, port, signal),
    exec: (id, input, signal) => entering.exec(id, input, signal),
    copy: (id, input, signal) => entering.copy(id, input, signal),
    forwards: () => forwards.list(),
    forward: (input) => forwards.begin(input),
    endForward: (id) => forwards.end(id),
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

function placedOf(deployment: Deployment): PlacedDeployment {
  const { id, row } = deployment;
  return { id, name: row.name, ports: row.ports, isWanted: isWanted(deployment) };
}
