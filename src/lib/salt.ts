// Salts make the bytes of one record unlike those of any other. They are drawn in bulk, because a single draw costs as
// much as a hash.
import { randomFillSync } from 'node:crypto';

const SALT_BYTES = 16;
const POOL = new Uint8Array(256 * SALT_BYTES);
let used = POOL.length;

/** 16 random bytes that nobody was handed before. */
export function newSalt(): Uint8Array {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += SALT_BYTES;
  return POOL.slice(used - SALT_BYTES, used);
}
