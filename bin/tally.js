#!/usr/bin/env node
// Starts tally on Node 24: with the Node that runs this if it is new enough, else with the one of the project. Written
// for any Node from 14 on, so that an old one gets a sentence and not a syntax error.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

const majorOf = (version) => Number(/^v?(\d+)/.exec(version)?.[1] || 0);
const beside = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The project's own Node, when it has one that is new enough. */
function findNode() {
  const node = beside('node_modules/.bin/node');
  if (!existsSync(node)) return undefined;
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return majorOf(stdout || '') >= NEEDED ? node : undefined;
}

/** Runs this file again with another Node; signals go through, and its exit code is ours. */
function runAgain(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code === null ? 128 + constants.signals[signal] : code));
}

/** Whether this is a clone whose packages nobody has installed: the published package has no lockfile. */
const isBareClone = () => existsSync(beside('package-lock.json')) && !existsSync(beside('node_modules'));

async function main() {
  if (isBareClone()) {
    console.error('The packages of this clone are not installed yet; run "npm ci" in it first.');
    process.exitCode = 1;
    return undefined;
  }
  if (majorOf(process.version) >= NEEDED) {
    const built = new URL('../dist/cli/main.js', import.meta.url);
    const { main: tally } = await import(
      existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href
    );
    return tally(process.argv.slice(2));
  }
  const node = findNode();
  if (node !== undefined) return runAgain(node);
  console.error(
    `tally needs Node ${NEEDED} or newer, and this is ${process.version}; install it and try again.`,
  );
  process.exitCode = 1;
}

main();
