// Proof files: what a peer proves of a pair, or of a convicted key, in a file that convinces without the peer.
import { readFile } from 'node:fs/promises';
import { TallyError } from './lib/errors.ts';
import { openForkProof } from './records/fork-proof.ts';
import { showId } from './records/id.ts';
import type { PairOf } from './records/pair-map.ts';
import { openPairStatement } from './records/pair-statement.ts';

/** A pair as a header has it; without a receipt there is no such pair. */
export interface ProvenPair extends PairOf {
  readonly is: 'pair';
  readonly header: string;
  readonly seq: number;
  readonly pairs: number;
  readonly receipt?: { readonly id: string; readonly pairSeq: number; readonly chargedMicrocredits: number };
}

/** A key that signed two histories. */
export interface ProvenFork {
  readonly is: 'fork';
  readonly peer: string;
  readonly seq: number;
  readonly one: string;
  readonly other: string;
}

/** What a proof file holds: names to check it by, and the proof in base64. */
type PairFile = PairOf & { readonly network: string; readonly statement: string };
type ForkFile = { readonly network: string; readonly peer: string; readonly proof: string };

/** A proof is at most a receipt of 64 leases and its path; in base64 and with names. */
const FILE_MAX_BYTES = 65_536;

/** The text of a proof file; what else `proof` holds goes along for people to read. */
export function writeProof(proof: PairFile | ForkFile): string {
  return `${JSON.stringify(proof, null, 2)}\n`;
}

/**
 * Checks a proof file by its bytes alone; what it says beside them is not believed. Throws PROOF_INVALID,
 * FORK_UNPROVEN, RECORD_*, SIGNATURE_INVALID, KEY_INVALID.
 */
export async function checkProof(path: string): Promise<ProvenPair | ProvenFork> {
  const text = await readText(path);
  const said = parse(text, path);
  if (isFork(said)) return checkFork(said);
  if (isPair(said)) return checkPair(said);
  throw new TallyError('PROOF_INVALID', { path, reason: 'the file is not a proof' });
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TallyError('PROOF_INVALID', { path, reason: 'the file cannot be read' }, { cause });
  });
  if (text.length > FILE_MAX_BYTES)
    throw new TallyError('PROOF_INVALID', { path, reason: 'the file is too large' });
  return text;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TallyError('PROOF_INVALID', { path, reason: 'the file is not JSON' }, { cause });
  }
}

function hasTexts(said: unknown, names: readonly string[]): boolean {
  const fields = Object(said) as Record<string, unknown>;
  return names.every((name) => typeof fields[name] === 'string');
}

function isFork(said: unknown): said is ForkFile {
  return hasTexts(said, ['network', 'peer', 'proof']);
}

function isPair(said: unknown): said is PairFile {
  if (!hasTexts(said, ['network', 'peer', 'side', 'counterparty', 'statement'])) return false;
  return ['volunteer', 'tenant'].includes((said as PairFile).side);
}

function checkPair({ network, statement, ...named }: PairFile): ProvenPair {
  const { peer, side, counterparty } = named;
  const { header, receipt } = openPairStatement(Buffer.from(statement, 'base64'), named, network);
  const { seq, pairs } = header.body;
  const proven = { is: 'pair', peer, side, counterparty, header: showId(header.id), seq, pairs } as const;
  if (receipt === undefined) return proven;
  const { pairSeq, counters } = receipt.body;
  const { chargedMicrocredits } = counters;
  return { ...proven, receipt: { id: showId(receipt.id), pairSeq, chargedMicrocredits } };
}

function checkFork({ network, peer, proof }: ForkFile): ProvenFork {
  const opened = openForkProof(Buffer.from(proof, 'base64'), network);
  if (opened.peer !== peer)
    throw new TallyError('FORK_UNPROVEN', { reason: 'the proof convicts another key' });
  const { one, other } = opened;
  return { is: 'fork', peer, seq: other.body.seq, one: showId(one.id), other: showId(other.id) };
}
