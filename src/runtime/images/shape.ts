// Reads the JSON of images: whatever it holds, a value of the wrong shape is refused by its place.
import type { TallyError } from '../../lib/errors.ts';
import { CONFIG_BYTES, SETTINGS } from './parameters.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** How a reader refuses what it reads. */
export type Refuse = (reason: string) => TallyError;

/** JSON out of bounded bytes, its keys distinct whatever their case, for engines do not tell them apart. */
export function parseJson(bytes: Uint8Array, refuse: Refuse): Json {
  if (bytes.byteLength > CONFIG_BYTES) throw refuse('a description is larger than 1 MiB');
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    throw refuse('a description is no JSON');
  }
  return value;
}

/** An object; an absent one is empty. */
export function objectAt(value: Json | undefined, place: string, refuse: Refuse): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw refuse(`"${place}" is no object`);
  const keys = Object.keys(value);
  const folded = new Set(keys.map((key) => key.toLowerCase()));
  if (folded.size < keys.length) throw refuse(`"${place}" has keys that differ by their case alone`);
  return value as JsonObject;
}

/** A list of at most `max`; an absent one is empty. */
export function listAt(
  value: Json | undefined,
  place: string,
  refuse: Refuse,
  max = SETTINGS,
): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuse(`"${place}" is no list`);
  if (value.length > max) throw refuse(`"${place}" has more than ${max} entries`);
  return value as readonly Json[];
}

/** A text without the byte that ends one for the system; an absent one is empty. */
export function textAt(value: Json | undefined, place: string, refuse: Refuse): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' || value.includes('\0')) throw refuse(`"${place}" is no text`);
  return value;
}

export function textsAt(value: Json | undefined, place: string, refuse: Refuse): readonly string[] {
  return listAt(value, place, refuse).map((each) => textAt(each, place, refuse));
}

/** A whole number that is not negative; an absent one is 0. */
export function numberAt(value: Json | undefined, place: string, refuse: Refuse): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw refuse(`"${place}" is no whole number`);
  return value;
}
