// The sealed start payload, which only the chosen volunteer may see. The bid carries its hash; the salt in it prevents
// that short commands and guessable secrets are found by trying.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from './codec.ts';
import { DIGEST, SALT } from './common.ts';
import { HEALTH_CHECK, IMAGE_CHECK, NO_CHECK, NO_RESTART, RESTART } from './health-check.ts';
import { sha256 } from './id.ts';
import { bytes, fields, int, list, type Shape, text } from './shape.ts';

/** Size limit of an encoded payload: secrets and files are keys and settings, not data. */
export const PAYLOAD_MAX_BYTES = 1_048_576;

/** Where containers find their secrets, as those of Docker do: many images have settings `…_FILE` for it. */
export const SECRETS_FOLDER = '/run/secrets';

/** Volumes that a payload may name. */
export const MOST_VOLUMES = 32;

/** Secrets and files that a payload may hold, each. */
const MOST_FILES = 64;

/** What no volume and no file may lie in, or hide: the kernel's folders, and that of the secrets. */
const RESERVED = ['/proc', '/sys', '/dev', SECRETS_FOLDER];

const ABSOLUTE = /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/;

/** An absolute path inside a container, written as it is meant: without `.`, `..`, empty steps and an end in `/`. */
const PATH: Shape<string> = (value, path) => {
  const checked = text(512)(value, path);
  if (!ABSOLUTE.test(checked))
    throw new TallyError('RECORD_MALFORMED', {
      field: path,
      reason: 'not an absolute path without ".", ".." and "//"',
    });
  if (RESERVED.some((reserved) => isWithin(checked, reserved)))
    throw new TallyError('RECORD_MALFORMED', { field: path, reason: 'it lies in a folder of the system' });
  return checked;
};

/** What fills a volume at its first start. */
const CONTENT = fields({
  /** SHA-256 of its tar, and the size of that. */
  digest: DIGEST,
  sizeBytes: int(1, 2 ** 50),
});

export type PayloadContent = ReturnType<typeof CONTENT>;

const VOLUME = fields({
  name: text(64, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/),
  path: PATH,
  /** One, or none for a volume that begins with what the image has there. */
  content: list(CONTENT, 1),
});

const SECRET = fields({
  name: text(128, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/),
  value: bytes(0, PAYLOAD_MAX_BYTES),
});
const FILE = fields({ path: PATH, content: bytes(0, PAYLOAD_MAX_BYTES) });

/** Where in its registry the volunteer finds an image that it pulls, and a login for just that; empty texts: none. */
const PULL = fields({
  /** Of the manifest of the image that the bid names. */
  manifest: DIGEST,
  username: text(256),
  password: text(16_384, /^[^\0]*$/),
});
export type PayloadPull = ReturnType<typeof PULL>;

const PAYLOAD = fields({
  salt: SALT,
  /** Empty: the image's own command. */
  command: list(text(8_192, /^\P{Cs}*$/u), 128),
  env: list(fields({ name: text(128, /^[A-Za-z_][A-Za-z0-9_]*$/), value: text(16_384, /^[^\0]*$/) }), 128),
  health: HEALTH_CHECK,
  restart: RESTART,
  volumes: list(VOLUME, MOST_VOLUMES),
  secrets: list(SECRET, MOST_FILES),
  files: list(FILE, MOST_FILES),
  /** One where the bid says that the image is pulled. */
  pull: list(PULL, 1),
});

/** What to start. */
export type StartPayload = ReturnType<typeof PAYLOAD>;

/** A volume that a payload names. */
export type PayloadVolume = StartPayload['volumes'][number];

/** The image as it is, without a salt. */
export const PLAIN_PAYLOAD: Omit<StartPayload, 'salt'> = {
  ...{
    command: [],
    env: [],
    health: IMAGE_CHECK,
    restart: NO_RESTART,
    volumes: [],
    secrets: [],
    files: [],
    pull: [],
  },
};

/** What payloads up to 0.2.0 lack, which tenants still have on disk, and what they mean by it. */
const BEFORE = { health: NO_CHECK, restart: NO_RESTART, volumes: [], secrets: [], files: [], pull: [] };

/**
 * The bytes of a payload, which is plain where it says nothing, and the hash that the bid commits to. Throws RECORD_MALFORMED,
 * RECORD_TOO_LARGE.
 */
export function sealPayload(payload: Pick<StartPayload, 'salt'> & Partial<StartPayload>): {
  bytes: Uint8Array;
  hash: Uint8Array;
} {
  const sealed = encode(checked({ ...PLAIN_PAYLOAD, ...payload }));
  if (sealed.length > PAYLOAD_MAX_BYTES) {
    throw new TallyError('RECORD_TOO_LARGE', {
      what: 'command, env, secrets and files',
      maxBytes: PAYLOAD_MAX_BYTES,
      got: sealed.length,
    });
  }
  return { bytes: sealed, hash: sha256(sealed) };
}

/** Decodes a payload, an older one too; throws RECORD_MALFORMED. */
export function openPayload(sealed: Uint8Array): StartPayload {
  const value = decode(sealed);
  return checked(isMap(value) ? { ...BEFORE, ...value } : value);
}

function isMap(value: Value): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** A payload in which nothing hides another thing. */
function checked(value: Value): StartPayload {
  const payload = PAYLOAD(value, 'payload');
  const { volumes, secrets, files } = payload;
  const namesOf = (named: readonly { readonly name: string }[]) => named.map(({ name }) => name);
  const pathsOf = (placed: readonly { readonly path: string }[]) => placed.map(({ path }) => path);
  requireDistinct('volumes', 'name', namesOf(volumes));
  requireDistinct('volumes', 'path', pathsOf(volumes));
  requireDistinct('secrets', 'name', namesOf(secrets));
  requireDistinct('files', 'path', pathsOf([...files, ...volumes]));
  for (const { path } of volumes)
    if (volumes.some((other) => other.path !== path && isWithin(other.path, path)))
      throw new TallyError('RECORD_MALFORMED', { field: 'payload.volumes', reason: 'one lies in another' });
  for (const { path } of files)
    if (files.some((other) => other.path !== path && isWithin(other.path, path)))
      throw new TallyError('RECORD_MALFORMED', { field: 'payload.files', reason: 'one lies in another' });
  return payload;
}

function requireDistinct(field: string, by: 'name' | 'path', values: readonly string[]): void {
  if (new Set(values).size < values.length)
    throw new TallyError('RECORD_MALFORMED', { field: `payload.${field}`, reason: `two have one ${by}` });
}

/** Whether a path is that folder or lies in it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
