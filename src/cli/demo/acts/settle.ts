// The end of the application: the last epoch is signed, and every peer shows its metrics.

import { answerOf } from '../../../api/client.ts';
import { countOf } from '../../../lib/amounts.ts';
import { allHome, coSigned, end, metricsSeries, unsigned } from '../deployments.ts';
import { type Cast, credits, type Scene } from '../scene.ts';
import { until } from '../wait.ts';

/** The figures that Prometheus would scrape. */
export async function scrape({ stage, report, teller }: Scene): Promise<void> {
  teller.step('Metrics of all five peers, as Prometheus scrapes them');
  const series = await Promise.all(stage.peers.map(metricsSeries));
  report.metricsSeries = series.reduce((sum, count) => sum + count, 0);
  teller.figure('series', `${report.metricsSeries} over ${stage.peers.length} peers`);
}

/** Stops the application. */
export async function settle(scene: Scene, { tenant, volunteers }: Cast, id: string): Promise<void> {
  const { report, teller, signal } = scene;
  teller.step('The tenant stops the application, and the last epochs are signed');
  await end(tenant, id);
  const paid = async () => (await unsigned(volunteers)) === 0 && (await allHome(tenant, volunteers));
  await until('the last receipts', paid, signal);
  report.receiptsCosigned = await coSigned(tenant, volunteers);
  const path = { params: { path: { id } } };
  const { chargedMicrocredits } = await answerOf(tenant.client.GET('/v1/deployments/{id}', path));
  teller.figure('charged', `${credits(chargedMicrocredits)} over all copies, signed by both sides`);
  teller.figure('in both ledgers', `${countOf(report.receiptsCosigned, 'receipt')}, nothing unsigned`);
}
