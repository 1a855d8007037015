#!/usr/bin/env node
// Starts tally on Node 24: with the Node that runs this if it is new enough, else with the one of the project. Written
// for any Node from 14 on, so that an old one gets a sentence and not a syntax error.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { keepCompiled } from './compile-cache.js';

const NEEDED = 24;

const majorOf = (version) => Number(/^v?(\d+)/.exec(version)?.[1] || 0);
const beside = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The project's own Node, unless it is the one that runs this. */
function findNode() {
  const node = beside('node_modules/.bin/node');
  return existsSync(node) && realpathSync(node) !== realpathSync(process.execPath) ? node : undefined;
}

function refuse() {
  console.error(
    `tally needs Node ${NEEDED} or newer, and this is ${process.version}; install it and try again.`,
  );
  process.exitCode = 1;
}

/** Runs this file again with another Node; signals go through, and its exit code is ours. */
function runAgain(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', refuse);
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
  if (majorOf(process.version) < NEEDED) {
    const node = findNode();
    return node === undefined ? refuse() : runAgain(node);
  }
  keepCompiled();
  // A clone runs its sources, also after it was packed once; the package has no sources.
  const { main: tally } = await import(
    existsSync(beside('src'))
      ? new URL('../src/cli/main.ts', import.meta.url)
      : new URL('../dist/cli/main.js', import.meta.url)
  );
  return tally(process.argv.slice(2));
}

main();
