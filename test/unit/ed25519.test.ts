import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidKey, signerFromSeed, verify, verifyByEquation } from '../../src/records/ed25519.ts';
import vectors from '../vectors/ed25519-edge-cases.json' with { type: 'json' };

const { Point } = ed25519;
const L = Point.CURVE().n;
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const message = Buffer.from('a message');

/** A point of order 8 (one of the eight torsion points, RFC 7748's curve). */
const TORSION = Point.fromBytes(
  hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  true,
);

const littleEndian = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const scalarBytes = (scalar: bigint) => Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse();

/** Signs with chosen R and A, so that S fits the cofactored equation whatever torsion they carry. */
function craft(secret: bigint, nonce: bigint, r: Uint8Array, a: Uint8Array): Uint8Array {
  const k = littleEndian(createHash('sha512').update(r).update(a).update(message).digest()) % L;
  return new Uint8Array(Buffer.concat([r, scalarBytes((nonce + k * secret) % L)]));
}

describe('the verification rule', () => {
  it.each(vectors.cases)(
    'decides "$about" alike in both implementations',
    ({ publicKey, signature, valid, ...rest }) => {
      const args = [hex(publicKey), hex(rest.message), hex(signature)] as const;
      expect(verify(...args)).toBe(valid);
      expect(verifyByEquation(...args)).toBe(valid);
    },
  );

  it('refuses a signature whose R carries torsion, which a cofactored verifier accepts', () => {
    const secret = 12_345n;
    const nonce = 67_890n;
    const a = Point.BASE.multiply(secret).toBytes();
    const honest = craft(secret, nonce, Point.BASE.multiply(nonce).toBytes(), a);
    const twisted = craft(secret, nonce, Point.BASE.multiply(nonce).add(TORSION).toBytes(), a);
    expect([verify(a, message, honest), verifyByEquation(a, message, honest)]).toEqual([true, true]);
    expect(ed25519.verify(twisted, message, a)).toBe(true);
    expect([verify(a, message, twisted), verifyByEquation(a, message, twisted)]).toEqual([false, false]);
  });

  it('refuses every key with torsion, the identity, and a key that is not canonical', () => {
    const a = Point.BASE.multiply(12_345n);
    for (let i = 1, torsion = TORSION; i < 8; i += 1, torsion = torsion.add(TORSION)) {
      expect(isValidKey(a.add(torsion).toBytes())).toBe(false);
      expect(isValidKey(torsion.toBytes())).toBe(false);
    }
    expect(isValidKey(Point.ZERO.toBytes())).toBe(false);
    expect(isValidKey(hex('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'))).toBe(false);
    expect(isValidKey(a.toBytes())).toBe(true);
    expect(isValidKey(a.toBytes().subarray(1))).toBe(false);
  });

  it('refuses S + L for a valid S', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const signature = signer.sign(message);
    const s = littleEndian(signature.subarray(32)) + L;
    const malleated = new Uint8Array(Buffer.concat([signature.subarray(0, 32), scalarBytes(s)]));
    expect(verify(signer.publicKey, message, malleated)).toBe(false);
    expect(verifyByEquation(signer.publicKey, message, malleated)).toBe(false);
  });

  it('refuses a signature that is longer or shorter than one', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const signature = signer.sign(message);
    for (const other of [new Uint8Array([...signature, 0]), signature.slice(0, -1), new Uint8Array()])
      for (const rule of [verify, verifyByEquation])
        expect(rule(signer.publicKey, message, other)).toBe(false);
  });

  it('refuses a signature whose S is zero, and does not throw', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const zero = new Uint8Array(64).map((_, i) => (i < 32 ? (signer.publicKey[i] ?? 0) : 0));
    for (const rule of [verify, verifyByEquation]) expect(rule(signer.publicKey, message, zero)).toBe(false);
  });

  it('gives one answer in both implementations for signatures with any bit flipped', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(9));
    const signature = signer.sign(message);
    const flip = fc.integer({ min: -1, max: 511 });
    fc.assert(
      fc.property(flip, (bit) => {
        const changed = new Uint8Array(signature);
        if (bit >= 0) changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(verify(signer.publicKey, message, changed)).toBe(bit < 0);
        expect(verifyByEquation(signer.publicKey, message, changed)).toBe(bit < 0);
      }),
      { numRuns: 60 },
    );
  });
});
