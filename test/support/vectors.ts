// Test vectors for another implementation of the formats in docs/formats.md. Everything follows from fixed seeds; bytes are
// hex. `node test/support/vectors.ts` writes them into test/vectors, and a test compares.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decayed } from '../../src/ledger/decay.ts';
import { mapOf, pathTo, pathToRank } from '../../src/ledger/stored-map.ts';
import { encode, type Value } from '../../src/records/codec.ts';
import { type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { encodeForkProof, forkProof } from '../../src/records/fork-proof.ts';
import { sha256, showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import type { RecordKind } from '../../src/records/kinds.ts';
import { KINDS } from '../../src/records/kinds.ts';
import { merkleRoot } from '../../src/records/merkle.ts';
import { type Leaf, type PairPath, pairName, sampleRanks } from '../../src/records/pair-map.ts';
import { encodePairStatement } from '../../src/records/pair-statement.ts';
import { BODIES, example, NETWORK, SIGNERS, tenant, volunteer } from './records.ts';

const FOLDER = fileURLToPath(new URL('../vectors/', import.meta.url));
const SALT = new Uint8Array(16).fill(42);

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A value of the codec as JSON: byte strings are `{"hex": …}`. */
function jsonOf(value: unknown): Json {
  if (value instanceof Uint8Array) return { hex: hex(value) };
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, jsonOf(each)]));
  return value as Json;
}

function identities(): Json {
  return [1, 2, 3].map((fill) => {
    const { seed, publicKey, peer } = createIdentity(new Uint8Array(32).fill(fill));
    return { seed: hex(seed), publicKey: hex(publicKey), peer };
  });
}

const VALUES: readonly Value[] = [
  0,
  23,
  24,
  255,
  256,
  65_536,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -1,
  '',
  'ä',
  new Uint8Array(),
  new Uint8Array(24),
  [],
  [1, [2, 'three']],
  {},
  { b: 1, a: 2, aa: 3, B: 4 },
];

/** Bytes that decode somewhere and are refused here. */
const REFUSED: Readonly<Record<string, string>> = {
  'an integer longer than it needs to be': '1800',
  'a float': 'f93c00',
  null: 'f6',
  'a boolean': 'f5',
  'a tag': 'c100',
  'an indefinite length': '9fff',
  'keys out of order': 'a2616201616102',
  'a key twice': 'a2616101616101',
  'keys by letter rather than by length first': 'a262616101616202',
  'bytes after the value': '0000',
  'an integer above 2^53 - 1': '1b0020000000000000',
  'text that is no UTF-8': '61ff',
};

function codec(): Json {
  return {
    values: VALUES.map((value) => ({ value: jsonOf(value), cbor: hex(encode(value)) })),
    refused: Object.entries(REFUSED).map(([why, cbor]) => ({ why, cbor })),
  };
}

function fixed<K extends RecordKind>(kind: K): SignedRecord<K> {
  return example(kind, { salt: SALT } as never);
}

function records(): Json {
  return (Object.keys(KINDS) as RecordKind[]).map((kind) => {
    const { version, id, body, bodyBytes, signatures, bytes } = fixed(kind);
    const prefix = Buffer.from(`tallymesh/${kind}/${version}\0${NETWORK}\0`);
    const signed = Buffer.concat([prefix, bodyBytes]);
    return {
      ...{
        kind,
        version,
        body: jsonOf(body),
        bodyCbor: hex(bodyBytes),
        signed: hex(signed),
        id: hex(id),
        shownId: showId(id),
      },
      ...{
        signers: SIGNERS[kind].map(({ seed }) => hex(seed)),
        signatures: signatures.map(hex),
        envelope: hex(bytes),
      },
    };
  });
}

function merkle(): Json {
  return [0, 1, 2, 3, 5, 8].map((count) => {
    const leaves = Array.from({ length: count }, (_, i) => sha256(Uint8Array.of(i)));
    return { leaves: leaves.map(hex), root: hex(merkleRoot(leaves)) };
  });
}

