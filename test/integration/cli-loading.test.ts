// What the command line loads: a verb that only asks a running peer gets by with the client of the API, and no help
// waits for a verb's libraries.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { temporaryHome } from '../support/ledgers.ts';
import { startPeer } from '../support/mesh.ts';

const PROJECT = new URL('../../', import.meta.url).href;
const TALLY = fileURLToPath(new URL('bin/tally.js', PROJECT));
const HOOK = new URL('../support/loaded-modules.mjs', import.meta.url).href;

/** What those verbs need: arguments, the client, and tables with what they are drawn by. */
const LIGHT = new Set([
  ...['commander', 'openapi-fetch', 'cli-table3'],
  ...['string-width', 'strip-ansi', 'ansi-regex', 'is-fullwidth-code-point', 'emoji-regex'],
]);
const LIGHT_SOURCES =
  /^(?:bin\/|src\/(?:cli\/|lib\/|api\/(?:session-)?client\.ts|runtime\/(?:folders\/|tar-header\.ts|images\/bytes\.ts)|home-path\.ts|version\.ts))/;

const A_PEER = '12D3KooWBYVV6XfncQ82QqbFsjRDnW7zatjJnYux3gDbDr11Cirr';

/** Calls of the verbs that only ask a running peer. */
const CLIENT_CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  invite: [['invite'], ['invite', '--list']],
  offer: [['offer'], ['offer', '--list']],
  pause: [['pause']],
  resume: [['resume']],
  evict: [['evict', '--all']],
  market: [['market']],
  run: [
    ['run', 'web'],
    ['run', 'web', '--dry-run'],
  ],
  images: [
    ['images'],
    ['images', 'remove', 'web'],
    ['images', 'push', 'web', '--to', A_PEER],
    ['images', 'cached'],
  ],
  ps: [['ps'], ['ps', '--all'], ['--json', 'ps']],
  forward: [['forward'], ['forward', 'web', '8080:80'], ['forward', '--end', '8080']],
  open: [
    ['open', 'web'],
    ['open', 'web', '--port', '8080', '--print'],
  ],
  exec: [['exec', 'web', '--', 'true']],
  cp: [['cp', 'web:/data', '.']],
  logs: [['logs', 'web']],
  inspect: [['inspect', 'web']],
  stats: [['stats', '--no-stream']],
  stop: [['stop', 'web']],
  events: [['events'], ['events', '--since', '1h', '--kind', 'offer']],
  completion: [['completion', '--list', 'deployments']],
  top: [['top', '--once']],
  earnings: [['earnings']],
  credit: [['credit'], ['credit', A_PEER]],
  ledger: [
    ['ledger', 'show'],
    ['ledger', 'proof', A_PEER],
    ['ledger', 'convicted'],
  ],
  trust: [['trust'], ['trust', 'add', A_PEER], ['trust', 'why', A_PEER]],
};

/** Verbs that work on a home or a machine themselves. */
const OWN_WORK = ['init', 'up', 'doctor', 'leave', 'key', 'demo'];

/** Runs tally; its exit code, and what it loaded that is neither of Node nor light. */
async function heavy(...args: readonly string[]): Promise<{ code: number; loaded: number; heavy: string[] }> {
  const list = join(await temporaryHome(), 'loaded.json');
  const env = { ...process.env, LOADED_MODULES: list };
  const code = await new Promise<number>((resolve) => {
    execFile(process.execPath, ['--import', HOOK, TALLY, ...args], { env }, (error) =>
      resolve(Number(error?.code ?? 0)),
    );
  });
  const loaded = (JSON.parse(await readFile(list, 'utf8')) as string[]).filter((url) =>
    url.startsWith('file:'),
  );
  return {
    code,
    loaded: loaded.length,
    heavy: [...new Set(loaded.map(nameOf))].filter((name) => !isLight(name)),
  };
}

/** The package of a module, or its path in the project. */
function nameOf(url: string): string {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return name ?? url.slice(PROJECT.length);
}

const isLight = (name: string) => LIGHT.has(name) || LIGHT_SOURCES.test(name);

describe('what tally loads', () => {
  it('is decided for every verb', () => {
    const decided = [...Object.keys(CLIENT_CALLS), ...OWN_WORK].toSorted();
    expect(decided).toEqual(VERBS.map(({ name }) => name).toSorted());
  });

  it('for a verb that asks a running peer is the client of the API and no other library', async () => {
    const { home } = await startPeer();
    for (const args of Object.values(CLIENT_CALLS).flat()) {
      const { code, heavy: found } = await heavy('--home', home, ...args);
      expect(found, args.join(' ')).toEqual([]);
      // It came as far as an answer of the peer.
      expect([EXIT.done, EXIT.refused, EXIT.nothingMatched], args.join(' ')).toContain(code);
    }
  });

  it.each([[], ...VERBS.map(({ name }) => [name])].map((args) => ({ args: [...args, '--help'] })))(
    'for $args is no library but that for arguments',
    async ({ args }) => {
      expect(await heavy(...args)).toMatchObject({ code: EXIT.done, heavy: [] });
    },
  );

  it('for the help of all is the code of no verb', async () => {
    expect((await heavy('--help')).loaded).toBeLessThan((await heavy('ps', '--help')).loaded);
  });

  it('is seen: a verb that opens a home itself loads what checks settings', async () => {
    expect((await heavy('--home', '/nowhere', 'key', 'show')).heavy).toContain('typebox');
  });
});
