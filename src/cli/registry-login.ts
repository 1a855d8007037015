// The login for a registry: out of a file or the environment, never out of the command line, which every user of a machine can read.
import { readFile } from 'node:fs/promises';
import { parseReference } from '../lib/image-reference.ts';

/** `user:password`, in the environment. */
export const REGISTRY_AUTH = 'TALLY_REGISTRY_AUTH';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What `docker login` calls the registry of names that name none. */
const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io'];

/**
 * The login for the registry of an image, from a file of `docker login` or with `user:password`, else from the environment;
 * undefined without either. Throws an error with a sentence where a file or a text has none.
 */
export async function readLogin(
  image: string,
  file: string | undefined,
  environment: string | undefined,
): Promise<Login | undefined> {
  if (file === undefined) return environment === undefined ? undefined : parseLogin(environment);
  const text = await readFile(file, 'utf8');
  return text.trimStart().startsWith('{') ? fromDockerConfig(text, image) : parseLogin(text);
}

/** `user:password`, on one line. The error does not repeat the text. */
function parseLogin(text: string): Login {
  const [, username, password] = /^([^:\n]+):([^\n]+)\n?$/.exec(text.replaceAll('\r', '')) ?? [];
  if (username === undefined || password === undefined) throw new Error('write one line user:password');
  return { username, password };
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: unknown } | undefined>>;
}

function fromDockerConfig(text: string, image: string): Login {
  const registry = parseReference(image.split('@')[0] ?? '')?.registry ?? '';
  const { auths = {} } = parseConfig(text);
  const keys =
    registry === 'docker.io' ? HUB_KEYS : [registry, `https://${registry}`, `https://${registry}/`];
  const auth = keys.map((key) => auths[key]?.auth).find((each) => typeof each === 'string' && each !== '');
  if (typeof auth !== 'string')
    throw new Error(
      `the file has no login for ${registry}. If "docker login" keeps it in a store of its own, write user:password to a file`,
    );
  return parseLogin(Buffer.from(auth, 'base64').toString('utf8'));
}

/** Errors of the parser quote the text, which is secret. */
function parseConfig(text: string): DockerConfig {
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    throw new Error('the file is no JSON');
  }
}
