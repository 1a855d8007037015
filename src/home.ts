// A peer's home folder: its key, its settings, its tokens, and where its API answers.
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, parseConfig, type Settings } from './config.ts';
import { TallyError } from './lib/errors.ts';
import { createIdentity, type Identity, peerOf } from './records/identity.ts';
import { readInvitation } from './records/invitation-text.ts';
import { INVITATION_CREDIT_MICROCREDITS } from './reputation/facts/parameters.ts';

/** Names of the files. The ledger's own (`db/`, `head`) belong to the ledger. */
const FILES = {
  key: 'key',
  config: 'config.json',
  api: 'api.json',
  /** The same file before it is renamed. */
  newApi: 'api.json.new',
  token: 'token',
  metricsToken: 'metrics-token',
  images: 'images',
} as const;

/** The folder of image layers. */
export const IMAGES_FOLDER = FILES.images;

/** All of them, by name. */
export const HOME_FILES: readonly string[] = Object.values(FILES);

/** Where a running peer answers, for the CLI. */
export interface ApiAddress {
  readonly url: string;
  readonly tokenFile: string;
}

/** A home that holds a peer. */
export interface Home {
  readonly path: string;
  readonly identity: Identity;
  readonly config: Config;
  readonly tokens: { readonly admin: string; readonly metrics: string };
}

/**
 * Makes a home, with a new key unless one is given. Throws HOME_EXISTS, HOME_UNUSABLE, and CONFIG_INVALID before
 * anything is written.
 */
export async function createHome(path: string, settings: Settings, seed?: Uint8Array): Promise<Identity> {
  parseConfig(settings);
  if (await exists(join(path, FILES.key))) throw new TallyError('HOME_EXISTS', { home: path });
  const identity = createIdentity(seed);
  const newToken = () => `${randomBytes(32).toString('base64url')}\n`;
  const key = `${Buffer.from(identity.seed).toString('hex')}\n`;
  await usable(path, async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    await writeFile(join(path, FILES.config), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
    await writeFile(join(path, FILES.token), newToken(), { mode: 0o600 });
    await writeFile(join(path, FILES.metricsToken), newToken(), { mode: 0o600 });
    await writeFile(join(path, FILES.key), key, { mode: 0o600, flag: 'wx', flush: true });
  });
  return identity;
}

/** Settings that name an invitation, and what follows from it. */
export type InvitedSettings = Settings &
  Pick<Config, 'network' | 'bootstrap' | 'invite' | 'inviteCreditMicrocredits'>;

/**
 * Settings of a peer that joins by an invitation: its network, its inviter to find the others by, and what it answers for
 * the inviter with (INVITATION_CREDIT_MICROCREDITS unless the settings say otherwise). Throws
 * INVITATION_MALFORMED, INVITATION_EXPIRED, and RECORD_WRONG_NETWORK where the settings name another network.
 */
export function invitedSettings(settings: Settings, invite: string, nowMs: number): InvitedSettings {
  const { body } = readInvitation(invite);
  const { network, expiresAtMs, addresses } = body;
  if (expiresAtMs <= nowMs) throw new TallyError('INVITATION_EXPIRED', { expiredAtMs: expiresAtMs });
  if (settings.network !== undefined && settings.network !== network) {
    throw new TallyError('RECORD_WRONG_NETWORK', { invitation: network, network: settings.network });
  }
  const inviter = addresses.map((address) => `${address}/p2p/${peerOf(body.inviter)}`);
  const bootstrap = [...new Set([...(settings.bootstrap ?? []), ...inviter])];
  const { inviteCreditMicrocredits = INVITATION_CREDIT_MICROCREDITS } = settings;
  return { ...settings, network, bootstrap, invite: invite.replace(/\s/g, ''), inviteCreditMicrocredits };
}

/** Reads a home. Throws HOME_ABSENT, HOME_UNUSABLE, KEY_INVALID, and CONFIG_INVALID for its settings or its tokens. */
export async function openHome(path: string): Promise<Home> {
  const key = (await readText(path, FILES.key)).trim();
  if (!/^[0-9a-f]{64}$/.test(key)) throw new TallyError('KEY_INVALID', { file: join(path, FILES.key) });
  return {
    path,
    identity: createIdentity(Buffer.from(key, 'hex')),
    config: parseConfig(await readSettings(path)),
    tokens: { admin: await readToken(path, FILES.token), metrics: await readToken(path, FILES.metricsToken) },
  };
}

/** A token that was emptied or cut would let everybody in. Throws CONFIG_INVALID for one that is too short. */
async function readToken(path: string, file: string): Promise<string> {
  const token = (await readText(path, file)).trim();
  if (!/^[A-Za-z0-9_-]{32,}$/.test(token)) {
    throw new TallyError('CONFIG_INVALID', {
      file: join(path, file),
      reason: 'the token does not consist of 32 or more letters, digits, _ or -',
    });
  }
  return token;
}

/** The settings of a home as they are written. Throws HOME_ABSENT, CONFIG_INVALID. */
export async function readSettings(path: string): Promise<unknown> {
  const text = await readText(path, FILES.config);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TallyError(
      'CONFIG_INVALID',
      { file: join(path, FILES.config), reason: 'the file is not JSON' },
      { cause },
    );
  }
}

/** Tells the CLI where the API answers. A reader sees the whole file or none. Throws HOME_UNUSABLE. */
export async function announceApi(path: string, url: string): Promise<void> {
  const address: ApiAddress = { url, tokenFile: join(path, FILES.token) };
  const [file, beside] = [join(path, FILES.api), join(path, FILES.newApi)];
  await usable(file, async () => {
    await writeFile(beside, `${JSON.stringify(address)}\n`, { mode: 0o600 });
    await rename(beside, file);
  });
}

/** Where the API of a running peer answers. Throws HOME_ABSENT where none does. */
export async function readApiAddress(path: string): Promise<ApiAddress> {
  return JSON.parse(await readText(path, FILES.api)) as ApiAddress;
}

/** Takes that back. */
export async function retractApi(path: string): Promise<void> {
  await rm(join(path, FILES.api), { force: true });
}

async function readText(path: string, file: string): Promise<string> {
  return usable(join(path, file), () => readFile(join(path, file), 'utf8')).catch((error: unknown) => {
    if (!(error instanceof TallyError) || error.details.reason !== 'ENOENT') throw error;
    throw new TallyError('HOME_ABSENT', { home: path, missing: file }, { cause: error });
  });
}

/** What the file system refuses is no fault of ours: HOME_UNUSABLE, with its reason and, where it names one, the file. */
async function usable<T>(file: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    const { code, path = file } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new TallyError('HOME_UNUSABLE', { file: path, reason: code }, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
