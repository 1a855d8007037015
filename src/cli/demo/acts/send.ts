// The image on its way: a tenant's own, to a volunteer that does not have it.
import { placeBid, watchDeployment } from '../../../api/client.ts';
import { bidFor, end } from '../deployments.ts';
import { tallyJson } from '../peer-process.ts';
import { type Cast, nameOf, type Scene } from '../scene.ts';

/** Runs the image once, on a volunteer that it has to be sent to first; from then on the engine holds it. */
export async function sendImage({ stage, teller, report, signal }: Scene, cast: Cast): Promise<void> {
  teller.step(
    'The tenant adds the image to its own and bids for one copy; the volunteer lacks it, and gets it from the tenant',
  );
  const { tenant, image } = cast;
  const add = ['images', 'add', image.file, '--name', image.name];
  await tallyJson(['--home', tenant.home, ...add], stage.env);
  const startMs = performance.now();
  const { deployment } = await placeBid(tenant.client, bidFor(image.name));
  for await (const { state, cause, instances } of watchDeployment(tenant.client, deployment.id, signal)) {
    const [copy] = instances;
    if (state === 'failed') throw new Error(`the image did not come: ${cause}`);
    if (copy?.fetch !== undefined) report.imageBytesSent = copy.fetch.ofBytes;
    if (state !== 'running' || copy === undefined) continue;
    report.imageSentMs = Math.round(performance.now() - startMs);
    const sent = `${(report.imageBytesSent / 1e6).toFixed(1)} MB, compressed`;
    teller.figure(nameOf(cast, copy.volunteer), `${sent}; it runs after ${report.imageSentMs} ms`);
    break;
  }
  await end(tenant, deployment.id);
}
