// Whatever bytes come: readers end in what was written or in a code, and what nobody signed gets in nowhere. Every test
// counts how many of its inputs came past the first checks, so that it says when it tests nothing any more.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCovers } from '../../src/ledger/covers.ts';
import { OrderBook } from '../../src/market/book/book.ts';
import { type BookRows, bookGossip } from '../../src/market/book/book-gossip.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { kindOf, openRecord } from '../../src/records/envelope.ts';
import { decodeEvidence, encodeEvidence } from '../../src/records/evidence.ts';
import { encodeForkProof, forkProof, parseForkProof } from '../../src/records/fork-proof.ts';
import { nameOf } from '../../src/records/id.ts';
import { type Bodies, KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { decodeBeat, encodeBeat } from '../../src/records/liveness.ts';
import { openPayload, PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import { parseEvidence, refusalOf, verifyEvidence } from '../../src/reputation/evidence/judge-evidence.ts';
import { altered, mangled } from '../support/altering.ts';
import { headerAfter } from '../support/chains.ts';
import { handClock } from '../support/clock.ts';
import { Counts, codedOnly } from '../support/coded.ts';
import { NOBODY_CONVICTED } from '../support/convictions.ts';
import { CHAIN, example, NETWORK, NOW_MS } from '../support/records.ts';

const kinds = Object.keys(KINDS) as RecordKind[];

/** The envelope with one value in its body replaced, under the signatures of the honest body. */
function withAlteredBody(envelope: Uint8Array): fc.Arbitrary<Uint8Array> {
  const [kind, version, body, signatures] = decode(envelope) as [Value, Value, Uint8Array, Value];
  return altered(decode(body)).map((other) => encode([kind, version, encode(other), signatures]));
}

/** An envelope as it was signed, and what came of it on the way: nothing, damage, or another body. */
function tampered(envelope: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.constant(envelope),
    mangled(envelope),
    { arbitrary: withAlteredBody(envelope), weight: 3 },
    fc.uint8Array({ maxLength: 400 }),
  );
}

/** Any key but the one that the codec refuses. */
const key = fc.string().filter((text) => text !== '__proto__');

/** Any value of the codec, nested a little. */
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.maxSafeInteger(),
    fc.string(),
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
}));

/** Readers of bytes that are no record, each with its writer and an honest value. */
const [left, right] = [headerAfter(undefined, { records: 1 }), headerAfter(undefined, { records: 2 })];
const READERS: readonly [string, (bytes: Uint8Array) => Uint8Array, Uint8Array][] = [
  ['any value', (bytes) => encode(decode(bytes)), encode([1, 'text', { key: new Uint8Array(3) }])],
  [
    'a beat',
    (bytes) => encodeBeat(decodeBeat(bytes)),
    encodeBeat({ offer: example('offer').id, beat: 1, preimage: CHAIN[1]! }),
  ],
  [
    'a payload',
    (bytes) => sealPayload(openPayload(bytes)).bytes,
    sealPayload({
      ...PLAIN_PAYLOAD,
      ...{ salt: new Uint8Array(16), command: ['sh'], env: [{ name: 'A', value: 'b' }] },
    }).bytes,
  ],
  [
    'a payload with volumes, secrets and files',
    (bytes) => sealPayload(openPayload(bytes)).bytes,
    sealPayload({
      ...{ salt: new Uint8Array(16), command: ['sh'], env: [] },
      volumes: [{ name: 'a', path: '/a', content: [{ digest: `sha256:${'5'.repeat(64)}`, sizeBytes: 9 }] }],
      secrets: [{ name: 'b', value: Uint8Array.of(1) }],
      files: [{ path: '/c', content: Uint8Array.of(2) }],
    }).bytes,
  ],
  [
    'evidence',
    (bytes) => encodeEvidence(decodeEvidence(bytes)),
    encodeEvidence({ record: example('outcome').bytes, leases: [example('lease').bytes] }),
  ],
  [
    'a fork proof',
    (bytes) => encodeForkProof(parseForkProof(bytes, NETWORK)),
    encodeForkProof(forkProof(left, right)!),
  ],
];

