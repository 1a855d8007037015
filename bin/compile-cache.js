// Keeps what Node compiles of tally for the next call, in the cache folder of this user. Node runs what it finds there, so
// only folders are used that nobody else can write to. This file is JavaScript: what strips types takes some 40 ms to load,
// and with kept code nothing else needs it.
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** So many installations keep compiled code: one is a version of tally in a place, with a version of Node. */
const MAX_INSTALLATIONS = 6;

/** What begins the name of an installation's folder: the versions. */
const INSTALLATION = /^\d+\.\d+\.\d+.*-v\d+\.\d+\.\d+/;

/** The longest part of an installation's path that its folder's name holds. */
const MAX_NAME = 100;

const INSTALLED = fileURLToPath(new URL('..', import.meta.url));

/** Keeps compiled code where that is possible and safe; nothing happens, and nothing is thrown, where it is not. */
export function keepCompiled() {
  try {
    if (module.enableCompileCache === undefined || isSettled()) return;
    const folder = ownFolder(installationName());
    if (folder !== undefined) module.enableCompileCache(folder);
  } catch {
    // Without compiled code everything works, more slowly.
  }
}

/** Whether the user has said by Node's own variables where compiled code is kept, or that none is. */
function isSettled() {
  return module.getCompileCacheDir() !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE === '1';
}

/** As in `0.2.0-v24.21.0-usr-lib-node_modules-tallymesh`. */
function installationName() {
  const { version } = JSON.parse(readFileSync(join(INSTALLED, 'package.json'), 'utf8'));
  const place = INSTALLED.replace(/[^A-Za-z0-9_]+/g, '-').replace(/-$/, '');
  return `${version}-${process.version}${place.slice(-MAX_NAME)}`;
}

/** The folder of this installation in the user's cache; undefined where others could write to it. */
function ownFolder(name) {
  const { XDG_CACHE_HOME: given = '' } = process.env;
  const cache = isAbsolute(given) ? given : join(homedir(), '.cache');
  // Whoever runs tally with the home of another user, as sudo does, leaves nothing there that this one cannot write to.
  if (!isOurs(statSync(existsSync(cache) ? cache : dirname(cache)))) return undefined;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const compiled = join(cache, 'tallymesh/compiled');
  if (!isPrivate(dirname(compiled)) || !isPrivate(compiled)) return undefined;
  const folder = join(compiled, name);
  if (!existsSync(folder)) removeOldest(compiled);
  return isPrivate(folder) ? folder : undefined;
}

/** Whether a folder is of this user and of nobody else; it is made when it is absent. */
function isPrivate(folder) {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  return found.isDirectory() && isOurs(found) && (process.platform === 'win32' || (found.mode & 0o022) === 0);
}

function isOurs({ uid }) {
  return process.getuid === undefined || uid === process.getuid();
}

/** Makes room for one more installation. */
function removeOldest(compiled) {
  const installations = readdirSync(compiled).filter((name) => INSTALLATION.test(name));
  const madeMs = (name) => statSync(join(compiled, name)).birthtimeMs;
  const newestFirst = installations.sort((one, other) => madeMs(other) - madeMs(one));
  for (const name of newestFirst.slice(MAX_INSTALLATIONS - 1))
    rmSync(join(compiled, name), { recursive: true });
}
