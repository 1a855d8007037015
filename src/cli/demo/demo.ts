// The demo: two volunteers, a tenant, a container, receipts that both sides signed, and a ledger that notices one
// flipped byte. It speaks to its peers as anybody does: by the command line and over HTTP.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerOf } from '../../api/client.ts';
import { CREDIT } from '../../lib/units.ts';
import { copyDamaged } from './damage.ts';
import { callContainer, coSigned, end, metricsSeries, placeAndWait, unsigned } from './deployments.ts';
import { DEMO_RESOURCES, timeDockerRun } from './docker-run.ts';
import { type PeerProcess, tally, tallyJson } from './peer-process.ts';
import { output, run } from './programs.ts';
import { type DemoReport, emptyReport, median } from './report.ts';
import { DEMO_EPOCHS, Stage } from './stage.ts';
import type { Teller } from './teller.ts';
import { until } from './wait.ts';

const ROUNDS = 5;
const RECEIPTS_AWAITED = 3;
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const credits = (microcredits: number) => `${(microcredits / CREDIT).toFixed(6)} credits`;

export interface DemoOptions {
  /** Leave everything running after the figures, until the signal aborts. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly teller: Teller;
}

interface Cast {
  readonly volunteers: readonly PeerProcess[];
  readonly tenant: PeerProcess;
  readonly image: string;
}

/** Plays the demo and takes down what it put up. Never throws: what went wrong stands in the report. */
export async function playDemo(options: DemoOptions): Promise<DemoReport> {
  const { teller, signal } = options;
  const stage = new Stage();
  const report = emptyReport(await commit());
  try {
    await play(stage, report, options);
    report.ok = true;
  } catch (error) {
    report.error = describe(error);
    if (!signal.aborted) tellFailure(stage, report.error, teller);
  } finally {
    teller.say('cleaning up');
    await stage.clear().catch((error: unknown) => {
      report.ok = false;
      report.error ??= { code: 'CLEANUP_FAILED', message: String(error) };
    });
  }
  return report;
}

async function play(stage: Stage, report: DemoReport, { teller, signal, keep }: DemoOptions): Promise<void> {
  const cast = await setUp(stage, report, teller, signal);
  await race(cast, report, stage.env, teller, signal);
  const id = await runAndPay(cast, report, teller, signal);
  await scrape(stage.peers, report, teller);
  if (keep) await keepRunning(stage, id, teller, signal);
  await settle(cast, id, report, teller, signal);
  await verify(stage, report, teller);
}

async function setUp(stage: Stage, report: DemoReport, teller: Teller, signal: AbortSignal): Promise<Cast> {
  teller.step('A container engine, and an image made from what this machine has');
  const engine = await stage.engine((line) => teller.say(line));
  report.engineSetupMs = engine.setupMs;
  teller.figure('engine', `${engine.host}, ready after ${engine.setupMs} ms`);
  signal.throwIfAborted();
  const application = await stage.application();
  teller.figure(
    'image',
    `${application.name}, ${Math.round(application.sizeBytes / 1e6)} MB, from no registry`,
  );
  signal.throwIfAborted();

  teller.step('Two volunteers and a tenant, each a process with a key, a ledger and a home of its own');
  const first = await stage.peer('volunteer-1', { offers: true });
  const bootstrap = first.addresses;
  const second = await stage.peer('volunteer-2', { bootstrap, offers: true });
  const tenant = await stage.peer('tenant', { bootstrap, offers: false });
  for (const { name, peer, pid, apiUrl } of stage.peers) {
    teller.figure(name, `…${peer.slice(-8)}  process ${pid}  API ${apiUrl}`);
  }
  report.peers = stage.peers.length;
  teller.say(
    `Epochs are shortened for the demo: ${DEMO_EPOCHS.firstEpochMs / 1000} s at first instead of 10 s.`,
  );

  teller.step('Both volunteers offer; the tenant knows only the first, and hears of both by gossip');
  await offer(first, '0.6', application.name, stage.env);
  const startMs = performance.now();
  await offer(second, '0.4', application.name, stage.env);
  await until('both offers', () => knowsBoth(tenant), signal);
  teller.figure(
    'offers known',
    `2 of 2, ${Math.round(performance.now() - startMs)} ms after the second was made`,
  );
  return { volunteers: [first, second], tenant, image: application.name };
}

async function offer(
  { home }: PeerProcess,
  cpuPrice: string,
  image: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const resources = ['--cpus', '1', '--memory', '1GiB', '--disk', '128MiB'];
  const prices = ['--price-cpu', cpuPrice, '--price-memory', '0.2'];
  await tallyJson(['--home', home, 'offer', ...resources, ...prices, '--image', image], env);
}

async function knowsBoth({ client }: PeerProcess): Promise<boolean> {
  const { items } = await answerOf(client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }));
  return items.length === 2;
}

