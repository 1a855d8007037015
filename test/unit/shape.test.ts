// Shapes: what each takes, up to its bounds and not beyond, and which field it names when it refuses.
import { describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import type { Value } from '../../src/records/codec.ts';
import { bytes, fields, int, list, type Shape, text } from '../../src/records/shape.ts';

/** The field that is at fault; undefined for a value that is taken as it is. */
function faultIn<T extends Value>(shape: Shape<T>, value: Value): unknown {
  try {
    expect(shape(value, 'it')).toEqual(value);
    return undefined;
  } catch (error) {
    if (error instanceof TallyError && error.code === 'RECORD_MALFORMED') return error.details.field;
    throw error;
  }
}

const row = fields({ name: text(4), at: int(0), inner: fields({ keys: list(bytes(1), 2) }) });
const inner = { keys: [Uint8Array.of(1), Uint8Array.of(2)] };
const [one, two, three, four] = [1, 2, 3, 4].map((length) => new Uint8Array(length));

const CASES: readonly [string, Shape<Value>, readonly Value[], readonly Value[]][] = [
  ['an integer', int(1, 3), [1, 2, 3], [0, 4, -1, '1', [1], one!]],
  ['an integer without a highest', int(-1), [-1, 0, Number.MAX_SAFE_INTEGER], [-2]],
  ['a byte string of one length', bytes(2), [two!], [one!, three!, '12', [1, 2], 2]],
  ['a byte string of some length', bytes(2, 3), [two!, three!], [one!, four!]],
  ['text, by its bytes', text(4), ['', 'abcd', 'éé'], ['abcde', 'ééa', 1, one!, ['a']]],
  ['text without control characters', text(4), ['a b', '\u{1f30d}'], ['\n', 'a\0', '\u0085']],
  ['text of a form', text(4, /^[a-z]*$/), ['', 'abcd'], ['A', 'ab1', 'abcde']],
  ['an array', list(int(0, 1), 2), [[], [1], [0, 1]], [[0, 1, 1], [2], 0, { 0: 1 }, one!]],
  ['a map', row, [{ name: 'a', at: 0, inner }], [[], 1, 'a', one!, {}]],
];

describe('a shape of', () => {
  it.each(CASES)('%s takes what is within its bounds, and nothing else', (_, shape, taken, refused) => {
    for (const value of taken) expect(faultIn(shape, value)).toBeUndefined();
    for (const value of refused) expect(faultIn(shape, value)).toMatch(/^it/);
  });

  it.each<[string, Value]>([
    ['it.name', { at: 0, inner }],
    ['it.at', { name: 'a', at: -1, inner }],
    ['it.more', { name: 'a', at: 0, inner, more: 1 }],
    ['it.inner', { name: 'a', at: 0, inner: [] }],
    ['it.inner.keys', { name: 'a', at: 0, inner: { keys: 1 } }],
    ['it.inner.keys', { name: 'a', at: 0, inner: { keys: [one!, one!, one!] } }],
    ['it.inner.keys[1]', { name: 'a', at: 0, inner: { keys: [one!, two!] } }],
    ['it.toString', { name: 'a', at: 0, inner, toString: 1 }],
  ])('a map names the field %s when that is at fault', (field, value) => {
    expect(faultIn(row, value)).toBe(field);
  });

  it('a map takes a field from the map itself, and from nothing that it inherits', () => {
    const named = fields({ constructor: int(0) });
    expect(faultIn(named, { constructor: 1 } as unknown as Value)).toBeUndefined();
    expect(faultIn(named, {})).toBe('it.constructor');
  });
});
