// The ledgers, verified without their peers, and one flipped byte that verification finds.

import { join } from 'node:path';
import { countOf } from '../../../lib/amounts.ts';
import { copyDamaged } from '../damage.ts';
import { tally } from '../peer-process.ts';
import type { Cast, Scene } from '../scene.ts';

interface Verified {
  readonly ok: boolean;
  readonly headers: number;
  readonly receipts: number;
  readonly problems: readonly { readonly code: string; readonly key?: string; readonly seq?: number }[];
}

/** Stops all peers and verifies what they wrote. */
export async function verify(scene: Scene, { volunteers, tenant }: Cast): Promise<void> {
  const { stage, report, teller } = scene;
  teller.step('The peers stop, and each ledger is verified without its peer');
  await Promise.all(stage.peers.map((peer) => peer.stop()));
  for (const { name, home } of [...volunteers, tenant]) {
    const { ok, headers, receipts, problems } = await verifyHome(home, stage.env);
    if (!ok) throw new Error(`the ledger of ${name} does not verify: ${problems[0]?.code}`);
    report.ledgersVerified += 1;
    teller.figure(name, `${countOf(headers, 'header')}, ${countOf(receipts, 'receipt')}, every byte checked`);
  }
  await showDamage(scene, tenant);
}

async function verifyHome(home: string, env: NodeJS.ProcessEnv): Promise<Verified> {
  const { stdout, stderr } = await tally(['--json', '--home', home, 'ledger', 'verify'], env);
  if (stdout === '') throw new Error(`tally ledger verify said nothing: ${stderr}`);
  return JSON.parse(stdout) as Verified;
}

async function showDamage({ stage, teller }: Scene, tenant: Cast['tenant']): Promise<void> {
  const copy = join(stage.folder, 'damaged');
  if (!(await copyDamaged(tenant.home, copy, 'receipt'))) {
    throw new Error('no receipt was found in the files of the database');
  }
  const { ok, problems } = await verifyHome(copy, stage.env);
  const [first] = problems;
  if (ok || first === undefined) throw new Error('a flipped byte was not noticed');
  teller.say(
    'In a copy, one byte of the first receipt was flipped on disk. LevelDB silently drops that receipt and what follows it;',
  );
  teller.say('verification names the first header that is lost:');
  teller.figure(first.code, first.key ?? `header ${first.seq}`);
}
