import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCovers } from '../../src/ledger/covers.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { OrderBook } from '../../src/market/book.ts';
import { type BookRows, bookGossip } from '../../src/market/book-gossip.ts';
import { evidenceProtocol } from '../../src/overlay/protocols/evidence.ts';
import {
  reserveProtocol,
  startProtocol,
  statusProtocol,
  stopProtocol,
} from '../../src/overlay/protocols/lease.ts';
import { digestsProtocol, fetchProtocol } from '../../src/overlay/protocols/offers.ts';
import { receiptProtocol, reportProtocol } from '../../src/overlay/protocols/receipt.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { kindOf, openRecord } from '../../src/records/envelope.ts';
import { decodeEvidence } from '../../src/records/evidence.ts';
import { KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { decodeBeat } from '../../src/records/liveness.ts';
import { openPayload } from '../../src/records/payload.ts';
import { parseEvidence, refusalOf, verifyEvidence } from '../../src/reputation/judge-evidence.ts';
import { NOBODY_CONVICTED } from '../support/convictions.ts';
import { example, NETWORK, NOW_MS } from '../support/records.ts';

const RUNS = { numRuns: 3_000 };
const kinds = Object.keys(KINDS) as RecordKind[];

/** Runs a reader; anything but a coded refusal is a bug that the test shows. */
function codedOnly(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof TallyError && error.code !== 'INTERNAL') return error.code;
    throw error;
  }
}

/** An honest envelope with a stretch of it cut out, doubled or overwritten. */
const mangled = fc
  .tuple(fc.constantFrom(...kinds), fc.nat(2_000), fc.nat(64), fc.uint8Array({ maxLength: 64 }))
  .map(([kind, at, length, patch]) => {
    const { bytes } = example(kind);
    const start = at % bytes.length;
    return new Uint8Array(Buffer.concat([bytes.subarray(0, start), patch, bytes.subarray(start + length)]));
  });

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

describe('whatever bytes come', () => {
  it.each(kinds)('reading a record of kind %s ends in a record or in a code', (kind) => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mangled), (bytes) => {
        codedOnly(() => openRecord(kind, bytes, NETWORK));
      }),
      { numRuns: 800 },
    );
  });

  it('nothing but the bytes that were signed is taken for a record', () => {
    fc.assert(
      fc.property(mangled, (bytes) => {
        const read = codedOnly(() => kindOf(bytes));
        const kind = read === 'read' ? kindOf(bytes) : undefined;
        if (kind === undefined) return;
        const honest = codedOnly(() => openRecord(kind, bytes, NETWORK));
        if (honest === 'read') expect(openRecord(kind, bytes, NETWORK).bytes).toEqual(bytes);
      }),
      RUNS,
    );
  });

  it('every reader of other bytes ends in a value or in a code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), value.map(encode)), (bytes) => {
        for (const read of [decode, decodeBeat, openPayload, decodeCovers, decodeEvidence])
          codedOnly(() => read(bytes));
      }),
      RUNS,
    );
  });

  it('every request and answer of every protocol is checked to the last field', () => {
    const rows = [
      reserveProtocol,
      startProtocol,
      statusProtocol,
      stopProtocol,
      reportProtocol,
      receiptProtocol,
      digestsProtocol,
      fetchProtocol,
      evidenceProtocol,
    ];
    fc.assert(
      fc.property(value, (each) => {
        for (const { request, response } of rows) {
          codedOnly(() => request(each, 'request'));
          codedOnly(() => response(each, 'response'));
        }
      }),
      RUNS,
    );
  });

  it('evidence ends in a fact of signed records, in a refusal or in a code', () => {
    const item = fc.record({ record: mangled, leases: fc.array(mangled, { maxLength: 2 }) });
    const honest = fc.constantFrom(...kinds).map((kind) => ({ record: example(kind).bytes, leases: [] }));
    fc.assert(
      fc.property(fc.oneof(item, honest), (each) => {
        codedOnly(() => {
          const parsed = parseEvidence(each, NETWORK);
          if (refusalOf(parsed, NOW_MS) !== undefined) return;
          verifyEvidence(parsed);
          expect(openRecord(parsed.fact.kind, each.record, NETWORK).bytes).toEqual(each.record);
        });
      }),
      RUNS,
    );
  });

  it('gossip never lets bytes in that no volunteer signed', () => {
    const book = new OrderBook();
    const table = bookGossip({ book, network: NETWORK, clock: systemClock, convictions: NOBODY_CONVICTED });
    fc.assert(
      fc.property(
        fc.constantFrom<keyof BookRows>('offer', 'tombstone', 'liveness'),
        fc.oneof(mangled, fc.uint8Array()),
        (topic, bytes) => {
          const row = table[topic];
          const decoded = codedOnly(() => row.decode(bytes));
          if (decoded !== 'read') return;
          if (row.validate(row.decode(bytes)) === 'accept') row.apply(row.decode(bytes));
        },
      ),
      RUNS,
    );
    expect(
      [...book.entries()].every(
        ({ word }) => codedOnly(() => openRecord(word.kind, word.bytes, NETWORK)) === 'read',
      ),
    ).toBe(true);
  });
});
