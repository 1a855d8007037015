// The tenant's half of the market, put together.
import type { Duplex } from 'node:stream';
import type { Ledger } from '../ledger/ledger.ts';
import { TallyError } from '../lib/errors.ts';
import { type Service, startAll, stopAll } from '../lib/lifecycle.ts';
import type { LedgerMetrics } from '../metrics/ledger.ts';
import type { Overlay } from '../overlay/overlay.ts';
import { logsProtocol } from '../overlay/protocols/logs.ts';
import { reportProtocol } from '../overlay/protocols/receipt.ts';
import { tunnelProtocol } from '../overlay/protocols/tunnel.ts';
import { Acknowledging } from './acknowledging.ts';
import { type Deployment, Deployments, isOver, viewDeployment, viewTaken } from './deployment.ts';
import type { BidInput, LogView, Tenancy } from './market.ts';
import { Placing, type PlacingParts } from './placing.ts';
import { reachVolunteers } from './reach.ts';
import { Tracking } from './tracking.ts';

export interface TenancyParts extends Omit<PlacingParts, 'deployments' | 'reach' | 'observe'> {
  readonly overlay: Overlay;
  readonly ledger: Ledger;
  readonly ledgerMetrics?: LedgerMetrics | undefined;
}

/** Opens the tenant's half of a peer: reads what the process before this one left, and serves the report protocol. */
export async function openTenancy(parts: TenancyParts): Promise<{ tenancy: Tenancy; service: Service }> {
  const { overlay, ledger, clock, log, metrics, ledgerMetrics } = parts;
  const deployments = new Deployments(ledger);
  const reach = reachVolunteers(overlay, parts.book);
  const tracking = new Tracking({ clock, log, reach, deployments, metrics });
  const placing = new Placing({
    ...parts,
    reach,
    deployments,
    observe: (...seen) => tracking.observe(...seen),
  });
  const both = metrics && ledgerMetrics ? { market: metrics, ledger: ledgerMetrics } : undefined;
  const { coSigning } = ledger;
  const acknowledging = new Acknowledging({
    clock,
    log,
    overlay,
    reach,
    coSigning,
    deployments,
    tracking,
    metrics: both,
  });
  overlay.serve(reportProtocol, (volunteer, request) => acknowledging.report(volunteer, request));
  const services = [tracking, acknowledging];

  await deployments.load();

  const begin = (deployment: Deployment) => {
    placing
      .begin(deployment)
      .catch((err) => log.error({ err, deployment: deployment.id }, 'a start was not kept'));
  };

  const running = (id: string): Deployment => {
    const deployment = deployments.get(id);
    const { state } = deployment.row;
    if (state !== 'running' && state !== 'unknown') throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state });
    return deployment;
  };

  const service: Service = {
    async start() {
      await startAll(services);
      // What was between Reserve and running when the process before this one ended goes on
      for (const deployment of deployments.all()) {
        if (['placing', 'starting'].includes(deployment.row.state)) begin(deployment);
      }
    },
    stop: () => stopAll(services),
  };

  const tenancy: Tenancy = {
    dryRun: (input: BidInput) => placing.match(input),
    async bid(input) {
      const { deployment, match } = await placing.place(input);
      begin(deployment);
      return { deployment: viewDeployment(deployment), match };
    },
    deployments: () => deployments.all().map(viewDeployment),
    deployment: (id) => viewDeployment(deployments.get(id)),
    async stop(id) {
      const deployment = deployments.get(id);
      if (!isOver(deployment)) {
        await deployments.change(deployment, { state: 'stopping' });
        await tracking.stopNow(deployment);
      }
      return viewDeployment(deployment);
    },
    watch: (id, signal) => deployments.watch(id, signal),
    async *logs(id, { tail, follow }, signal) {
      const { row } = deployments.get(id);
      const request = { lease: row.lease, tail, follow: follow ? 1 : 0 };
      yield* reach.feed(logsProtocol, row.volunteer, request, signal) as AsyncIterable<LogView>;
    },
    async connect(id, port, signal): Promise<Duplex> {
      const { row } = running(id);
      if (!row.ports.includes(port))
        throw new TallyError('PORT_NOT_PUBLISHED', { port, published: row.ports });
      return reach.pipe(tunnelProtocol, row.volunteer, { lease: row.lease, port }, signal);
    },
    leases: () => deployments.all().map(viewTaken),
  };
  return { tenancy, service };
}
