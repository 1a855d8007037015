// The terms of the API's schemas: objects that are closed, and what ids, amounts and times look like. Bounds are those
// of the records (records/common.ts).
import { type TProperties, Type } from 'typebox';

/** An object without other fields than these. */
export function closed<P extends TProperties>(properties: P, description?: string) {
  const options = { additionalProperties: false, ...(description === undefined ? {} : { description }) };
  return Type.Object(properties, options);
}

/** The id of a record, or a random name of 16 bytes, in base32. */
export const id = (description: string) => Type.String({ pattern: '^[a-z2-7]{26,52}$', description });

/** A whole number from 0 to `maximum`. */
export const integer = (maximum: number, description?: string) =>
  Type.Integer({ minimum: 0, maximum, ...(description === undefined ? {} : { description }) });

/** A whole number that JSON carries exactly. */
export const count = (description: string) => integer(Number.MAX_SAFE_INTEGER, description);

/** The largest amount: a billion credits. */
export const MOST_MICROCREDITS = 1_000_000_000_000_000;

/** An amount. */
export const microcredits = (description: string) => integer(MOST_MICROCREDITS, description);

/** An amount that either side may owe. */
export const balance = (description: string) =>
  Type.Integer({ minimum: -MOST_MICROCREDITS, maximum: MOST_MICROCREDITS, description });

/** A moment, in milliseconds since 1970. */
export const timeMs = (description: string) => count(`${description}; milliseconds since 1970`);

/** A stretch of time in milliseconds, at most a hundred years. */
export const spanMs = (description: string) => integer(3_155_760_000_000, `${description}; milliseconds`);

/** A peer id. */
export const peer = (description: string) => Type.String({ maxLength: 128, description });

/** A word of a vocabulary that grows: region, architecture, runtime class. */
export const word = (description: string) =>
  Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9._/-]*$', description });

/** A digest as OCI writes it. */
export const digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });

/** An image name without a digest. */
export const imageName = Type.String({ maxLength: 256, pattern: '^[a-z0-9][A-Za-z0-9._:/-]*$' });

const label = Type.String({ maxLength: 128, pattern: '^[a-z0-9.-]+=[A-Za-z0-9._/-]*$' });

/** What tenants can ask of a volunteer. */
export const labels = Type.Array(label, { maxItems: 16, description: '`key=value`' });

/** A TCP port. */
export const port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** A code of the table of errors. */
export const code = Type.String({
  maxLength: 64,
  description: 'A code from the table of errors; empty if there is none',
});

/** A share from 0 to 1. */
export const chance = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** Where a peer is reached. */
export const multiaddrs = (description: string, limits: { minItems?: number; maxItems?: number } = {}) =>
  Type.Array(Type.String({ maxLength: 256 }), { ...limits, description });
