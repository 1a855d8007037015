// Whatever names a setting or a verb, an error, a sentence or a guide, names one that there is.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/verbs.ts';
import { parseConfig } from '../../src/config.ts';
import { PROJECT } from '../support/doc-commands.ts';

const CONFIG = parseConfig({});

/** Whether the settings have this one, as in `api.port`, or as in `/listen/0` for one of a list. */
function isSetting(name: string): boolean {
  const steps = name.split(/[./]/).filter((step) => step !== '');
  let at: unknown = CONFIG;
  for (const step of steps) {
    if (Array.isArray(at)) return true;
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return false;
    at = (at as Record<string, unknown>)[step];
  }
  return steps.length > 0;
}

/** The text of all files of a folder that end so, by their paths. */
async function read(folder: string, end: string): Promise<Map<string, string>> {
  const paths = (await readdir(join(PROJECT, folder), { recursive: true })).filter((path) =>
    path.endsWith(end),
  );
  const texts = paths.map(
    async (path) => [path, await readFile(join(PROJECT, folder, path), 'utf8')] as const,
  );
  return new Map(await Promise.all(texts));
}

/** What a pattern finds in files, as `file: name`. */
function namesIn(files: ReadonlyMap<string, string>, pattern: RegExp): { file: string; name: string }[] {
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map(([, name = '']) => ({ file, name })),
  );
}

describe('a setting that is named', () => {
  let sources = new Map<string, string>();
  let guides = new Map<string, string>();
  beforeAll(async () => {
    [sources, guides] = await Promise.all([read('src', '.ts'), read('docs', '.md')]);
    // Written from the routes; what it quotes are their values.
    sources.delete('api/schema.ts');
  });
  const expectSettings = (named: { file: string; name: string }[], atLeast: number) => {
    expect(named.length).toBeGreaterThanOrEqual(atLeast);
    expect(named.filter(({ name }) => !isSetting(name))).toEqual([]);
  };

  it('in the details of an error exists', () => {
    expectSettings(namesIn(sources, /(?:\bsetting: |addressChecks\()['`]([^'`$][^'`]*)['`]/g), 10);
  });

  it('in a sentence exists', () => {
    expectSettings(
      [
        ...namesIn(sources, /"([a-z]\w*\.(?!json)[a-z]\w*)"/g),
        ...namesIn(sources, /(?<!to )"(\w+)"(?= (?:and "\w+" )?in config\.json)/g),
      ],
      6,
    );
  });

  it('in a guide exists', () => {
    const groups = Object.keys(CONFIG).join('|');
    expectSettings(namesIn(guides, new RegExp(`\`((?:${groups})\\.(?!json)\\w+)\``, 'g')), 5);
  });
});

it('a verb that a sentence names exists', async () => {
  const named = namesIn(await read('src', '.ts'), /\$\{TALLY\} (?:--\w+ )*([a-z]+)/g);
  const verbs = [...VERBS.map(({ name }) => name), 'help'];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ name }) => !verbs.includes(name))).toEqual([]);
});
