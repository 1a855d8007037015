// Shapes: which fields a record has, and within which bounds. A shape checks a decoded value and gives it its type; an
// additional field is as wrong as a missing one.
import { TallyError } from '../lib/errors.ts';
import type { Value } from './codec.ts';

/** Checks a value; throws RECORD_MALFORMED with the path of the first field that does not fit. */
export type Shape<T extends Value> = (value: Value, path: string) => T;

function refuse(path: string, reason: string): never {
  throw new TallyError('RECORD_MALFORMED', { field: path, reason });
}

/** An integer from `min` to `max`, both included. */
export function int(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path) => {
    if (typeof value !== 'number') refuse(path, 'not an integer');
    if (value < min || value > max) refuse(path, `not from ${min} to ${max}`);
    return value;
  };
}

/** A byte string of exactly `length` bytes, or of `length` to `max` bytes. */
export function bytes(length: number, max: number = length): Shape<Uint8Array> {
  return (value, path) => {
    if (!(value instanceof Uint8Array)) refuse(path, 'not a byte string');
    if (value.length < length || value.length > max) refuse(path, `not ${length} to ${max} bytes`);
    return value;
  };
}

/** Text of at most `max` UTF-8 bytes that matches the pattern, without control characters. */
export function text(max: number, pattern: RegExp = /^\P{Cc}*$/u): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string') refuse(path, 'not text');
    if (Buffer.byteLength(value) > max) refuse(path, `over ${max} bytes`);
    if (!pattern.test(value)) refuse(path, 'not of the form of this field');
    return value;
  };
}

/** An array of at most `max` items. */
export function list<T extends Value>(item: Shape<T>, max: number): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, 'not an array');
    if (value.length > max) refuse(path, `over ${max} items`);
    return value.map((each: Value, index) => item(each, `${path}[${index}]`));
  };
}

/** A map with exactly these fields. */
export function fields<F extends { [K in keyof F]: (value: Value, path: string) => Value }>(
  shapes: F,
): (value: Value, path: string) => { readonly [K in keyof F]: ReturnType<F[K]> } {
  const names = Object.keys(shapes) as (keyof F & string)[];
  return (value, path) => {
    const map = requireMap(value, path);
    for (const key of Object.keys(map))
      if (!Object.hasOwn(shapes, key)) refuse(`${path}.${key}`, 'an unknown field');
    const checked: { [name: string]: Value } = {};
    for (const name of names) {
      const field = Object.hasOwn(map, name) ? map[name] : undefined;
      if (field === undefined) refuse(`${path}.${name}`, 'missing');
      checked[name] = shapes[name](field, `${path}.${name}`);
    }
    return checked as { readonly [K in keyof F]: ReturnType<F[K]> };
  };
}

function requireMap(value: Value, path: string): { readonly [key: string]: Value } {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array)
    refuse(path, 'not a map');
  return value as { readonly [key: string]: Value };
}
