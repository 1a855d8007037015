// The demo: four volunteers and a tenant, an application in two copies, a volunteer that is killed and replaced,
// receipts that both sides signed, the reputation that follows from them, and ledgers in which one flipped byte is
// noticed. It speaks to its peers only by the command line and over HTTP, as everybody does.
import { fileURLToPath } from 'node:url';
import { loseVolunteer, returnVolunteer } from './acts/loss.ts';
import { race } from './acts/race.ts';
import { runReplicas } from './acts/replicas.ts';
import { sendImage } from './acts/send.ts';
import { setUp } from './acts/set-up.ts';
import { scrape, settle } from './acts/settle.ts';
import { settledScores, tellReputations } from './acts/trust.ts';
import { verify } from './acts/verify.ts';
import { run } from './programs.ts';
import { type DemoReport, emptyReport } from './report.ts';
import type { Cast, Scene } from './scene.ts';
import { Stage } from './stage.ts';
import type { Teller } from './teller.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

export interface DemoOptions {
  /** Leave everything running after the figures, until the signal aborts. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly teller: Teller;
}

/** Plays the demo and takes down what it put up. Never throws: what went wrong stands in the report. */
export async function playDemo({ teller, signal, keep }: DemoOptions): Promise<DemoReport> {
  const stage = new Stage();
  const report = emptyReport(await commit());
  try {
    await play({ stage, report, teller, signal }, keep);
    report.ok = true;
  } catch (error) {
    report.error = describe(error);
    if (!signal.aborted) tellFailure(stage, report.error, teller);
  } finally {
    teller.say('Removing everything that the demo started.');
    await stage.clear().catch((error: unknown) => {
      report.ok = false;
      report.error ??= { code: 'CLEANUP_FAILED', message: String(error) };
    });
  }
  return report;
}

async function play(scene: Scene, keep: boolean): Promise<void> {
  const { report, signal } = scene;
  const cast = await setUp(scene);
  await sendImage(scene, cast);
  await race(scene, cast);
  const id = await runReplicas(scene, cast);
  const before = await settledScores(cast, 1 + report.bidToRunningMs.length, signal);
  const lost = await loseVolunteer(scene, cast, id);
  const whole = await returnVolunteer(scene, cast, lost);
  await scrape(scene);
  if (keep) await keepRunning(scene, cast, id);
  await settle(scene, whole, id);
  // The first run's lease, the race's, the copy that was lost, and the two that ran to the end
  const after = await settledScores(whole, report.bidToRunningMs.length + 4, signal);
  tellReputations(scene, whole, before, after);
  await verify(scene, whole);
}

async function keepRunning({ stage, teller, signal }: Scene, { tenant }: Cast, id: string): Promise<void> {
  teller.step('Everything keeps running until Ctrl-C');
  for (const { name, apiUrl, home } of stage.peers) teller.figure(name, `${apiUrl}/docs  --home ${home}`);
  teller.say('Try:');
  for (const words of ['ps', `logs ${id}`, 'trust', 'events', 'top --once', 'ledger show'])
    teller.say(`npx tallymesh --home ${tenant.home} ${words}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  signal.throwIfAborted();
}

function tellFailure(
  stage: Stage,
  { code, message }: { code: string; message: string },
  teller: Teller,
): void {
  teller.end(`The demo failed: ${code}: ${message}`);
  for (const { name, lastWords } of stage.peers)
    for (const line of lastWords()) teller.say(`${name}: ${line}`);
}

function describe(error: unknown): { code: string; message: string } {
  const { code, message, details } = error as {
    code?: unknown;
    message?: unknown;
    details?: { advice?: string };
  };
  const advice = details?.advice === undefined ? '' : ` (${details.advice})`;
  return { code: typeof code === 'string' ? code : 'DEMO_FAILED', message: `${message ?? error}${advice}` };
}

async function commit(): Promise<string> {
  const { code, stdout } = await run('git', ['-C', PROJECT, 'rev-parse', 'HEAD']).catch(() => ({
    code: 1,
    stdout: '',
  }));
  return code === 0 ? stdout.trim() : 'unknown';
}
