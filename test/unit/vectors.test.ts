// The vectors in test/vectors are what this version makes, and they say what docs/formats.md says. Where they no longer fit,
// a format has changed: that needs a new version of the records, or, before 0.1.0, an entry in the changelog.
import { describe, expect, it } from 'vitest';
import { HELD, PLAIN_BID } from '../../src/records/bid.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { verify, verifyByEquation } from '../../src/records/ed25519.ts';
import { isCurrent, openRecord, parseRecord } from '../../src/records/envelope.ts';
import { openForkProof } from '../../src/records/fork-proof.ts';
import { sha256 } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { checkPath, checkRank } from '../../src/records/pair-map.ts';
import { openPairStatement } from '../../src/records/pair-statement.ts';
import { example } from '../support/records.ts';
import { makeVectors, storedVectors } from '../support/vectors.ts';

// biome-ignore lint/suspicious/noExplicitAny: the files are read as whoever else would read them
const files: any = await storedVectors();
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

// biome-ignore lint/suspicious/noExplicitAny: as above
const formerOf = (kind: string): any => files['records-former.json'].find((each: any) => each.kind === kind);

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
    const all = [...files['records.json'], ...files['records-former.json']];
    for (const { kind, version, bodyCbor, signed, id, signers, signatures } of all) {
      const prefix = Buffer.from(`tallymesh/${kind}/${version}\0test\0`);
      expect(Buffer.concat([prefix, bytes(bodyCbor)]).toString('hex')).toBe(signed);
      expect(sha256(bytes(signed))).toEqual(bytes(id));
      for (const [index, seed] of signers.entries()) {
        const { publicKey } = createIdentity(bytes(seed));
        for (const rule of [verify, verifyByEquation])
          expect(rule(publicKey, bytes(signed), bytes(signatures[index]))).toBe(true);
      }
    }
    for (const { kind, id, envelope } of files['records.json'])
      expect(parseRecord(kind as RecordKind, bytes(envelope), 'test').id).toEqual(bytes(id));
  });

  it('contain bids and leases of the first version, which are read into current fields, and its offers, which are unknown', () => {
    const [offer, bid, lease] = ['offer', 'bid', 'lease'].map(formerOf);
    expect(() => parseRecord('offer', bytes(offer.envelope), 'test')).toThrow(/RECORD_UNKNOWN_KIND/);
    const oldBid = openRecord('bid', bytes(bid.envelope), 'test');
    const oldLease = openRecord('lease', bytes(lease.envelope), 'test');
    expect([oldBid, oldLease].map(isCurrent)).toEqual([false, false]);
    expect([oldBid.id, oldLease.id]).toEqual([bytes(bid.id), bytes(lease.id)]);
    const { image, ports, maxPriceMicrocreditsPerHour } = bid.body;
    expect(oldBid.body).toMatchObject({ ...PLAIN_BID, maxPriceMicrocreditsPerHour });
    expect(oldBid.body.image).toEqual({ ...image, ...HELD });
    expect(oldBid.body.ports).toEqual([{ port: ports[0], protocol: 'tcp' }]);
    const { issuedAtMs, endsAtMs } = lease.body;
    expect(oldLease.body).toMatchObject({ endsAtMs, durationMs: endsAtMs - issuedAtMs, noticeMs: 0 });
  });

  it('of the first version cannot be passed off as another version', () => {
    const { envelope } = formerOf('lease');
    const [name, , body, signatures] = decode(bytes(envelope)) as Value[];
    const again = encode([name!, 2, body!, signatures!]);
    expect(() => openRecord('lease', again, 'test')).toThrow(/RECORD_MALFORMED/);
    const [, , now, signed] = decode(example('lease').bytes) as Value[];
    expect(() => openRecord('lease', encode(['lease', 1, now!, signed!]), 'test')).toThrow(
      /RECORD_MALFORMED/,
    );
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
