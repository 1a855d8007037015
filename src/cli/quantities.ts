// Sizes, times and amounts as people type them; wrong ones are usage errors. The functions that show them are in lib/amounts.ts.
import { InvalidArgumentError } from 'commander';
import { SPANS } from '../lib/amounts.ts';
import { systemClock } from '../lib/clock.ts';
import { GIB, KIB, MIB, SECOND_MS } from '../lib/units.ts';

/** As people type them: `512m` and `2g` are what they are to container engines, in steps of 1,024. */
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  K: KIB,
  M: MIB,
  G: GIB,
  T: KIB * GIB,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
  KIB: KIB,
  MIB: MIB,
  GIB: GIB,
  TIB: KIB * GIB,
};

/** The least and the most that a container can run with, and prices are for whole MiB (records/common.ts, RESERVED). */
const LEAST_CPU_MILLIS = 10;
const MOST_CPU_MILLIS = 1_024_000;
const LEAST_MEMORY_BYTES = 8 * MIB;
const MOST_BYTES = 2 ** 50;

/** Bytes of `512MiB`, `2GiB`, `512m`, `2g`, `1.62 GiB`, without a fraction of a byte; a bare number is bytes. */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const bytes = Number(number) * (SIZES[unit.toUpperCase() || 'B'] ?? Number.NaN);
  return wholeSteps(bytes, 1, 'Write a size like 512MiB or 2GiB.');
}

/** Bytes of disk, rounded down to whole MiB, so that a size that was shown can be typed; none is allowed. */
export function parseDisk(text: string): number {
  const sentence = 'Write a size of at least 1MiB, like 512MiB or 1.5GiB, or 0.';
  const bytes = wholeSteps(parseSize(text), MIB, sentence);
  return bytes <= MOST_BYTES ? bytes : wrong('Write a size of at most 1024TiB, like 512MiB or 1.5GiB.');
}

/** Bytes of memory, rounded down to whole MiB, as much as a container needs at least. */
export function parseMemory(text: string): number {
  const bytes = parseDisk(text);
  return bytes >= LEAST_MEMORY_BYTES ? bytes : wrong('Write a size of at least 8MiB, like 512MiB or 2GiB.');
}

/** Milliseconds of `90s`, `1h`, `1h30m`, `1.67 h`, `2d`. */
export function parseDuration(text: string): number {
  return exact(spanOf(text), 'Write a time like 90s, 1h30m or 2d.');
}

/** Not a number for what is no span of time. */
function spanOf(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)];
  const whole = parts.map(([part]) => part).join('') === text.trim() && parts.length > 0;
  const sum = parts.reduce((total, [, number, unit = '']) => total + Number(number) * (SPANS[unit] ?? 0), 0);
  return whole ? sum : Number.NaN;
}

/** Milliseconds of a stretch that something is to last: a second or more. */
export function parseSpan(text: string): number {
  const spanMs = parseDuration(text);
  return spanMs >= SECOND_MS ? spanMs : wrong('Write a time of at least one second, like 90s, 1h30m or 2d.');
}

/** A time in milliseconds since 1970: so long ago, as in `10m`, or as ISO 8601 has it; without a zone it is that of this machine. */
export function parseWhen(text: string): number {
  const isDate =
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i.test(text);
  // A day alone would be one of Greenwich
  const date = Date.parse(text.length === 10 ? `${text}T00:00` : text);
  const agoMs = isDate
    ? 0
    : exact(spanOf(text), 'Write how long ago, like 10m, or a time, like 2026-11-30T18:05Z.');
  const ms = isDate ? date : systemClock.nowMs() - agoMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : wrong(`"${text}" is no time of the calendar.`);
}

/** Thousandths of `0.5`, `2`, as much as a container needs at least. */
export function parseCpus(text: string): number {
  const millis = fixedPoint(text, 3) ?? Number.NaN;
  if (millis >= LEAST_CPU_MILLIS && millis <= MOST_CPU_MILLIS) return millis;
  return wrong('Write a number of cpus from 0.01 to 1024, like 0.5 or 2, with at most three decimals.');
}

/** Microcredits of `0.7`, `2`. */
export function parseCredits(text: string): number {
  return fixedPoint(text, 6) ?? wrong('Write a number of credits like 0.7 or 2, with at most six decimals.');
}

/** A whole number, as for `--tail`. */
export function parseCount(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : wrong('Write a whole number.');
}

/** A whole number of things that there is no use in having none of, as for `--replicas`. */
export function parseSome(text: string): number {
  const count = parseCount(text);
  return count >= 1 ? count : wrong('Write a whole number of at least 1.');
}

/** A port to listen on; 0 means a free one. */
export function parseListenPort(text: string): number {
  const port = parseCount(text);
  return port <= 65_535 ? port : wrong('Write a port from 0 to 65535; 0 chooses a free port.');
}

/** A port. */
export function parsePort(text: string): number {
  const port = parseCount(text);
  return port >= 1 && port <= 65_535 ? port : wrong('Write a port from 1 to 65535.');
}

/** Hosts of registries with commas between them; `*` is any. */
export function parseRegistries(text: string): string[] {
  const hosts = text.split(',').map((each) => each.trim().toLowerCase());
  return hosts.every((each) => /^(?:\*|[a-z0-9][a-z0-9.-]*(?::\d{1,5})?)$/.test(each))
    ? hosts
    : wrong('Write hosts of registries like docker.io,ghcr.io or registry.example:5000, or "*".');
}

/** `NAME=value`, added to those before it. */
export function parseEnv(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(text) ?? [];
  return name === undefined || value === undefined
    ? wrong('Write NAME=value.')
    : { ...before, [name]: value };
}

/** The variables of a file of lines `NAME=value`; empty lines and those that begin with `#` are left out. */
export function parseEnvFile(text: string): Record<string, string> {
  let variables: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const [name] = /^\s*[A-Za-z_][A-Za-z0-9_]*(?==)/.exec(line) ?? [];
    if (name === undefined) return wrong(`Line ${index + 1} of the file is not NAME=value.`);
    variables = { ...variables, [name.trim()]: line.slice(name.length + 1) };
  }
  return variables;
}

/** A decimal number times ten to the `places`, digit by digit, so that nothing is rounded. */
function fixedPoint(text: string, places: number): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > places) return undefined;
  return Number(whole + fraction.padEnd(places, '0'));
}

/** The number rounded down to whole steps; one that is less than a step, and not 0, is a usage error. */
function wholeSteps(value: number, step: number, sentence: string): number {
  // Binary fractions lose a little
  const steps = Math.floor((value + 1e-6) / step);
  return Number.isSafeInteger(steps * step) && (steps > 0 || value === 0) ? steps * step : wrong(sentence);
}

/** The number when it is whole, but for what binary fractions lose; else a usage error. */
function exact(value: number, sentence: string): number {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) && Math.abs(value - rounded) < 1e-6 ? rounded : wrong(sentence);
}

function wrong(sentence: string): never {
  throw new InvalidArgumentError(sentence);
}
