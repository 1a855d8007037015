// `npm run crash -- [--runs N] [--seed S] [--json FILE]`: episodes of two parties that co-sign and crash, half of them by
// `kill -9` and half by a power failure. The seed chooses what the wire does and when the crash comes; what the processes
// are at then is up to the machine, so a seed does not replay an interleaving.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { openLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { signLease } from '../support/co-signers.ts';
import { Random } from '../support/random.ts';
import { faultsIn, type Row, reportOf, showReport } from '../support/report.ts';
import { type Disk, folderDisk, makeImage, ownDisk } from './disk.ts';
import { Episode } from './episode.ts';
import { CRASH_NETWORK, SEEDS, SIDES, type SideName } from './words.ts';

/** Ways to go down. */
export type Crash = 'kill' | 'power-loss';

/** Where episodes find their homes. */
export interface Ground {
  readonly folder: string;
  /** Homes of both sides with a lease between them, to be copied. */
  readonly templates: Readonly<Record<SideName, string>>;
  /** An empty disk to be copied; undefined where the machine lets nobody mount one. */
  readonly image: string | undefined;
}

export async function makeGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-crash-'));
  const templates = { tenant: join(folder, 'tenant'), volunteer: join(folder, 'volunteer') };
  const volunteer = createIdentity(SEEDS.volunteer);
  const lease = signLease(volunteer, createIdentity(SEEDS.tenant).publicKey, CRASH_NETWORK);
  for (const side of SIDES) {
    const identity = createIdentity(SEEDS[side]);
    const where = { home: templates[side], network: CRASH_NETWORK };
    const ledger = await openLedger(where, { identity, clock: systemClock, log: silentLog });
    await ledger.commit([lease]);
    await ledger.close();
  }
  const image = join(folder, 'image');
  const isMade = await makeImage(image).then(
    () => true,
    () => false,
  );
  return { folder, templates, image: isMade ? image : undefined };
}

/** One episode; resolves with what did not hold. */
export async function playOne(ground: Ground, crash: Crash, random: Random): Promise<readonly string[]> {
  const folder = await mkdtemp(join(ground.folder, 'episode-'));
  const disks: Partial<Record<SideName, Disk>> = {};
  try {
    for (const side of SIDES)
      disks[side] = await diskOf(ground, crash, join(folder, side), ground.templates[side]);
    return await new Episode(random, disks as Record<SideName, Disk>).play();
  } finally {
    for (const disk of Object.values(disks)) await disk.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

function diskOf({ image }: Ground, crash: Crash, folder: string, template: string): Promise<Disk> {
  if (crash === 'kill') return folderDisk(folder, template);
  if (image === undefined)
    throw new Error('this machine lets nobody mount a disk: power losses cannot be played');
  return ownDisk(folder, template, image);
}

async function rowsOf(ground: Ground, crash: Crash, runs: number, seed: number): Promise<Row[]> {
  let violations = 0;
  for (let run = 0; run < runs; run += 1) {
    const found = await playOne(ground, crash, new Random(seed * 1_000_003 + run));
    for (const each of found) console.error(`${crash} ${run} (seed ${seed}): ${each}`);
    if (found.length > 0) violations += 1;
    if ((run + 1) % 50 === 0) console.error(`${crash}: ${run + 1} of ${runs}, ${violations} with violations`);
  }
  return [
    { case: crash, metric: 'runs', value: runs, unit: '', n: runs },
    { case: crash, metric: 'violations', value: violations, unit: '', n: runs },
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const [runs, seed] = [Number(values.runs), Number(values.seed)];
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
    console.error('npm run crash -- [--runs N] [--seed S] [--json FILE]');
    return 2;
  }
  const ground = await makeGround();
  try {
    const rows = await rowsOf(ground, 'kill', Math.ceil(runs / 2), seed);
    if (ground.image === undefined)
      console.error('power-loss is left out: this machine lets nobody mount a disk');
    else rows.push(...(await rowsOf(ground, 'power-loss', Math.floor(runs / 2), seed)));
    const report = await reportOf('crash', seed, rows);
    console.log(showReport(report));
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
    return faultsIn(rows).length > 0 ? 1 : 0;
  } finally {
    await rm(ground.folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main();
