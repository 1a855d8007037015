// The comparison: from a bid to a running container, against plain docker run.
import { end, placeAndWait } from '../deployments.ts';
import { timeDockerRun } from '../docker-run.ts';
import { median } from '../report.ts';
import type { Cast, Scene } from '../scene.ts';

const ROUNDS = 5;

/** Runs both by turns. */
export async function race(scene: Scene, { tenant, image }: Cast): Promise<void> {
  const { stage, report, teller, signal } = scene;
  teller.step(
    `From a bid to a running container, ${ROUNDS} times, compared with plain docker run with the same settings`,
  );
  for (let round = 1; round <= ROUNDS; round += 1) {
    signal.throwIfAborted();
    const { deployment, runningMs } = await placeAndWait(tenant, image.name, signal);
    await end(tenant, deployment.id);
    // What is left of one that was killed can be told from other demos' by the image's name.
    const name = `${image.name.replace(':', '-')}-${round}`;
    report.bidToRunningMs.push(runningMs);
    report.dockerRunMs.push(await timeDockerRun(image.digest, name, stage.env));
  }
  const [ours, theirs] = [median(report.bidToRunningMs), median(report.dockerRunMs)];
  teller.figure('bid to running', `${report.bidToRunningMs.join(', ')} ms; median ${ours} ms`);
  teller.figure('docker run', `${report.dockerRunMs.join(', ')} ms; median ${theirs} ms`);
  teller.figure('ratio', (ours / theirs).toFixed(2));
}
