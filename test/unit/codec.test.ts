import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { libraryEncode } from '../support/library-codec.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TallyError) return error.code;
    throw error;
  }
  return 'none';
}

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
}));

/** Arguments of heads around every length that one can have. */
const EDGES = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

/** How many bytes an argument can take beside the first. */
const WIDTHS = [0, 1, 2, 4, 8] as const;
const mostIn = (width: number) => (width === 0 ? 23 : 256 ** width - 1);

/** A head with its argument in so many bytes (RFC 8949 section 3). */
function headOf(major: number, argument: number, width: (typeof WIDTHS)[number]): Uint8Array {
  if (width === 0) return Uint8Array.of((major << 5) | argument);
  const head = Buffer.alloc(9);
  head[0] = (major << 5) | (23 + WIDTHS.indexOf(width));
  head.writeBigUInt64BE(BigInt(argument) << BigInt(64 - 8 * width), 1);
  return new Uint8Array(head.subarray(0, 1 + width));
}

describe('the codec', () => {
  it('gives back what it encoded, and one encoding only', () => {
    fc.assert(
      fc.property(value, (each) => {
        const bytes = encode(each);
        expect(decode(bytes)).toEqual(each);
        expect(encode(decode(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(EDGES)('takes a head with %i in its shortest form alone', (argument) => {
    const shortest = WIDTHS.find((width) => argument <= mostIn(width));
    for (const width of WIDTHS.filter((each) => argument <= mostIn(each))) {
      const isShortest = width === shortest;
      for (const [major, number] of [
        [0, argument],
        [1, -1 - argument],
      ] as const) {
        const isTaken = isShortest && Number.isSafeInteger(number);
        const head = headOf(major, argument, width);
        expect(isTaken ? decode(head) : codeOf(() => decode(head))).toBe(
          isTaken ? number : 'RECORD_MALFORMED',
        );
        if (isTaken) expect(encode(number)).toEqual(head);
      }
      if (argument > 65_536) continue;
      for (const [major, each] of [
        [2, new Uint8Array(argument).fill(1)],
        [3, '\x01'.repeat(argument)],
        [4, new Array<number>(argument).fill(1)],
      ] as const) {
        const bytes = new Uint8Array(
          Buffer.concat([headOf(major, argument, width), Buffer.alloc(argument, 1)]),
        );
        expect(isShortest ? decode(bytes) : codeOf(() => decode(bytes))).toEqual(
          isShortest ? each : 'RECORD_MALFORMED',
        );
        if (isShortest) expect(encode(each)).toEqual(bytes);
      }
    }
  });

  it('writes the same wherever its buffer comes to an end', () => {
    for (const last of [[], {}, '€'.repeat(20), 'x', 7, new Uint8Array(2)] satisfies Value[])
      for (let length = 4_020; length <= 4_100; length += 1) {
        // One that is larger than what is kept makes the writer begin with a small buffer again
        encode(new Uint8Array(70_000));
        const value = [new Uint8Array(length), ...new Array<Value>(12).fill(last)];
        expect(encode(value)).toEqual(libraryEncode(value));
      }
  });

  it('takes values nested eight deep, both ways, and none deeper', () => {
    const nested = (depth: number, wrap: (inner: Value) => Value): Value =>
      depth === 0 ? 0 : wrap(nested(depth - 1, wrap));
    for (const [wrap, head] of [
      [(inner: Value) => [inner], '81'],
      [(inner: Value) => ({ a: inner }), 'a16161'],
    ] as const) {
      const [allowed, over] = [8, 9].map((depth) => hex(`${head.repeat(depth)}00`));
      expect(decode(allowed!)).toEqual(nested(8, wrap));
      expect(encode(nested(8, wrap))).toEqual(allowed);
      expect(codeOf(() => decode(over!))).toBe('RECORD_MALFORMED');
      expect(codeOf(() => encode(nested(9, wrap)))).toBe('RECORD_MALFORMED');
    }
  });

  it.each([
    ['a float', 'fb3ff8000000000000'],
    ['a half float', 'f93e00'],
    ['null', 'f6'],
    ['undefined', 'f7'],
    ['true', 'f5'],
    ['an integer of 2^53', '1b0020000000000000'],
    ['an integer in a longer form than needed', '1817'],
    ['a length in a longer form than needed', '780161'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite string', '7f6161ff'],
    ['a tag', 'c100'],
    ['a CID', 'd82a450001550000'],
    ['keys out of order', 'a2616201616101'],
    ['a key twice', 'a2616101616102'],
    ['a key that is no text', 'a10101'],
    ['bytes after the end', '0000'],
    ['nothing', ''],
    ['half a string', '6261'],
    ['text that is no UTF-8', '61ff'],
    ['an array longer than the input', '9b000000ffffffffff'],
    ['a byte string longer than the input', '5bffffffffffffffff'],
    ['nesting of 9', `${'81'.repeat(9)}00`],
    ['nesting of 60,000', `${'81'.repeat(60_000)}00`],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => decode(hex(text)))).toBe('RECORD_MALFORMED');
  });

  it.each([
    ['a float', 1.5],
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['2^53', 2 ** 53],
    ['null', null],
    ['a boolean', true],
    ['undefined in a map', { a: undefined }],
    ['a bigint', 1n],
  ])('does not encode %s', (_, each) => {
    expect(codeOf(() => encode(each as unknown as Value))).toBe('RECORD_MALFORMED');
  });

  it('never throws anything but its own code, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(['none', 'RECORD_MALFORMED']).toContain(codeOf(() => decode(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });
});
