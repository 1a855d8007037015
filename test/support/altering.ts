// Values and bytes that are not quite what they were: for tests of readers, which a change in one place must not get past.
import fc from 'fast-check';
import type { Value } from '../../src/records/codec.ts';

type Path = readonly (string | number)[];
type Composite = { readonly [key: string]: Value };

const isMap = (value: Value): value is Composite =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Every place of a value, itself first. */
function* placesOf(value: Value, path: Path = []): Iterable<{ path: Path; value: Value }> {
  yield { path, value };
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* placesOf(item, [...path, i]);
  else if (isMap(value))
    for (const [key, field] of Object.entries(value)) yield* placesOf(field, [...path, key]);
}

function withAt(value: Value, [first, ...rest]: Path, other: Value): Value {
  if (first === undefined) return other;
  if (Array.isArray(value))
    return value.map((item: Value, i) => (i === first ? withAt(item, rest, other) : item));
  const map = value as Composite;
  return { ...map, [first]: withAt(map[first] ?? 0, rest, other) };
}

function without(map: Composite, key: string): Composite {
  const { [key]: _, ...rest } = map;
  return rest;
}

/** The value with one field too many, one too few or one of another type, in every place where it can be. */
export function* misshapen(value: Value): Iterable<Value> {
  for (const { path, value: place } of placesOf(value)) {
    yield withAt(value, path, typeof place === 'number' ? [] : 1);
    if (!isMap(place)) continue;
    yield withAt(value, path, { ...place, extra: 0 });
    for (const key of Object.keys(place)) yield withAt(value, path, without(place, key));
  }
}

const NUMBERS = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-2, -1, 0, 1, 2, 80));
const TEXTS = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom('', 'A', 'a', 'a-1', '/a', 'a=b', 'a'.repeat(70_000)),
);

/** Another value of the same type, often one that would fit there, and sometimes one that fits nowhere. */
function alike(place: Value): fc.Arbitrary<Value> {
  if (typeof place === 'number') return NUMBERS;
  if (typeof place === 'string') return TEXTS;
  const { length } = place as Uint8Array;
  return fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc.uint8Array({ maxLength: 80 }),
    fc.constantFrom(new Uint8Array(), new Uint8Array(70_000)),
  );
}

/** The value with one number, text or byte string of it replaced by another. */
export function altered(value: Value): fc.Arbitrary<Value> {
  const leaves = [...placesOf(value)].filter(
    ({ value: place }) => typeof place !== 'object' || place instanceof Uint8Array,
  );
  return fc
    .constantFrom(...leaves)
    .chain(({ path, value: place }) => alike(place).map((other) => withAt(value, path, other)));
}

/** The bytes with one of them changed, or a stretch cut out, doubled or overwritten. */
export function mangled(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(bytes.length - 1);
  const flipped = fc
    .tuple(at, fc.integer({ min: 1, max: 255 }))
    .map(([place, change]) => bytes.with(place, (bytes[place] ?? 0) ^ change));
  const cut = fc
    .tuple(at, fc.nat(64), fc.uint8Array({ maxLength: 64 }))
    .map(
      ([start, length, patch]) =>
        new Uint8Array(Buffer.concat([bytes.subarray(0, start), patch, bytes.subarray(start + length)])),
    );
  return fc.oneof(flipped, cut);
}
