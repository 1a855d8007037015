// Writes the description of the API and the client's types from the routes; with --check it only says whether the
// files are as the routes would have them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTypes, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { buildServer } from '../src/api/create-api.ts';
import type { ApiParts } from '../src/api/parts.ts';
import { VERSION } from '../src/version.ts';

const DOCUMENT_PATH = 'openapi/openapi.json';
const TYPES_PATH = 'src/api/schema.ts';

const root = new URL('../', import.meta.url);

/** The two files as the routes would have them. */
async function generate(): Promise<Map<string, string>> {
  const document = sortKeys(await describeApi());
  const types = await openapiTypes(document as OpenAPI3, {
    alphabetize: true,
    defaultNonNullable: false,
  });
  const header = '// Written by tools/openapi.ts from openapi/openapi.json; do not edit.\n\n';
  return new Map([
    [DOCUMENT_PATH, `${JSON.stringify(document, null, 2)}\n`],
    [TYPES_PATH, header + astToString(types)],
  ]);
}

async function describeApi(): Promise<unknown> {
  const options = {
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    version: VERSION,
    network: '',
    tokens: { admin: '', metrics: '' },
  };
  // The document is made of the routes alone: no handler runs, so no part is called.
  const server = await buildServer(options, {} as ApiParts, new AbortController().signal);
  const document = server.swagger();
  await server.close();
  return document;
}

/** The same value with the keys of every object in order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

async function writeAll(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    const target = fileURLToPath(new URL(path, root));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

/** What differs, one sentence a file, with the first line that does. */
async function differences(files: ReadonlyMap<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const [path, expected] of files) {
    const actual = await readFile(new URL(path, root), 'utf8').catch(() => '');
    if (actual !== expected) found.push(`${path}${firstDifference(actual, expected)}`);
  }
  return found;
}

function firstDifference(actual: string, expected: string): string {
  const [have, want] = [actual.split('\n'), expected.split('\n')];
  const at = want.findIndex((line, index) => line !== have[index]);
  const line = at < 0 ? want.length : at;
  return `:${line + 1}\n  - ${have[line] ?? '(end)'}\n  + ${want[line] ?? '(end)'}`;
}

const files = await generate();
if (!process.argv.includes('--check')) {
  await writeAll(files);
} else {
  const found = await differences(files);
  for (const difference of found) console.log(difference);
  if (found.length > 0) {
    console.log('The description of the API is not what the routes say; run "npm run openapi".');
    process.exitCode = 1;
  }
}
