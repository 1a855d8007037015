// The vectors in test/vectors are what this version makes, and they say what docs/formats.md says. Where they no longer fit,
// a format has changed: that needs a new version of the records, or, before 0.1.0, an entry in the changelog.
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/records/codec.ts';
import { verify, verifyByEquation } from '../../src/records/ed25519.ts';
import { parseRecord } from '../../src/records/envelope.ts';
import { openForkProof } from '../../src/records/fork-proof.ts';
import { sha256 } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { checkPath, checkRank } from '../../src/records/pair-map.ts';
import { openPairStatement } from '../../src/records/pair-statement.ts';
import { makeVectors, storedVectors } from '../support/vectors.ts';

// biome-ignore lint/suspicious/noExplicitAny: the files are read as whoever else would read them
const files: any = await storedVectors();
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('the vectors', () => {
  it('are what this version makes', async () => {
    expect(files).toMatchObject(await makeVectors());
  });

  it('refuse what is refused', () => {
    for (const { why, cbor } of files['codec.json'].refused)
      expect(() => decode(bytes(cbor)), why).toThrow(/RECORD_MALFORMED/);
  });

  it('have every kind of record: what is signed, by whom, and the id over it', () => {
    expect(files['records.json'].map(({ kind }: { kind: string }) => kind)).toEqual(Object.keys(KINDS));
    for (const { kind, bodyCbor, signed, id, signers, signatures, envelope } of files['records.json']) {
      const prefix = Buffer.from(`tallymesh/${kind}/1\0test\0`);
      expect(Buffer.concat([prefix, bytes(bodyCbor)]).toString('hex')).toBe(signed);
      expect(sha256(bytes(signed))).toEqual(bytes(id));
      for (const [index, seed] of signers.entries()) {
        const { publicKey } = createIdentity(bytes(seed));
        for (const rule of [verify, verifyByEquation])
          expect(rule(publicKey, bytes(signed), bytes(signatures[index]))).toBe(true);
      }
      expect(parseRecord(kind as RecordKind, bytes(envelope), 'test').id).toEqual(bytes(id));
    }
  });

  it('have paths that lead to their roots, and no further', () => {
    for (const { root, present, absent, ranked, leaves } of files['pair-map.json'].maps) {
      const map = { count: root.count, hash: bytes(root.hash) };
      const open = ({
        counts,
        hashes,
        end,
      }: {
        counts: number[];
        hashes: string;
        end: Record<string, string>[];
      }) => ({
        ...{ counts, hashes: bytes(hashes) },
        end: end.map((leaf) => ({ name: bytes(leaf.name!), receipt: bytes(leaf.receipt!) })),
      });
      expect(checkPath(open(absent.path), bytes(absent.name), map)).toBeUndefined();
      if (present === undefined) continue;
      expect(checkPath(open(present.path), bytes(present.name), map)).toEqual(bytes(leaves[0].receipt));
      expect(checkRank(open(ranked.path), ranked.rank, map).name).toEqual(open(ranked.path).end[0]?.name);
      expect(() =>
        checkPath(open(present.path), bytes(present.name), { ...map, count: map.count + 1 }),
      ).toThrow();
    }
  });

  it('have proofs that prove', () => {
    const { pair, fork } = files['proofs.json'];
    expect(openPairStatement(bytes(pair.statement), pair, pair.network).receipt?.body.pairSeq).toBe(1);
    expect(openForkProof(bytes(fork.proof), fork.network).peer).toBe(fork.peer);
  });
});
