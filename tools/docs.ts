// Checks that what the documentation names is there: npm scripts, verbs of tally, paths and relative links; and that
// the README is still short where it begins, and ARCHITECTURE.md gives a reason for every dependency.
import { existsSync } from 'node:fs';
import { glob, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './run.ts';

/** What names can be checked against. */
interface Known {
  readonly scripts: ReadonlySet<string>;
  readonly verbs: ReadonlySet<string>;
  readonly dependencies: readonly string[];
}

/** Folders whose paths, written as code, must exist. */
const FOLDERS = 'src|test|tools|bin|docs|openapi|grafana|bench|sim|eval|console';

/** The README tells what this is, why and how to try it in so many words, as `wc -w` counts them, before this line. */
const OPENING = { doc: 'README.md', until: '\n## Next\n', maxWords: 260 };

async function readKnown(): Promise<Known> {
  const { scripts, dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
  };
  const commands = await readdir(join(ROOT, 'src/cli/commands')).catch(() => []);
  return {
    scripts: new Set(Object.keys(scripts)),
    verbs: new Set(['help', ...commands.map((file) => file.replace(/\.ts$/, ''))]),
    dependencies: Object.keys(dependencies),
  };
}

async function findDocs(): Promise<string[]> {
  const docs: string[] = [];
  for await (const path of glob(['{README,ARCHITECTURE}.md', 'docs/**/*.md'], { cwd: ROOT })) docs.push(path);
  return docs.sort();
}

/** What a text names that is not there, as sentences. */
function missing(text: string, doc: string, { scripts, verbs }: Known): string[] {
  const named = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((found) => found[1] ?? ''))];
  const exists = (path: string) => existsSync(join(ROOT, path));
  const absentScripts = named(/\bnpm run (?:-s |--silent )?([a-z][a-z:-]*)/g).filter(
    (name) => !scripts.has(name),
  );
  const absentVerbs = named(/(?:`|^\s*(?:\$ )?)(?:npx )?tally ([a-z][a-z-]*)/gm).filter(
    (name) => !verbs.has(name),
  );
  const absentPaths = named(new RegExp(`\`((?:${FOLDERS})/[A-Za-z0-9._/-]+)\``, 'g')).filter(
    (path) => !exists(path),
  );
  const links = named(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g).filter((link) => !/^[a-z]+:/.test(link));
  const absentLinks = links.filter((link) => !exists(join(dirname(doc), link)));
  return [
    ...absentScripts.map((name) => `names "npm run ${name}", which package.json does not have`),
    ...absentVerbs.map((name) => `names "tally ${name}", which src/cli/commands does not have`),
    ...absentPaths.map((path) => `names ${path}, which is not there`),
    ...absentLinks.map((link) => `links to ${link}, which is not there`),
  ];
}

/** What is wrong with the length of a text's opening, as sentences. */
function tooLong(text: string, doc: string): string[] {
  const { until, maxWords } = OPENING;
  if (doc !== OPENING.doc) return [];
  const end = text.indexOf(until);
  if (end < 0) return [`has no line "${until.trim()}"`];
  const words = text.slice(0, end).split(/\s+/).filter(Boolean).length;
  return words <= maxWords ? [] : [`has ${words} words before "${until.trim()}", more than ${maxWords}`];
}

/** The dependencies at run time that the table does not name, by their names or by the last part of them. */
function unexplained(text: string, doc: string, { dependencies }: Known): string[] {
  if (doc !== 'ARCHITECTURE.md') return [];
  const table = text.slice(text.indexOf('## Dependencies at run time'));
  const isNamed = (name: string) =>
    [name, name.split('/').at(-1)].some((each) => table.includes(`\`${each}\``));
  return dependencies
    .filter((name) => !isNamed(name))
    .map((name) => `has no reason for the dependency ${name}`);
}

const known = await readKnown();
for (const doc of await findDocs()) {
  const text = await readFile(join(ROOT, doc), 'utf8');
  for (const sentence of [
    ...missing(text, doc, known),
    ...tooLong(text, doc),
    ...unexplained(text, doc, known),
  ]) {
    console.log(`${relative('.', doc)} ${sentence}`);
    process.exitCode = 1;
  }
}
