// tally ledger proof, check and convicted: what this peer can show to strangers, and what such a file shows.

import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { allItems, answerOf } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import type { ProvenFork, ProvenPair } from '../../proof-file.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { peerBy } from '../peer-by.ts';
import { list, table } from '../table.ts';

interface ProofOptions {
  readonly as: 'tenant' | 'volunteer';
  readonly out?: string;
}

/** What checks signatures is loaded where it is needed. */
const proofFiles = () => import('../../proof-file.ts');

/** Adds the verbs to `tally ledger`. */
export function addProofs(ledger: Command): void {
  ledger
    .command('proof')
    .argument('<peer>', 'the other peer of the pair: its id, or the end of its id')
    .description('prove which receipt both signed last, or that they signed none')
    .addOption(
      new Option('--as <side>', 'the side on which this peer was')
        .choices(['tenant', 'volunteer'])
        .default('tenant'),
    )
    .option('--out <file>', `write the proof to a file, for "${TALLY} ledger check"`)
    .action(async (given: string, { as, out }: ProofOptions, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const path = { side: as, peer: await peerBy(client, given) };
      const proof = await answerOf(client.GET('/v1/ledger/pairs/{side}/{peer}', { params: { path } }));
      if (out !== undefined) await writeFile(out, (await proofFiles()).writeProof(proof));
      const { receipt, ...pair } = proof;
      const chargedMicrocredits = receipt?.counters.chargedMicrocredits ?? 0;
      const shown = receipt && { receipt: { id: receipt.id, pairSeq: receipt.pairSeq, chargedMicrocredits } };
      answer(context, proof, () => showPair({ is: 'pair', ...pair, ...shown }));
    });
  ledger
    .command('check')
    .argument('<file>', `a file of "${TALLY} ledger proof --out" or "${TALLY} ledger convicted --out"`)
    .description('check a proof file; this needs no running peer')
    .action(async (file: string, _, command: Command) => {
      const proven = await (await proofFiles()).checkProof(file);
      answer(contextOf(command), proven, () => (proven.is === 'pair' ? showPair(proven) : showFork(proven)));
    });
  ledger
    .command('convicted')
    .description('list the convicted keys: they signed two headers that contradict each other')
    .option('--out <file>', 'write the proof against the first key of the list to a file')
    .action(async ({ out }: { out?: string }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const convicted = await allItems((query) => client.GET('/v1/convictions', { params: { query } }));
      const [first] = convicted;
      if (out !== undefined && first !== undefined)
        await writeFile(out, (await proofFiles()).writeProof(first));
      const rows = convicted.map(({ peer, seq, one, other }) => [shortPeer(peer), seq, one, other]);
      answer(context, convicted, () =>
        rows.length === 0 ? 'No key is convicted.' : table(['key', 'header no.', 'one', 'other'], rows),
      );
    });
}

function showFork({ peer, seq, one, other }: ProvenFork): string {
  return list({ 'signed two histories': peer, 'header no.': seq, one, other });
}

function showPair({ peer, side, counterparty, receipt, seq, pairs }: ProvenPair): string {
  return list({
    ...{ peer, as: side, with: counterparty, 'receipts signed': receipt?.pairSeq ?? 0 },
    'charged in all': receipt && showCredits(receipt.chargedMicrocredits),
    'under header no.': seq,
    'pairs of the peer': pairs,
  });
}
