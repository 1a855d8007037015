// The login for a registry, out of files and the environment.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLogin } from '../../src/cli/registry-login.ts';
import { temporaryFolder } from '../support/images.ts';

const LOGIN = { username: 'me', password: 'hush:hush' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function fileOf(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'login');
  await writeFile(file, text);
  return file;
}

/** The login, or the sentence of the error. */
async function login(image: string, text: string): Promise<unknown> {
  return readLogin(image, await fileOf(text), undefined).catch((error: Error) => error.message);
}

describe('a login for a registry', () => {
  it('is one line of a file, or of the environment, and the file counts', async () => {
    for (const text of ['me:hush:hush', 'me:hush:hush\n', 'me:hush:hush\r\n'])
      expect(await login('ghcr.io/a', text)).toEqual(LOGIN);
    expect(await readLogin('ghcr.io/a', undefined, 'me:hush:hush')).toEqual(LOGIN);
    expect(await readLogin('ghcr.io/a', await fileOf('me:hush:hush'), 'you:x')).toEqual(LOGIN);
    expect(await readLogin('ghcr.io/a', undefined, undefined)).toBeUndefined();
  });

  it('is that of the registry in the name, out of a file of "docker login"', async () => {
    const auths = {
      'https://index.docker.io/v1/': { auth: base64('hub:1') },
      'ghcr.io': { auth: base64('me:hush:hush') },
    };
    const text = JSON.stringify({ auths });
    expect(await login('ghcr.io/a/b:1', text)).toEqual(LOGIN);
    expect(await login(`ghcr.io/a/b:1@sha256:${'a'.repeat(64)}`, text)).toEqual(LOGIN);
    expect(await login('busybox', text)).toEqual({ username: 'hub', password: '1' });
  });

  it('is wrong usage where there is none, and the sentence does not repeat what is secret', async () => {
    const secret = base64('hush-hush');
    const wrong = [
      ...['hush-hush', ':hush-hush', 'hush-hush:', 'a:b\nhush-hush:c', '{hush-hush'],
      ...['{}', `{"auths":{"ghcr.io":{"auth":"${secret}"}}}`, '{"auths":{"ghcr.io":{}},"credsStore":"x"}'],
    ];
    for (const text of wrong) {
      const said = await login('ghcr.io/a', text);
      expect(said, text).toMatch(/^(write one line user:password|the file )/);
      expect(said, text).not.toMatch(/hush/);
    }
  });
});