async function race(
  { tenant, image }: Cast,
  report: DemoReport,
  env: NodeJS.ProcessEnv,
  teller: Teller,
  signal: AbortSignal,
): Promise<void> {
  teller.step(
    `From a bid to a running container, ${ROUNDS} times, beside plain docker run with the same settings`,
  );
  for (let round = 1; round <= ROUNDS; round += 1) {
    signal.throwIfAborted();
    const { deployment, runningMs } = await placeAndWait(tenant, image, signal);
    await end(tenant, deployment.id);
    const dockerMs = await timeDockerRun(image, `tallymesh-demo-${randomBytes(4).toString('hex')}`, env);
    report.bidToRunningMs.push(runningMs);
    report.dockerRunMs.push(dockerMs);
  }
  const [ours, theirs] = [median(report.bidToRunningMs), median(report.dockerRunMs)];
  teller.figure('bid to running', `${report.bidToRunningMs.join(', ')} ms; median ${ours} ms`);
  teller.figure('docker run', `${report.dockerRunMs.join(', ')} ms; median ${theirs} ms`);
  teller.figure('ratio', (ours / theirs).toFixed(2));
}

async function runAndPay(
  { tenant, volunteers, image }: Cast,
  report: DemoReport,
  teller: Teller,
  signal: AbortSignal,
): Promise<string> {
  teller.step('A bid to stay: matched, leased, started');
  const before = await coSigned(tenant, volunteers);
  const { deployment, match } = await placeAndWait(tenant, image, signal);
  const [copy] = deployment.instances;
  const chosen = volunteers.find(({ peer }) => peer === copy?.volunteer);
  const prices = match.candidates.map((each) => credits(each.priceMicrocreditsPerHour)).join(' and ');
  teller.figure('considered', `${match.considered} offers, at ${prices} an hour`);
  teller.figure('chosen', `${chosen?.name}, the cheaper`);
  teller.figure('at risk', `at most ${credits(deployment.atRiskMicrocredits ?? 0)} unsigned at any time`);
  const { cpuMillis, memoryBytes } = DEMO_RESOURCES;
  teller.figure(
    'limits',
    `${cpuMillis / 1000} cpu, ${memoryBytes / 2 ** 20} MiB, no capabilities, no way out`,
  );

  teller.step('An HTTP answer from inside, through the tenant’s API and the overlay');
  const token = await readFileTrimmed(join(tenant.home, 'token'));
  const ask = () => callContainer(tenant, deployment.id, token).catch(() => undefined);
  const answer = await until('an answer', ask, signal);
  teller.say(answer);

  teller.step('Receipts: the tenant drafts, the volunteer countersigns, both keep; epochs double');
  const enough = async () => (await coSigned(tenant, volunteers)) >= before + RECEIPTS_AWAITED;
  await until('co-signed receipts', enough, signal);
  report.receiptsCosigned = await coSigned(tenant, volunteers);
  teller.figure(
    'in both ledgers',
    `${report.receiptsCosigned} receipts, ${RECEIPTS_AWAITED} of them for this lease`,
  );
  return deployment.id;
}

