// The encryption of connections: what the library would have written, with a key that is made once.
import { randomBytes } from 'node:crypto';
import { defaultCrypto } from '@libp2p/noise/crypto';
import { describe, expect, test } from 'vitest';
import { noiseCrypto } from '../../src/overlay/node/encryption.ts';

const NONE = new Uint8Array();
const key = new Uint8Array(randomBytes(32));
const nonce = new Uint8Array(randomBytes(12));

/** Either side of the size from which OpenSSL is taken, and the largest message of Noise. */
describe.each([0, 1, 1_183, 1_184, 1_199, 1_200, 1_216, 65_519])('a message of %i bytes', (size) => {
  const plain = new Uint8Array(randomBytes(size));

  test.each([NONE, new Uint8Array(randomBytes(32))])('is as the library makes it', (ad) => {
    const ours = noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key).subarray();
    const theirs = defaultCrypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key).subarray();
    expect(Buffer.compare(ours, theirs)).toBe(0);
    const read = noiseCrypto.chaCha20Poly1305Decrypt(ours, nonce, ad, key).subarray();
    expect(Buffer.compare(read, plain)).toBe(0);
  });

  test.each(['content', 'tag'] as const)('is refused once its %s was changed', (part) => {
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, NONE, key).subarray().slice();
    const at = part === 'tag' ? sealed.length - 1 : 0;
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, NONE, key)).toThrow();
  });

  test('is refused with another key and with another nonce', () => {
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, NONE, key).subarray();
    const read = (withNonce: Uint8Array, withKey: Uint8Array) => () =>
      noiseCrypto.chaCha20Poly1305Decrypt(sealed.slice(), withNonce, NONE, withKey);
    expect(read(nonce, new Uint8Array(randomBytes(32)))).toThrow();
    expect(read(new Uint8Array(randomBytes(12)), key)).toThrow();
    expect(read(nonce, key)).not.toThrow();
  });
});
