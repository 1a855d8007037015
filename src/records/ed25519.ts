// Ed25519 (RFC 8032) with one verification rule everywhere, cofactorless: S < L, A canonical, in the prime-order
// subgroup and not the identity, and encode([S]B - [k]A) equal to the bytes of R. The platform's verifier does the
// equation fast; the points of @noble/curves serve for the key check and as the second implementation.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as platformSign,
  verify as platformVerify,
} from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { BoundedMap } from '../lib/bounded-map.ts';
import { TallyError } from '../lib/errors.ts';
import { nameOf } from './id.ts';

/** Order of the prime-order subgroup: 2^252 + 27742317777372353535851937790883648493. */
const L = ed25519.Point.CURVE().n;
/** The same, 32 bytes, the highest first. */
const L_BYTES = Buffer.from(L.toString(16).padStart(64, '0'), 'hex');

/** DER prefixes of a raw 32-byte key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

type Point = InstanceType<typeof ed25519.Point>;

/** Keys that passed the check, with the platform's object, by their bytes; a key that failed is kept as null. */
const checkedKeys = new BoundedMap<string, KeyObject | null>(65_536);

/** Whether these 32 bytes are a key we accept: canonical, of prime order, not the identity. Checked once a key. */
export function isValidKey(publicKey: Uint8Array): boolean {
  return keyObject(publicKey) !== null;
}

function keyObject(publicKey: Uint8Array): KeyObject | null {
  const name = nameOf(publicKey);
  const known = checkedKeys.get(name);
  if (known !== undefined) return known;
  const key = canonicalPrimeOrderPoint(publicKey) === undefined ? null : importPublic(publicKey);
  checkedKeys.set(name, key);
  return key;
}

function importPublic(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' });
}

function canonicalPrimeOrderPoint(publicKey: Uint8Array): Point | undefined {
  if (publicKey.length !== 32) return undefined;
  try {
    const point = ed25519.Point.fromBytes(publicKey, false);
    const canonical = Buffer.compare(point.toBytes(), publicKey) === 0;
    return canonical && !point.is0() && point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined;
  }
}

/** S of a signature, a little-endian number in its last 32 bytes. */
function scalarOf(signature: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
}

/** Whether S is below L: byte by byte from the highest on, as it is asked of every signature. */
function isScalarReduced(signature: Uint8Array): boolean {
  for (let i = 0; i < 32; i += 1) {
    const difference = (signature[63 - i] ?? 0) - (L_BYTES[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Verifies by the rule with the platform's implementation. Never throws. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !isScalarReduced(signature)) return false;
  const key = keyObject(publicKey);
  return key !== null && platformVerify(null, message, key, signature);
}

/** The same rule written out on points: the second implementation, about ten times slower. Never throws. */
export function verifyByEquation(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const s = scalarOf(signature);
  const a = canonicalPrimeOrderPoint(publicKey);
  if (s >= L || a === undefined) return false;
  const r = signature.subarray(0, 32);
  const digest = createHash('sha512').update(r).update(publicKey).update(message).digest();
  const k = BigInt(`0x${digest.reverse().toString('hex')}`) % L;
  const sB = s === 0n ? ed25519.Point.ZERO : ed25519.Point.BASE.multiply(s);
  const kA = k === 0n ? ed25519.Point.ZERO : a.multiply(k);
  return Buffer.compare(sB.subtract(kA).toBytes(), r) === 0;
}

/** A private key ready to sign. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** A signer from a 32-byte seed (RFC 8032's private key). Throws KEY_INVALID for another length. */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new TallyError('KEY_INVALID', { expectedBytes: 32, gotBytes: seed.length });
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(PUBLIC_PREFIX.length)),
    sign: (message) => new Uint8Array(platformSign(null, message, key)),
  };
}
