// Noise, as libp2p has it, at less cost for each frame: its pieces leave in one write, and a key is made once. Of the time of a tunnel
// that carries as much as it can, a quarter went into writing the length, the head, the content and the tag of each frame by
// themselves, and a tenth into turning the key of the connection into one of OpenSSL for each frame.
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { defaultCrypto, nodeCrypto } from '@libp2p/noise/crypto';

type Encryption = ReturnType<typeof noise>;
type Components = Parameters<Encryption>[0];

/** From here on the library takes OpenSSL, not WebAssembly. */
const OPENSSL_BYTES = 1_200;

/** What encrypts the connections of a node. */
export function encryption(): (components: Components) => ConnectionEncrypter {
  const make = noise({ crypto: noiseCrypto });
  return (components) => wholeFrames(make(components));
}

/** The library's, which hands OpenSSL a key that is one already. */
export const noiseCrypto: typeof defaultCrypto = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
    if (plaintext.byteLength < OPENSSL_BYTES)
      return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key);
    return nodeCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, keyOf(key));
  },
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into) {
    if (ciphertext.byteLength < OPENSSL_BYTES)
      return defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into);
    return nodeCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, keyOf(key));
  },
};

/** By the bytes that a connection keeps for as long as it lives. */
const keys = new WeakMap<Uint8Array, KeyObject>();

/** The library only passes it on to Node, which takes both. */
function keyOf(bytes: Uint8Array): Uint8Array {
  const known = keys.get(bytes) ?? createSecretKey(bytes);
  keys.set(bytes, known);
  return known as unknown as Uint8Array;
}

/** The same, with every message written to its connection in one piece. */
function wholeFrames(encrypter: ConnectionEncrypter): ConnectionEncrypter {
  const { secureInbound, secureOutbound } = encrypter;
  encrypter.secureInbound = (connection, options) =>
    secureInbound.call(encrypter, joined(connection), options);
  encrypter.secureOutbound = (connection, options) =>
    secureOutbound.call(encrypter, joined(connection), options);
  return encrypter;
}

function joined<T extends MessageStream>(connection: T): T {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data instanceof Uint8Array ? data : data.subarray());
  return connection;
}