describe('whatever bytes come', () => {
  it.each(kinds)('reading a record of kind %s ends in the record that was signed or in a code', (kind) => {
    const counts = new Counts();
    const { bytes: honest } = example(kind);
    fc.assert(
      fc.property(tampered(honest), (bytes) => {
        const end = counts.add(codedOnly(() => openRecord(kind, bytes, NETWORK)));
        if (end === 'read') expect(bytes).toEqual(honest);
      }),
      { numRuns: 800 },
    );
    expect(counts.of('read')).toBeGreaterThan(50);
    expect(counts.of('SIGNATURE_INVALID')).toBeGreaterThan(50);
    expect(counts.of('RECORD_MALFORMED')).toBeGreaterThan(50);
  });

  it('the kind that an envelope claims is one that this version knows, or none', () => {
    const counts = new Counts();
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds).chain((kind) => tampered(example(kind).bytes)),
        (bytes) => {
          const end = codedOnly(() => counts.add(kindOf(bytes) ?? 'none'));
          if (end === 'read') expect([...kinds, undefined]).toContain(kindOf(bytes));
          else expect(counts.add(end)).toBe('RECORD_MALFORMED');
        },
      ),
      { numRuns: 3_000 },
    );
    for (const each of [...kinds, 'RECORD_MALFORMED']) expect(counts.of(each), each).toBeGreaterThan(50);
  });

  it.each(READERS)('reading %s ends in what was written or in a code', (_, rewritten, honest) => {
    const counts = new Counts();
    const changed = altered(decode(honest)).map(encode);
    fc.assert(
      fc.property(fc.oneof(changed, mangled(honest), value.map(encode), fc.uint8Array()), (bytes) => {
        const end = counts.add(codedOnly(() => rewritten(bytes)));
        if (end === 'read') expect(rewritten(bytes)).toEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
    expect(counts.of('read')).toBeGreaterThan(10);
    expect(counts.of('RECORD_MALFORMED')).toBeGreaterThan(10);
  });

  it('what a header covers are records of kinds that this version knows', () => {
    const counts = new Counts();
    const honest = [example('bid'), example('lease')].map(({ kind, id }) => ({ kind, id }));
    const bytes = fc.oneof(altered(honest).map(encode), mangled(encode(honest)), value.map(encode));
    fc.assert(
      fc.property(bytes, (stored) => {
        if (counts.add(codedOnly(() => decodeCovers(stored))) !== 'read') return;
        for (const { kind } of decodeCovers(stored)) expect(kinds).toContain(counts.add(kind));
      }),
      { numRuns: 1_000 },
    );
    for (const end of ['lease', 'read', 'RECORD_MALFORMED']) expect(counts.of(end), end).toBeGreaterThan(50);
  });

  it('evidence ends in a fact of signed records, in a refusal or in a code', () => {
    const counts = new Counts();
    const lease = example('lease');
    const outcome = example('outcome', { leases: [{ lease: lease.id, code: 'INSTANCE_LOST' }] });
    const [vouch, receipt] = [example('vouch').bytes, example('receipt').bytes];
    const honest = new Set([lease.bytes, outcome.bytes, vouch, receipt].map(nameOf));
    const item = fc.oneof(
      fc.record({ record: tampered(outcome.bytes), leases: fc.constant([lease.bytes]) }),
      fc.record({ record: fc.constant(outcome.bytes), leases: tampered(lease.bytes).map((each) => [each]) }),
      fc.record({
        record: fc.constantFrom(vouch, receipt).chain(tampered),
        leases: fc.oneof(fc.constant([]), fc.constant([lease.bytes])),
      }),
    );
    fc.assert(
      fc.property(item, (each) => {
        const read = codedOnly(() => parseEvidence(each, NETWORK));
        if (read !== 'read') return void counts.add(read);
        const parsed = parseEvidence(each, NETWORK);
        const end = refusalOf(parsed, NOW_MS)?.verdict ?? codedOnly(() => verifyEvidence(parsed));
        if (counts.add(end) === 'read')
          for (const bytes of [each.record, ...each.leases]) expect(honest.has(nameOf(bytes))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    for (const end of ['read', 'reject', 'ignore', 'SIGNATURE_INVALID', 'RECORD_MALFORMED'])
      expect(counts.of(end), end).toBeGreaterThan(5);
  });

  it('gossip lets nothing in that no volunteer signed, and no beat that its chain does not have', () => {
    const book = new OrderBook();
    // Some beats are due, and others are not yet
    const clock = handClock(NOW_MS + 10 * 60_000);
    const table = bookGossip({ book, network: NETWORK, clock, convictions: NOBODY_CONVICTED });
    const counts = new Counts();
    const honest = new Set<string>();
    const series = fc.nat(5).map((fill) => ({ series: new Uint8Array(16).fill(fill) }));
    const word = <K extends 'offer' | 'tombstone'>(topic: K) =>
      fc.tuple(series, fc.nat(1_000)).chain(([named, seq]) => {
        const { bytes } = example(topic, { ...named, seq: NOW_MS + seq } as Partial<Bodies[K]>);
        honest.add(nameOf(bytes));
        return tampered(bytes).map((sent) => ({ topic, sent }));
      });
    const beat = fc
      .tuple(fc.nat(), fc.integer({ min: 1, max: 20 }), fc.boolean())
      .map(([pick, beatNumber, isRight]) => {
        const offers = [...book.entries()].map((entry) => entry.announcement.id);
        const offer = offers[pick % offers.length] ?? new Uint8Array(32);
        const preimage = CHAIN[isRight ? beatNumber : beatNumber - 1]!;
        return { topic: 'liveness' as const, sent: encodeBeat({ offer, beat: beatNumber, preimage }) };
      });
    const sent: fc.Arbitrary<{ topic: keyof BookRows; sent: Uint8Array }> = fc.oneof(
      { arbitrary: word('offer'), weight: 3 },
      word('tombstone'),
      beat,
      fc.record({ topic: fc.constant('liveness' as const), sent: fc.uint8Array() }),
    );
    fc.assert(
      fc.property(sent, ({ topic, sent: bytes }) => {
        const row = table[topic];
        const verdict = codedOnly(() => row.decode(bytes));
        if (verdict !== 'read') return void counts.add(verdict);
        const item = row.decode(bytes);
        const said = counts.add(`${topic} ${row.validate(item)}`);
        if (!said.endsWith('accept')) return;
        row.apply(item);
        for (const { announcement: held, beat: beats, link } of book.entries()) {
          expect(honest.has(nameOf(held.bytes))).toBe(true);
          if (beats > 0) expect(link).toEqual(CHAIN[beats]);
        }
      }),
      { numRuns: 3_000 },
    );
    for (const verdict of [
      'offer accept',
      'offer reject',
      'liveness accept',
      'liveness reject',
      'tombstone reject',
    ])
      expect(counts.of(verdict), verdict).toBeGreaterThan(5);
    expect(book.size).toBeGreaterThan(2);
  });
});