function decay(): Json {
  const cases = [
    [1_000_000, 0],
    [1_000_000, 1],
    [1_000_000, 45],
    [1_000_000, 89],
    [1_000_000, 90],
    [1_000_000, 91],
    [1, 1],
    [999_999_999_999_999, 365],
    [5, 10_000],
  ] as const;
  return cases.map(([microcredits, days]) => ({ microcredits, days, after: decayed(microcredits, days) }));
}

function leavesOf(count: number): Leaf[] {
  return Array.from({ length: count }, (_, i) => ({
    name: pairName('volunteer', createIdentity(sha256(Uint8Array.of(i, 1))).publicKey),
    receipt: sha256(Uint8Array.of(i, 2)),
  }));
}

const pathJson = ({ counts, hashes, end }: PairPath): Json => ({
  ...{ counts, hashes: hex(hashes) },
  end: end.map(({ name, receipt }) => ({ name: hex(name), receipt: hex(receipt) })),
});

async function pairMap(): Promise<Json> {
  const maps: Json[] = [];
  for (const count of [0, 1, 2, 7, 40]) {
    const leaves = leavesOf(count);
    const { digest, rows } = await mapOf(leaves);
    const reader = readerOf(rows);
    const absent = pairName('tenant', volunteer.publicKey);
    const first = leaves[0];
    maps.push({
      leaves: leaves.map(({ name, receipt }) => ({ name: hex(name), receipt: hex(receipt) })),
      root: { count: digest.count, hash: hex(digest.hash) },
      ...(first && { present: { name: hex(first.name), path: pathJson(await pathTo(reader, first.name)) } }),
      absent: { name: hex(absent), path: pathJson(await pathTo(reader, absent)) },
      ...(count > 0 && { ranked: { rank: count - 1, path: pathJson(await pathToRank(reader, count - 1)) } }),
    });
  }
  const seed = new Uint8Array(32).fill(7);
  return {
    names: (['volunteer', 'tenant'] as const).map((side) => ({
      ...{ side, counterparty: hex(tenant.publicKey), name: hex(pairName(side, tenant.publicKey)) },
    })),
    maps,
    samples: [
      { seed: hex(seed), pairs: 1_000_000, k: 5, ranks: sampleRanks(seed, 1_000_000, 5) },
      { seed: hex(seed), pairs: 3, k: 5, ranks: sampleRanks(seed, 3, 5) },
    ],
  };
}

function readerOf(rows: ReadonlyMap<string, Uint8Array>) {
  return {
    get: async (key: string) => rows.get(key),
    async *entries() {},
  };
}

async function proofs(): Promise<Json> {
  const receipt = fixed('receipt');
  const name = pairName('volunteer', tenant.publicKey);
  const { digest, rows } = await mapOf([{ name, receipt: receipt.id }, ...leavesOf(5)]);
  const head = { ...BODIES.header(), salt: SALT, mapRoot: digest.hash, pairs: digest.count };
  const header = signRecord('header', head, volunteer);
  const state = { path: await pathTo(readerOf(rows), name), receipt: [receipt.bytes] };
  const other = signRecord('header', { ...head, salt: new Uint8Array(16).fill(43) }, volunteer);
  const fork = forkProof(header, other);
  if (fork === undefined) throw new Error('two headers of one number are no fork');
  return {
    pair: {
      ...{ network: NETWORK, peer: volunteer.peer, side: 'volunteer', counterparty: tenant.peer },
      statement: hex(encodePairStatement(header.bytes, state)),
    },
    fork: { network: NETWORK, peer: fork.peer, proof: hex(encodeForkProof(fork)) },
  };
}

/** Every file of vectors, by name. */
export async function makeVectors(): Promise<Readonly<Record<string, Json>>> {
  return {
    'identities.json': identities(),
    'codec.json': codec(),
    'records.json': records(),
    'merkle.json': merkle(),
    'decay.json': decay(),
    'pair-map.json': await pairMap(),
    'proofs.json': await proofs(),
  };
}

/** The files as they are in the repository. */
export async function storedVectors(): Promise<Record<string, Json>> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
  const files = names.map(async (name) => [name, JSON.parse(await readFile(FOLDER + name, 'utf8'))] as const);
  return Object.fromEntries(await Promise.all(files));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, vectors] of Object.entries(await makeVectors()))
    await writeFile(FOLDER + name, `${JSON.stringify(vectors, null, 1)}\n`);
}
