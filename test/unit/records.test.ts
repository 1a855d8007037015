import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import {
  assemble,
  countersign,
  kindOf,
  openRecord,
  parseRecord,
  type SignedRecord,
  signRecord,
  signStatement,
  verifyRecord,
} from '../../src/records/envelope.ts';
import type { ForkProof } from '../../src/records/fork-proof.ts';
import { parseId, showId } from '../../src/records/id.ts';
import { createIdentity, peerOf, publicKeyOf } from '../../src/records/identity.ts';
import { KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { aliveUntilMs, continuesChain, decodeBeat, encodeBeat } from '../../src/records/liveness.ts';
import { merkleRoot } from '../../src/records/merkle.ts';
import { openPayload, sealPayload } from '../../src/records/payload.ts';
import { BODIES, CHAIN, example, NETWORK, SIGNERS, tenant, volunteer } from '../support/records.ts';

const kinds = Object.keys(KINDS) as RecordKind[];
const code = (run: () => unknown) => {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof TallyError ? error.code : String(error);
  }
};
/** An envelope of a changed body under honest signatures of the original. */
const withBody = (kind: RecordKind, change: (body: Record<string, Value>) => void) => {
  const [name, version, bytes, signatures] = decode(example(kind).bytes) as [Value, Value, Uint8Array, Value];
  const body = { ...(decode(bytes) as Record<string, Value>) };
  change(body);
  return encode([name, version, encode(body), signatures]);
};