async function scrape(peers: readonly PeerProcess[], report: DemoReport, teller: Teller): Promise<void> {
  const series = await Promise.all(peers.map(metricsSeries));
  report.metricsSeries = series.reduce((sum, count) => sum + count, 0);
  teller.figure('metrics', `${report.metricsSeries} series over ${peers.length} peers`);
}

async function settle(
  { tenant, volunteers }: Cast,
  id: string,
  report: DemoReport,
  teller: Teller,
  signal: AbortSignal,
): Promise<void> {
  teller.step('The tenant stops it; the last epoch is signed');
  await end(tenant, id);
  await until('the last receipt', async () => (await unsigned(volunteers)) === 0, signal);
  report.receiptsCosigned = await coSigned(tenant, volunteers);
  const path = { params: { path: { id } } };
  const { chargedMicrocredits } = await answerOf(tenant.client.GET('/v1/deployments/{id}', path));
  teller.figure('charged', `${credits(chargedMicrocredits)}, signed by both`);
  teller.figure('in both ledgers', `${report.receiptsCosigned} receipts, nothing unsigned`);
}

interface Verified {
  readonly ok: boolean;
  readonly headers: number;
  readonly receipts: number;
  readonly problems: readonly { readonly code: string; readonly key?: string; readonly seq?: number }[];
}

async function verify(stage: Stage, report: DemoReport, teller: Teller): Promise<void> {
  teller.step('The peers stop, and each ledger is verified without them');
  await Promise.all(stage.peers.map((peer) => peer.stop()));
  for (const { name, home } of stage.peers) {
    const { ok, headers, receipts, problems } = await verifyHome(home, stage.env);
    if (!ok) throw new Error(`the ledger of ${name} does not verify: ${problems[0]?.code}`);
    report.ledgersVerified += 1;
    teller.figure(name, `${headers} headers, ${receipts} receipts, every byte accounted for`);
  }
  await showDamage(stage, teller);
}

async function verifyHome(home: string, env: NodeJS.ProcessEnv): Promise<Verified> {
  const { stdout, stderr } = await tally(['--json', '--home', home, 'ledger', 'verify'], env);
  if (stdout === '') throw new Error(`tally ledger verify said nothing: ${stderr}`);
  return JSON.parse(stdout) as Verified;
}

async function showDamage(stage: Stage, teller: Teller): Promise<void> {
  const [volunteer] = stage.peers.slice(1);
  const copy = join(stage.folder, 'damaged');
  if (volunteer === undefined || !(await copyDamaged(volunteer.home, copy, 'receipt'))) {
    throw new Error('no receipt was found in the files of the database');
  }
  const { ok, problems } = await verifyHome(copy, stage.env);
  const [first] = problems;
  if (ok || first === undefined) throw new Error('a flipped byte was not noticed');
  teller.say(
    'In a copy, one byte of the first receipt was flipped on disk. LevelDB drops it, and what follows, in silence;',
  );
  teller.say('verification names the first header that is lost with it:');
  teller.figure(first.code, first.key ?? `header ${first.seq}`);
}

async function keepRunning(stage: Stage, id: string, teller: Teller, signal: AbortSignal): Promise<void> {
  teller.step('Everything goes on until Ctrl-C');
  const [, , tenant] = stage.peers;
  for (const { name, apiUrl, home } of stage.peers) teller.figure(name, `${apiUrl}/docs  --home ${home}`);
  teller.say('Try:');
  teller.say(`npx tally --home ${tenant?.home} ps`);
  teller.say(`npx tally --home ${tenant?.home} logs ${id}`);
  teller.say(`npx tally --home ${tenant?.home} ledger show`);
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

async function readFileTrimmed(path: string): Promise<string> {
  return output('cat', [path]);
}
