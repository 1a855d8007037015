// A key in a file that can lie anywhere: sealed by a passphrase (scrypt, RFC 7914; AES-256-GCM), with the settings of its
// home, so that an empty folder becomes that peer again.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Settings } from './config.ts';
import { TallyError } from './lib/errors.ts';
import { createIdentity } from './records/identity.ts';

/** What is sealed: the private key (a 32-byte seed) and the settings as they are written. */
export interface SealedHome {
  readonly seed: Uint8Array;
  readonly settings: Settings;
}

/** The file, as JSON; byte strings in base64. `peer` says whose key it is, and cannot be changed unnoticed. */
interface KeyFile {
  readonly format: typeof FORMAT;
  readonly peer: string;
  readonly scrypt: { readonly N: number; readonly r: number; readonly p: number; readonly salt: string };
  readonly nonce: string;
  readonly sealed: string;
}

const FORMAT = 'tallymesh-key/1';
/** 128 MiB and some half a second for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
/** What a file may ask of whoever opens it. */
const MOST = { N: 2 ** 20, r: 16, p: 4 };
const TAG_BYTES = 16;
const PASSPHRASE_LEAST = 8;

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

/** The text of a key file. Throws KEY_BACKUP_INVALID for a passphrase of under 8 characters. */
export async function sealKey({ seed, settings }: SealedHome, passphrase: string): Promise<string> {
  if (passphrase.length < PASSPHRASE_LEAST)
    refuse(`a passphrase has at least ${PASSPHRASE_LEAST} characters`);
  const salt = randomBytes(16).toString('base64');
  const nonce = randomBytes(12).toString('base64');
  const open = { format: FORMAT, peer: createIdentity(seed).peer, scrypt: { ...COST, salt }, nonce } as const;
  const cipher = createCipheriv('aes-256-gcm', await keyOf(open, passphrase), Buffer.from(nonce, 'base64'));
  cipher.setAAD(authenticated(open));
  const plain = JSON.stringify({ seed: Buffer.from(seed).toString('base64'), settings });
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${JSON.stringify({ ...open, sealed: sealed.toString('base64') }, null, 2)}\n`;
}

/** Opens a key file. Throws KEY_BACKUP_INVALID for another passphrase, a changed byte, or something else than a key file. */
export async function openKey(text: string, passphrase: string): Promise<SealedHome> {
  const { sealed, ...open } = parse(text);
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    await keyOf(open, passphrase),
    Buffer.from(open.nonce, 'base64'),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(authenticated(open));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
    const { seed, settings } = JSON.parse(plain.toString('utf8')) as { seed: string; settings: Settings };
    return { seed: new Uint8Array(Buffer.from(seed, 'base64')), settings };
  } catch (cause) {
    throw new TallyError(
      'KEY_BACKUP_INVALID',
      { reason: 'the passphrase is wrong, or the file was changed' },
      { cause },
    );
  }
}

function keyOf({ scrypt: { N, r, p, salt } }: Omit<KeyFile, 'sealed'>, passphrase: string): Promise<Buffer> {
  const options = { N, r, p, maxmem: 256 * N * r };
  return derive(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, options);
}

/** Everything but the sealed bytes, in one order. */
function authenticated({ format, peer, scrypt: { N, r, p, salt }, nonce }: Omit<KeyFile, 'sealed'>): Buffer {
  return Buffer.from(JSON.stringify([format, peer, N, r, p, salt, nonce]));
}

function parse(text: string): KeyFile {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return refuse('not JSON');
  }
  return isKeyFile(file) ? file : refuse('not a key file of this version');
}

function isKeyFile(file: unknown): file is KeyFile {
  const { format, peer, nonce, sealed, scrypt: cost } = (file ?? {}) as Partial<KeyFile>;
  const texts = [peer, nonce, sealed, cost?.salt];
  const isCost = (name: 'N' | 'r' | 'p') => {
    const value = cost?.[name];
    return Number.isSafeInteger(value) && value !== undefined && value >= 1 && value <= MOST[name];
  };
  return (
    format === FORMAT &&
    texts.every((each) => typeof each === 'string' && each !== '') &&
    isCost('N') &&
    isCost('r') &&
    isCost('p') &&
    Buffer.from(sealed ?? '', 'base64').length > TAG_BYTES &&
    Buffer.from(nonce ?? '', 'base64').length === 12 &&
    Number.isInteger(Math.log2(cost?.N ?? 0)) &&
    (cost?.N ?? 0) > 1
  );
}

function refuse(reason: string): never {
  throw new TallyError('KEY_BACKUP_INVALID', { reason });
}
