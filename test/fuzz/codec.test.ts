// The codec against a library's: whatever the value and whatever the bytes, both say the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { KINDS, type RecordKind } from '../../src/records/kinds.ts';
import { libraryDecode, libraryEncode } from '../support/library-codec.ts';
import { example } from '../support/records.ts';

const RUNS = { numRuns: 10_000 };

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TallyError && error.code === 'RECORD_MALFORMED') return undefined;
    throw error;
  }
}

/** Integers around every length that a head can have. */
const edges = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1].flatMap((edge) => [
  edge,
  -edge - 1,
]);

/** What the codec takes, and what it must not: half characters, floats, foreign types, keys of all kinds. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 9 },
    fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges), fc.double()),
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 20, maxLength: 300 })),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(null, undefined, true, 1n, '\ud800'),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('é', '__proto__')), tie('value'), {
      maxKeys: 6,
    }),
  ),
}));

const kinds = Object.keys(KINDS) as RecordKind[];

/** Bodies of records and encoded values, with some bytes cut out, doubled or overwritten. */
const mangled = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...kinds).map((kind) => example(kind).bodyBytes),
      value.map((each) => libraryEncode(each) ?? new Uint8Array()),
    ),
    fc.nat(2_000),
    fc.nat(4),
    fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constant(new Uint8Array())),
  )
  .map(([bytes, at, length, patch]) => {
    const start = at % (bytes.length + 1);
    return new Uint8Array(Buffer.concat([bytes.subarray(0, start), patch, bytes.subarray(start + length)]));
  });

describe('the codec and a library', () => {
  it('encode the same values to the same bytes, and refuse the same', () => {
    let encoded = 0;
    fc.assert(
      fc.property(value, (each) => {
        const bytes = orUndefined(() => encode(each as Value));
        expect(bytes).toEqual(libraryEncode(each));
        if (bytes !== undefined) encoded += 1;
      }),
      RUNS,
    );
    expect(encoded).toBeGreaterThan(1_000);
    expect(encoded).toBeLessThan(RUNS.numRuns - 1_000);
  });

  it('read the same values from the same bytes, and refuse the same', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(mangled, fc.uint8Array({ maxLength: 24 })), (bytes) => {
        const decoded = orUndefined(() => decode(bytes));
        expect(decoded).toEqual(libraryDecode(bytes));
        if (decoded !== undefined) read += 1;
      }),
      RUNS,
    );
    expect(read).toBeGreaterThan(300);
  });

  it('agree on every byte put in every place of a record', () => {
    const { bodyBytes } = example('header');
    let read = 0;
    for (let at = 0; at < bodyBytes.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const changed = bodyBytes.with(at, byte);
        const isRead = orUndefined(() => decode(changed)) !== undefined;
        if (isRead !== (libraryDecode(changed) !== undefined)) expect.fail(`byte ${byte} at ${at}`);
        if (isRead) read += 1;
      }
    }
    // Any byte may stand in a byte string, of which there are more than 100 bytes
    expect(read).toBeGreaterThan(100 * 256);
  });

  it('share no memory with what they were given', () => {
    const bytes = encode({ key: new Uint8Array([1, 2, 3]) });
    const decoded = decode(bytes);
    bytes.fill(0);
    expect(decoded).toEqual({ key: new Uint8Array([1, 2, 3]) });
  });
});
