import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { base32 } from 'multiformats/bases/base32';
import { base58btc } from 'multiformats/bases/base58';
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import {
  assemble,
  countersign,
  ENVELOPE_BYTES,
  kindOf,
  openRecord,
  parseRecord,
  readStatement,
  type SignedRecord,
  signRecord,
  signStatement,
  stateBody,
  verifyRecord,
} from '../../src/records/envelope.ts';
import { sizeOfEvidence } from '../../src/records/evidence.ts';
import type { ForkProof } from '../../src/records/fork-proof.ts';
import {
  type HealthCheck,
  IMAGE_CHECK,
  LEAST_EXEC_INTERVAL_MS,
  NO_CHECK,
  NO_RESTART,
  RESTART_POLICIES,
} from '../../src/records/health-check.ts';
import { parseId, sha256, showId } from '../../src/records/id.ts';
import { createIdentity, peerOf, publicKeyOf } from '../../src/records/identity.ts';
import { readInvitation, showInvitation } from '../../src/records/invitation-text.ts';
import { type Bodies, KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { aliveUntilMs, chainOf, continuesChain, decodeBeat, encodeBeat } from '../../src/records/liveness.ts';
import { merkleRoot } from '../../src/records/merkle.ts';
import { openPayload, PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import { misshapen } from '../support/altering.ts';
import { BODIES, CHAIN, example, NETWORK, SIGNERS, tenant, volunteer } from '../support/records.ts';

const kinds = Object.keys(KINDS) as RecordKind[];
const DIGEST = `sha256:${'0'.repeat(64)}`;
const code = (run: () => unknown) => {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof TallyError ? error.code : String(error);
  }
};
/** Envelopes of this body under honest signatures of another. */
const withBody = (kind: RecordKind, body: Value) => {
  const [name, version, , signatures] = decode(example(kind).bytes) as [Value, Value, Value, Value];
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
    const oneWrong = [stranger, ...SIGNERS[kind]].slice(0, SIGNERS[kind].length);
    for (const wrong of [oneWrong, oneWrong.toReversed(), [...SIGNERS[kind], stranger]])
      expect(code(() => signRecord(kind, BODIES[kind](), ...wrong))).toBe('SIGNATURE_INVALID');
    const record = example(kind);
    const forged = assemble(
      record,
      signers.map((signer) => signStatement(record, signer)),
    );
    expect(code(() => openRecord(kind, forged.bytes, NETWORK))).toBe('SIGNATURE_INVALID');
  });

  it('is refused with a field too many, a field too few, or a field of another type, wherever that is', () => {
    const body = decode(example(kind).bodyBytes);
    expect(code(() => parseRecord(kind, withBody(kind, body), NETWORK))).toBe('none');
    for (const each of misshapen(body)) {
      expect(code(() => parseRecord(kind, withBody(kind, each), NETWORK))).toBe('RECORD_MALFORMED');
      expect(code(() => stateBody(kind, each as never))).toBe('RECORD_MALFORMED');
    }
  });

  it('is refused in another network, as another kind and as another version', () => {
    const { bytes } = example(kind);
    const [name, , body, signatures] = decode(bytes) as Value[];
    const other = kind === 'bid' ? 'lease' : 'bid';
    expect(code(() => openRecord(kind, bytes, 'elsewhere'))).toBe('RECORD_WRONG_NETWORK');
    expect(code(() => openRecord(other, bytes, NETWORK))).toBe('RECORD_UNKNOWN_KIND');
    const next = encode([name!, KINDS[kind].version + 1, body!, signatures!]);
    expect(code(() => parseRecord(kind, next, NETWORK))).toBe('RECORD_UNKNOWN_KIND');
  });

  it('is refused in an envelope with a part too many or too few', () => {
    const parts = decode(example(kind).bytes) as Value[];
    for (const others of [[...parts, 0], parts.slice(0, -1), [], 0, Object.assign({}, parts)])
      expect(code(() => parseRecord(kind, encode(others as Value), NETWORK))).toBe('RECORD_MALFORMED');
  });

  it('is refused over its size limit before anything is decoded', () => {
    const limit = KINDS[kind].maxBytes + ENVELOPE_BYTES;
    expect(code(() => parseRecord(kind, new Uint8Array(limit + 1).fill(0x9f), NETWORK))).toBe(
      'RECORD_TOO_LARGE',
    );
    expect(code(() => parseRecord(kind, new Uint8Array(limit).fill(0x9f), NETWORK))).toBe('RECORD_MALFORMED');
    const over = new Uint8Array(KINDS[kind].maxBytes + 1).fill(0x9f);
    expect(code(() => readStatement(kind, over, NETWORK))).toBe('RECORD_TOO_LARGE');
    expect(code(() => readStatement(kind, over.slice(1), NETWORK))).toBe('RECORD_MALFORMED');
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

describe('text in a body', () => {
  const bodies: readonly [string, RecordKind, Record<string, unknown>][] = [
    ['a network in capitals', 'vouch', { network: 'Test' }],
    ['a network that begins with a hyphen', 'vouch', { network: '-test' }],
    ['a code in small letters', 'outcome', { leases: [{ lease: new Uint8Array(32), code: 'lost' }] }],
    ['an address that does not begin with a slash', 'offer', { addresses: ['ip4/127.0.0.1'] }],
    ['an address with a space', 'offer', { addresses: ['/ip4/127.0.0.1 /tcp/1'] }],
    ['a region of two words', 'offer', { region: 'e u' }],
    ['a label without a value', 'offer', { labels: ['ssd'] }],
    ['an image name that begins with a sign', 'offer', { images: [{ name: '-x', digest: DIGEST }] }],
    ['a digest that is none', 'offer', { images: [{ name: 'x', digest: DIGEST.slice(0, -1) }] }],
    ['a line break', 'invitation', { addresses: ['/ip4\n'] }],
  ];

  it.each(bodies)('%s is refused', (_, kind, change) => {
    expect(code(() => stateBody(kind, { ...BODIES[kind](), ...change } as never))).toBe('RECORD_MALFORMED');
  });
});

describe('an invitation as text', () => {
  it('may be as long as the longest with what mail puts between, and no longer', () => {
    const invitation = example('invitation');
    const line = showInvitation(invitation);
    expect(readInvitation(line.padEnd(8_192, '\n'))).toEqual(invitation);
    expect(code(() => readInvitation(line.padEnd(8_193, '\n')))).toBe('INVITATION_MALFORMED');
  });
});

describe('the size of evidence', () => {
  it('is that of all its records', () => {
    expect(sizeOfEvidence({ record: new Uint8Array(5), leases: [] })).toBe(5);
    expect(
      sizeOfEvidence({ record: new Uint8Array(5), leases: [1, 2].map((each) => new Uint8Array(each)) }),
    ).toBe(8);
  });
});

describe('the size limit of a body', () => {
  /** An offer whose body takes so many bytes more than it may. */
  function offerOver(bytes: number): Bodies['offer'] {
    const image = { name: 'n'.repeat(256), digest: DIGEST };
    const address = '/ip4/127.0.0.1/tcp/48010';
    const full = { ...BODIES.offer(), images: new Array(32).fill(image), addresses: [address] };
    const over = KINDS.offer.maxBytes + bytes - encode(full).length;
    // A label of 98 characters takes 100 bytes, and the address is lengthened by the rest
    const labels = new Array<string>(Math.floor(over / 100)).fill('k='.padEnd(98, 'v'));
    return {
      ...full,
      labels: [...full.labels, ...labels],
      addresses: [address.padEnd(address.length + (over % 100), 'a')],
    };
  }

  it('is the last that can be signed and read', () => {
    const most = stateBody('offer', offerOver(0));
    expect(most.bodyBytes).toHaveLength(KINDS.offer.maxBytes);
    expect(readStatement('offer', most.bodyBytes, NETWORK)).toEqual(most);
    expect(code(() => stateBody('offer', offerOver(1)))).toBe('RECORD_TOO_LARGE');
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

  it('are shown as RFC 4648 has it, whatever their length', () => {
    for (let length = 0; length <= 64; length += 1) {
      const bytes = new Uint8Array(randomBytes(length));
      expect(showId(bytes)).toBe(base32.baseEncode(bytes));
    }
  });

  it('are refused when they are none', () => {
    expect(code(() => publicKeyOf('12D3KooWnot-base58'))).toBe('KEY_INVALID');
    expect(code(() => publicKeyOf(peerOf(new Uint8Array(32).fill(1))))).toBe('KEY_INVALID');
    for (const key of [volunteer.publicKey.slice(1), new Uint8Array([...volunteer.publicKey, 0])])
      expect(code(() => publicKeyOf(peerOf(key)))).toBe('KEY_INVALID');
    // The same key under the prefix of another kind of key
    const bytes = base58btc.baseDecode(volunteer.peer).with(3, 2);
    expect(code(() => publicKeyOf(base58btc.baseEncode(bytes)))).toBe('KEY_INVALID');
    expect(code(() => createIdentity(new Uint8Array(31)))).toBe('KEY_INVALID');
    const text = showId(new Uint8Array(32).fill(255));
    for (const none of ['short', `${text}a`, text.slice(1), text.toUpperCase(), `${text.slice(0, -1)}b`])
      expect(code(() => parseId(none))).toBe('BAD_REQUEST');
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
    const { issuedAtMs, beatMs, lifetimeMs } = offer.body;
    expect(aliveUntilMs(offer.body, 0)).toBe(issuedAtMs + lifetimeMs);
    expect(aliveUntilMs(offer.body, 2)).toBe(issuedAtMs + 2 * beatMs + lifetimeMs);
  });

  it('has as many links as beats and the tip, each the hash of the next', () => {
    const links = chainOf(new Uint8Array(32).fill(3), 4);
    expect(links).toHaveLength(5);
    expect(links.at(-1)).toEqual(new Uint8Array(32).fill(3));
    for (const [i, link] of links.slice(0, -1).entries()) expect(link).toEqual(sha256(links[i + 1]!));
  });
});

describe('the sealed payload', () => {
  it('comes back, and its hash hides it behind a salt', () => {
    const payload = {
      ...PLAIN_PAYLOAD,
      ...{ salt: new Uint8Array(16).fill(1), command: ['sh'], env: [{ name: 'A', value: 'b\n' }] },
    };
    const sealed = sealPayload(payload);
    expect(openPayload(sealed.bytes)).toEqual({ ...payload, pull: [] });
    expect(sealPayload({ ...payload, salt: new Uint8Array(16).fill(2) }).hash).not.toEqual(sealed.hash);
  });

  it('carries where an image is pulled from, and nothing that is no manifest', () => {
    const payload = { salt: new Uint8Array(16), command: [], env: [] };
    const pull = { manifest: `sha256:${'a'.repeat(64)}`, username: 'me', password: 'x\ny' };
    expect(openPayload(sealPayload({ ...payload, pull: [pull] }).bytes).pull).toEqual([pull]);
    const wrong = [
      { ...pull, manifest: 'latest' },
      { ...pull, password: 'a\0' },
      { ...pull, extra: 1 },
    ];
    for (const each of wrong)
      expect(code(() => openPayload(encode({ ...payload, pull: [each] })))).toBe('RECORD_MALFORMED');
    expect(code(() => openPayload(encode({ ...payload, pull: [pull, pull] })))).toBe('RECORD_MALFORMED');
  });

  it.each([
    ['a name that no shell takes', { name: '1A', value: '' }],
    ['a name with a sign in it', { name: 'A=B', value: '' }],
    ['no name', { name: '', value: '' }],
    ['a value with a zero byte', { name: 'A', value: 'a\0b' }],
  ])('is refused with %s in its environment', (_, variable) => {
    const payload = { ...PLAIN_PAYLOAD, salt: new Uint8Array(16), env: [variable] };
    expect(code(() => sealPayload(payload))).toBe('RECORD_MALFORMED');
    expect(code(() => openPayload(encode(payload)))).toBe('RECORD_MALFORMED');
  });

  it('of a version that knew a command and an environment means that there is nothing else', () => {
    const before = { salt: new Uint8Array(16), command: ['sh'], env: [] };
    const nothing = { health: NO_CHECK, restart: NO_RESTART, volumes: [], secrets: [], files: [], pull: [] };
    expect(openPayload(encode(before))).toEqual({ ...before, ...nothing });
    expect(code(() => openPayload(encode({ ...before, more: 1 })))).toBe('RECORD_MALFORMED');
    expect(code(() => openPayload(encode([])))).toBe('RECORD_MALFORMED');
  });

  it.each<[string, Partial<HealthCheck>]>([
    ['a check of a port without a port', { kind: 'tcp' }],
    ['a check over HTTP without a path', { kind: 'http', port: 80 }],
    ['a path that would end the request line', { kind: 'http', port: 80, path: '/a b' }],
    ['a path that would begin another header', { kind: 'http', port: 80, path: '/a\r\nHost:x' }],
    ['a path that names another host', { kind: 'http', port: 80, path: 'http://a/' }],
    ['a check by a command without a command', { kind: 'exec' }],
    ['a command beside another kind of check', { kind: 'tcp', port: 80, command: ['true'] }],
    ['a port beside the image’s own check', { port: 80 }],
    ['a kind that there is not', { kind: 'udp', port: 80 }],
    ['a command too often', { kind: 'exec', command: ['true'], intervalMs: LEAST_EXEC_INTERVAL_MS - 1 }],
    ['a probe too often', { kind: 'tcp', port: 80, intervalMs: 999 }],
    ['no time for a probe', { kind: 'tcp', port: 80, timeoutMs: 0 }],
    ['no tries', { kind: 'tcp', port: 80, retries: 0 }],
    ['a start period without end', { kind: 'tcp', port: 80, startPeriodMs: 2 ** 40 }],
  ])('is refused with %s', (_, change) => {
    const payload = { ...PLAIN_PAYLOAD, salt: new Uint8Array(16), health: { ...IMAGE_CHECK, ...change } };
    expect(code(() => sealPayload(payload))).toBe('RECORD_MALFORMED');
    expect(code(() => openPayload(encode(payload)))).toBe('RECORD_MALFORMED');
  });

  it('takes a check of every kind, and every policy', () => {
    const checks: Partial<HealthCheck>[] = [
      ...[{}, { kind: 'none' }, { kind: 'tcp', port: 80 }, { kind: 'http', port: 80, path: '/' }],
      { kind: 'exec', command: ['a', ''] },
    ];
    const policies = RESTART_POLICIES.map((policy) => ({ policy, most: 3 }));
    for (const change of checks)
      for (const restart of policies) {
        const payload = { ...PLAIN_PAYLOAD, salt: new Uint8Array(16), restart };
        const sealed = { ...payload, health: { ...IMAGE_CHECK, ...change } };
        expect(openPayload(sealPayload(sealed).bytes)).toEqual(sealed);
      }
  });

  it('is refused when it is over its limit, before anybody is asked to run it', () => {
    const env = Array.from({ length: 70 }, (_, i) => ({ name: `V${i}`, value: 'x'.repeat(16_000) }));
    expect(code(() => sealPayload({ ...EMPTY, env }))).toBe('RECORD_TOO_LARGE');
    const secret = (bytes: number) => ({ ...EMPTY, secrets: [{ name: 'a', value: new Uint8Array(bytes) }] });
    expect(code(() => sealPayload(secret(1_000_000)))).toBe('none');
    expect(code(() => sealPayload(secret(1_048_576)))).toBe('RECORD_TOO_LARGE');
    expect(code(() => sealPayload(secret(10_000_000)))).toBe('RECORD_MALFORMED');
  });

  const EMPTY = { ...PLAIN_PAYLOAD, salt: new Uint8Array(16) };
  const volume = (path: string, name = 'data') => ({ name, path, content: [] });
  const file = (path: string) => ({ path, content: Uint8Array.of(1) });
  const secret = (name: string) => ({ name, value: Uint8Array.of(1) });
  const content = { digest: `sha256:${'5'.repeat(64)}`, sizeBytes: 1_536 };

  it('comes back with volumes, secrets and files', () => {
    const payload = {
      ...EMPTY,
      volumes: [volume('/var/lib/data'), { name: 'site', path: '/srv/www', content: [content] }],
      secrets: [secret('db_password'), secret('tls.key')],
      files: [file('/etc/app/app.conf'), file('/srv/www/extra.html')],
    };
    expect(openPayload(sealPayload(payload).bytes)).toEqual(payload);
  });

  it.each([
    ...['/', '', 'data', 'data/x', '/a/', '//a', '/a//b', '/a/./b', '/../etc', '/a/..', '/a\nb', '/a\0'],
    ...['/proc', '/proc/sys', '/sys/fs', '/dev', '/dev/shm', '/run/secrets', '/run/secrets/x'],
    `/${'a'.repeat(512)}`,
  ])('is refused with a volume or a file at %j', (path) => {
    expect(code(() => sealPayload({ ...EMPTY, volumes: [volume(path)] }))).toBe('RECORD_MALFORMED');
    expect(code(() => sealPayload({ ...EMPTY, files: [file(path)] }))).toBe('RECORD_MALFORMED');
  });

  it.each(['', '.', '..', '.hidden', 'a/b', '../a', '/a', 'a b', 'a\0', 'x'.repeat(129)])(
    'is refused with a secret of the name %j',
    (name) => {
      expect(code(() => sealPayload({ ...EMPTY, secrets: [secret(name)] }))).toBe('RECORD_MALFORMED');
    },
  );

  it.each([
    ['volumes of one path', { volumes: [volume('/a'), volume('/a', 'b')] }],
    ['volumes of one name', { volumes: [volume('/a'), volume('/b')] }],
    ['a volume in another', { volumes: [volume('/a/b'), volume('/a', 'b')] }],
    ['secrets of one name', { secrets: [secret('a'), secret('a')] }],
    ['files of one path', { files: [file('/a'), file('/a')] }],
    ['a file in another', { files: [file('/a'), file('/a/b')] }],
    ['a file that is a volume', { files: [file('/a')], volumes: [volume('/a')] }],
    ['two contents of one volume', { volumes: [{ ...volume('/a'), content: [content, content] }] }],
    ['too many volumes', { volumes: Array.from({ length: 33 }, (_, i) => volume(`/${i}`, `v${i}`)) }],
    ['too many secrets', { secrets: Array.from({ length: 65 }, (_, i) => secret(`s${i}`)) }],
  ])('is refused with %s', (_, rest) => {
    expect(code(() => sealPayload({ ...EMPTY, ...rest }))).toBe('RECORD_MALFORMED');
    expect(code(() => openPayload(encode({ ...EMPTY, ...rest })))).toBe('RECORD_MALFORMED');
  });
});

describe('the Merkle root', () => {
  // The leaves and roots of the tests of Certificate Transparency, whose trees RFC 6962 defines
  const leaves = [
    ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657'],
    '606162636465666768696a6b6c6d6e6f',
  ].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));

  it.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('over %i leaves is that of RFC 6962', (count, root) => {
    expect(Buffer.from(merkleRoot(leaves.slice(0, count))).toString('hex')).toBe(root);
  });
});
