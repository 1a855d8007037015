// Who a peer is: an Ed25519 key, written as its libp2p peer id.
import { randomBytes } from 'node:crypto';
import { base58btc } from 'multiformats/bases/base58';
import { BoundedMap } from '../lib/bounded-map.ts';
import { TallyError } from '../lib/errors.ts';
import { isValidKey, type Signer, signerFromSeed } from './ed25519.ts';
import { nameOf } from './id.ts';

/** The protobuf of an Ed25519 public key inside an identity multihash: how libp2p writes such a peer id. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** A peer's own key: the seed to keep, its peer id, and the means to sign. */
export interface Identity extends Signer {
  readonly seed: Uint8Array;
  readonly peer: string;
}

/** The identity of a 32-byte seed; without one, a new identity. */
export function createIdentity(seed: Uint8Array = randomBytes(32)): Identity {
  const signer = signerFromSeed(seed);
  return { ...signer, seed: new Uint8Array(seed), peer: peerOf(signer.publicKey) };
}

/** Peer ids of keys that were written lately: base 58 is a division of big numbers, and every record names two keys. */
const written = new BoundedMap<string, string>(65_536);

/** The peer id of a 32-byte public key, as in `12D3KooW…`. */
export function peerOf(publicKey: Uint8Array): string {
  const bytes = nameOf(publicKey);
  const known = written.get(bytes);
  if (known !== undefined) return known;
  const peer = base58btc.baseEncode(Buffer.concat([PEER_ID_PREFIX, publicKey]));
  written.set(bytes, peer);
  return peer;
}

/** Keys of peer ids that were read lately. */
const read = new BoundedMap<string, Uint8Array>(65_536);

/** The public key of a peer id; throws KEY_INVALID when it is no Ed25519 peer id or no key we accept. */
export function publicKeyOf(peer: string): Uint8Array {
  const known = read.get(peer);
  if (known !== undefined) return known;
  const key = keyIn(peer);
  read.set(peer, key);
  return key;
}

function keyIn(peer: string): Uint8Array {
  const bytes = decodeBase58(peer);
  const prefix = bytes.subarray(0, PEER_ID_PREFIX.length);
  const key = bytes.slice(PEER_ID_PREFIX.length);
  if (Buffer.compare(prefix, PEER_ID_PREFIX) !== 0 || key.length !== 32 || !isValidKey(key)) {
    throw new TallyError('KEY_INVALID', { reason: 'it is not the peer id of an Ed25519 key' });
  }
  return key;
}

function decodeBase58(peer: string): Uint8Array {
  try {
    return base58btc.baseDecode(peer);
  } catch (cause) {
    throw new TallyError('KEY_INVALID', { reason: 'it is not base58' }, { cause });
  }
}
