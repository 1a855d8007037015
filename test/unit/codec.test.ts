import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';

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

describe('the codec', () => {
  it('gives back what it encoded, and one encoding only', () => {
    fc.assert(
      fc.property(value, (each) => {
        const bytes = encode(each);
        expect(encode(decode(bytes))).toEqual(bytes);
        expect(JSON.stringify(decode(bytes))).toBe(JSON.stringify(decode(encode(decode(bytes)))));
      }),
    );
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
