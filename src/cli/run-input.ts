// What `tally run` reads beside its options: files of variables and of secrets, and a login at a registry. What cannot be read is wrong
// usage.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Schemas } from '../api/client.ts';
import { EXIT } from './exit.ts';
import type { NamedFile, VolumeOption } from './payload-options.ts';
import { parseEnvFile } from './quantities.ts';
import { REGISTRY_AUTH, readLogin } from './registry-login.ts';

/** What the container gets beside its image. */
export interface SentOptions {
  readonly volume?: VolumeOption[];
  readonly secret?: Record<string, string>;
  readonly secretFile?: NamedFile[];
  readonly file?: NamedFile[];
}

/** How its image is pulled. */
export interface PullOptions {
  readonly registryAuth?: string;
  readonly imageSize?: number;
}

/** The variables of a file. One that cannot be read, or has another line, is wrong usage. */
export async function readEnvFile(command: Command, file: string): Promise<Record<string, string>> {
  try {
    return parseEnvFile(await readFile(file, 'utf8'));
  } catch (error) {
    return command.error(`error: --env-file ${file}: ${messageOf(error)}`, { exitCode: EXIT.usage });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the container gets beside its image; files are read here, and folders by the peer. */
export async function sentWith(
  command: Command,
  { volume, secret = {}, secretFile = [], file = [] }: SentOptions,
): Promise<Pick<Schemas['BidInput'], 'volumes' | 'secrets' | 'files'>> {
  const read = async (option: string, from: string) => {
    try {
      return (await readFile(from)).toString('base64');
    } catch (error) {
      return command.error(`error: ${option} ${from}: ${messageOf(error)}`, { exitCode: EXIT.usage });
    }
  };
  const secrets = Object.entries(secret).map(([name, value]) => ({
    ...{ name, base64: Buffer.from(value).toString('base64') },
  }));
  for (const { name, file: from } of secretFile)
    secrets.push({ name, base64: await read('--secret-file', from) });
  const files = [];
  for (const { name: path, file: from } of file) files.push({ path, base64: await read('--file', from) });
  return {
    ...(volume === undefined ? {} : { volumes: volume.map(volumeOf) }),
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(files.length === 0 ? {} : { files }),
  };
}

function volumeOf({ name, folder, path }: VolumeOption) {
  return folder === undefined
    ? { ...(name === undefined ? {} : { name }), path }
    : { path, source: resolve(folder) };
}

/** How the volunteer is to pull the image. A file without a login for its registry is wrong usage. */
export async function pullOf(
  command: Command,
  image: string,
  { registryAuth: file, imageSize }: PullOptions,
): Promise<Schemas['Pull']> {
  try {
    const login = await readLogin(image, file, process.env[REGISTRY_AUTH]);
    return { ...login, ...(imageSize === undefined ? {} : { maxBytes: imageSize }) };
  } catch (error) {
    const option = file === undefined ? REGISTRY_AUTH : '--registry-auth';
    return command.error(`error: ${option}: ${messageOf(error)}`, { exitCode: EXIT.usage });
  }
}