describe.each(kinds)('a record of kind %s', (kind) => {
  it('comes back from its bytes as it was signed', () => {
    const record = example(kind);
    const again = openRecord(kind, record.bytes, NETWORK);
    expect(again).toEqual(record);
    expect(kindOf(record.bytes)).toBe(kind);
    expect(record.id).toHaveLength(32);
  });

  it('keeps its id whatever the signatures are', () => {
    const record = example(kind);
    const others = record.signatures.map(() => new Uint8Array(64));
    expect(parseRecord(kind, assemble(record, others).bytes, NETWORK).id).toEqual(record.id);
    expect(code(() => openRecord(kind, assemble(record, others).bytes, NETWORK))).toBe('SIGNATURE_INVALID');
  });

  it('is refused with one signature too few, one too many, or in another order', () => {
    const record = example(kind);
    const [first = new Uint8Array()] = record.signatures;
    const tooFew = record.signatures.slice(1);
    const tooMany = [...record.signatures, first];
    const swapped = record.signatures.length > 1 ? [record.signatures.toReversed()] : [];
    for (const signatures of [tooFew, tooMany, ...swapped]) {
      const { bytes } = assemble(record, signatures);
      expect(code(() => openRecord(kind, bytes, NETWORK))).toMatch(/^(SIGNATURE_INVALID|RECORD_MALFORMED)$/);
    }
  });

  it('is refused under any other key', () => {
    const stranger = createIdentity();
    const signers = SIGNERS[kind].map(() => stranger);
    expect(code(() => signRecord(kind, BODIES[kind](), ...signers))).toBe('SIGNATURE_INVALID');
    const record = example(kind);
    const forged = assemble(
      record,
      signers.map((signer) => signStatement(record, signer)),
    );
    expect(code(() => openRecord(kind, forged.bytes, NETWORK))).toBe('SIGNATURE_INVALID');
  });

  it('is refused with a field too many, a field too few, or a field of another type', () => {
    const [field = ''] = Object.keys(BODIES[kind]());
    const bytes = [
      withBody(kind, (body) => Object.assign(body, { extra: 1 })),
      withBody(kind, (body) => delete body[field]),
      withBody(kind, (body) => Object.assign(body, { salt: 'text' })),
    ];
    for (const each of bytes) expect(code(() => parseRecord(kind, each, NETWORK))).toBe('RECORD_MALFORMED');
  });

  it('is refused in another network, as another kind and as another version', () => {
    const { bytes } = example(kind);
    const [name, , body, signatures] = decode(bytes) as Value[];
    const other = kind === 'bid' ? 'lease' : 'bid';
    expect(code(() => openRecord(kind, bytes, 'elsewhere'))).toBe('RECORD_WRONG_NETWORK');
    expect(code(() => openRecord(other, bytes, NETWORK))).toBe('RECORD_UNKNOWN_KIND');
    const next = encode([name!, 2, body!, signatures!]);
    expect(code(() => parseRecord(kind, next, NETWORK))).toBe('RECORD_UNKNOWN_KIND');
  });

  it('is refused over its size limit before anything is decoded', () => {
    const huge = new Uint8Array(KINDS[kind].maxBytes + 257).fill(0x9f);
    expect(code(() => parseRecord(kind, huge, NETWORK))).toBe('RECORD_TOO_LARGE');
  });

  it('is refused with any one byte changed', () => {
    const { bytes } = example(kind);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = new Uint8Array(bytes);
        damaged[at]! ^= change;
        expect(code(() => openRecord(kind, damaged, NETWORK))).toMatch(/^(RECORD_|SIGNATURE_|KEY_)/);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a record that says it is signed', () => {
  const signed = example('bid');
  const envelope = signed.bytes;
  const isTaken = (record: SignedRecord<'bid'>) => record.kind;

  it('was signed or verified, by its type', () => {
    const parsed = parseRecord('bid', envelope, NETWORK);
    isTaken(signed);
    isTaken(verifyRecord(parsed));
    // @ts-expect-error nobody looked at its signature
    isTaken(parsed);
    // @ts-expect-error the signature may be of something else
    isTaken(assemble(signed, [new Uint8Array(64)]));
    // @ts-expect-error what was signed is another body
    isTaken({ ...signed, body: { ...signed.body, awayMs: 0 } });
    const { kind, id, body, bodyBytes, signatures, bytes } = signed;
    // @ts-expect-error put together by hand
    isTaken({ kind, id, body, bodyBytes, signatures, bytes });
    const one = parseRecord('header', example('header').bytes, NETWORK);
    // @ts-expect-error a proof is no better than its headers
    const proof: ForkProof = { peer: '', one, other: one };
    expect(proof.one).toBe(one);
  });

  it('was looked at itself: what is copied from a verified one is verified again', () => {
    const verified = verifyRecord(parseRecord('bid', envelope, NETWORK));
    expect(verifyRecord(verified)).toBe(verified);
    const forged = { ...verified, signatures: [new Uint8Array(64)] };
    expect(code(() => verifyRecord(forged))).toBe('SIGNATURE_INVALID');
    expect(code(() => verifyRecord(forged))).toBe('SIGNATURE_INVALID');
  });
});

describe('countersigning', () => {
  const [receipt, bid] = [example('receipt'), example('bid')];
  const [volunteers = new Uint8Array(), tenants = new Uint8Array()] = receipt.signatures;

  it('gives both authors the record that both signed', () => {
    expect(countersign(receipt, volunteer, tenants)).toEqual(receipt);
    expect(countersign(receipt, tenant, volunteers)).toEqual(receipt);
  });

  it('is refused over no signature of the other, by a stranger, and for records of one author', () => {
    const refused = (run: () => unknown) => expect(code(run)).toBe('SIGNATURE_INVALID');
    refused(() => countersign(receipt, volunteer, volunteers));
    refused(() => countersign(receipt, tenant, tenants));
    refused(() => countersign(example('receipt'), tenant, volunteers));
    refused(() => countersign(receipt, createIdentity(), tenants));
    refused(() => countersign(bid, tenant, bid.signatures[0] ?? tenants));
  });
});

describe('identities and ids', () => {
  it('go to text and back', () => {
    expect(peerOf(volunteer.publicKey)).toMatch(/^12D3KooW/);
    expect(publicKeyOf(peerOf(tenant.publicKey))).toEqual(tenant.publicKey);
    const { id } = example('bid');
    expect(parseId(showId(id))).toEqual(id);
  });

  it('are refused when they are none', () => {
    expect(code(() => publicKeyOf('12D3KooWnot-base58'))).toBe('KEY_INVALID');
    expect(code(() => publicKeyOf(peerOf(new Uint8Array(32).fill(1))))).toBe('KEY_INVALID');
    expect(code(() => parseId('short'))).toBe('BAD_REQUEST');
  });
});

describe('liveness', () => {
  const offer = example('offer');

  it('accepts later links of the chain and nothing else', () => {
    const beat = (number: number, preimage = CHAIN[number]!) => ({ offer: offer.id, beat: number, preimage });
    expect(continuesChain(beat(1), 0, CHAIN[0]!)).toBe(true);
    expect(continuesChain(beat(7), 3, CHAIN[3]!)).toBe(true);
    expect(continuesChain(beat(3), 3, CHAIN[3]!)).toBe(false);
    expect(continuesChain(beat(2), 3, CHAIN[3]!)).toBe(false);
    expect(continuesChain(beat(4, CHAIN[5]!), 3, CHAIN[3]!)).toBe(false);
    expect(decodeBeat(encodeBeat(beat(5)))).toEqual(beat(5));
  });

  it('lets each beat carry the offer one period further', () => {
    expect(aliveUntilMs(offer.body, 2) - aliveUntilMs(offer.body, 1)).toBe(offer.body.beatMs);
  });
});

describe('the sealed payload', () => {
  it('comes back, and its hash hides it behind a salt', () => {
    const payload = { salt: new Uint8Array(16).fill(1), command: ['sh'], env: [{ name: 'A', value: 'b\n' }] };
    const sealed = sealPayload(payload);
    expect(openPayload(sealed.bytes)).toEqual(payload);
    expect(sealPayload({ ...payload, salt: new Uint8Array(16).fill(2) }).hash).not.toEqual(sealed.hash);
  });

  it('is refused when it is over its limit, before anybody is asked to run it', () => {
    const env = Array.from({ length: 8 }, (_, i) => ({ name: `V${i}`, value: 'x'.repeat(10_000) }));
    expect(code(() => sealPayload({ salt: new Uint8Array(16), command: [], env }))).toBe('RECORD_TOO_LARGE');
  });
});

describe('the Merkle root', () => {
  it('is that of RFC 6962: known for nothing, changed by any leaf and by their order', () => {
    const leaves = [1, 2, 3, 4, 5].map((fill) => new Uint8Array(32).fill(fill));
    const hexOf = (root: Uint8Array) => Buffer.from(root).toString('hex');
    expect(hexOf(merkleRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const roots = [leaves, leaves.toReversed(), leaves.slice(1), [...leaves, leaves[4]!]].map((each) =>
      hexOf(merkleRoot(each)),
    );
    expect(new Set(roots).size).toBe(4);
  });
});
