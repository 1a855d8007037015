// The start payloads of this tenant, as they lie on its disk: encrypted, for they hold secrets, and a deployment needs them for as
// long as a copy may have to be replaced, also after a restart. The key follows from the peer's own key, so that a copy of the disk
// without that key, or with the key under its passphrase, tells nothing.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';
import type { Identity } from '../../records/identity.ts';
import { PAYLOAD_MAX_BYTES } from '../../records/payload.ts';

/** Says how the rest is made; a bare payload is a map, which begins with another byte. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** The size of the largest payload in its box. */
export const BOX_MAX_BYTES = PAYLOAD_MAX_BYTES + HEAD_BYTES + TAG_BYTES;

export class PayloadBox {
  readonly #key: Uint8Array;

  constructor({ seed }: Pick<Identity, 'seed'>) {
    this.#key = new Uint8Array(hkdfSync('sha256', seed, '', 'tallymesh/payload/1', 32));
  }

  /** A payload as it is kept. */
  close(payload: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const body = Buffer.concat([cipher.update(payload), cipher.final()]);
    return new Uint8Array(Buffer.concat([Uint8Array.of(VERSION), nonce, body, cipher.getAuthTag()]));
  }

  /** The payload itself. Throws LEDGER_VALUE_DAMAGED where the box was closed with another key, or was changed. */
  open(box: Uint8Array): Uint8Array {
    if (!isBox(box)) return box;
    const tagAt = box.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, box.subarray(1, HEAD_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(box.subarray(tagAt));
      return new Uint8Array(
        Buffer.concat([decipher.update(box.subarray(HEAD_BYTES, tagAt)), decipher.final()]),
      );
    } catch (cause) {
      throw new TallyError('LEDGER_VALUE_DAMAGED', { what: 'the payload of a deployment' }, { cause });
    }
  }
}

/** Whether a payload is in a box; versions before 0.3 kept it bare. */
export function isBox(kept: Uint8Array): boolean {
  return kept[0] === VERSION;
}
