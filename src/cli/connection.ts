// How a verb finds the running peer of a home: the file that the peer writes while its API answers.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, createClient } from '../api/client.ts';
import type { ApiAddress } from '../home.ts';
import { TallyError } from '../lib/errors.ts';

/** A client of the home's peer, and where that answers. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly client: ApiClient;
}

/** Connects to the peer of a home. Throws PEER_UNREACHABLE when it does not run, and HOME_ABSENT when the home has none. */
export async function connect(home: string): Promise<Connection> {
  try {
    const { url, tokenFile } = JSON.parse(await readFile(join(home, 'api.json'), 'utf8')) as ApiAddress;
    const token = (await readFile(tokenFile, 'utf8')).trim();
    return { url, token, client: createClient({ url, token }) };
  } catch (cause) {
    const hasPeer = await access(join(home, 'config.json')).then(
      () => true,
      () => false,
    );
    throw new TallyError(hasPeer ? 'PEER_UNREACHABLE' : 'HOME_ABSENT', { home }, { cause });
  }
}
