// Sizes, times and amounts: what people may type, and what they read.

import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePorts, readPort } from '../../src/cli/port-options.ts';
import {
  parseCount,
  parseCpus,
  parseCredits,
  parseDisk,
  parseDuration,
  parseEnv,
  parseEnvFile,
  parseListenPort,
  parseMemory,
  parsePort,
  parseSize,
  parseSome,
  parseSpan,
} from '../../src/cli/quantities.ts';
import { showCpus, showCredits, showDuration, showSize } from '../../src/lib/amounts.ts';
import { MIB } from '../../src/lib/units.ts';

type Case = [parse: (text: string) => unknown, text: string, value: unknown];

const good: Case[] = [
  [parseSize, '0', 0],
  [parseSize, '512MiB', 512 * 2 ** 20],
  [parseSize, '1.5 GiB', 1.5 * 2 ** 30],
  [parseSize, '2gb', 2_000_000_000],
  [parseSize, '1TiB', 2 ** 40],
  [parseSize, '512m', 512 * 2 ** 20],
  [parseSize, '2g', 2 * 2 ** 30],
  [parseSize, '64K', 64 * 2 ** 10],
  [parseDuration, '90s', 90_000],
  [parseDuration, '1.67 h', 6_012_000],
  [parseDuration, '1h30m', 5_400_000],
  [parseDuration, '0.5d', 43_200_000],
  [parseDuration, '250ms', 250],
  [parseCpus, '0.5', 500],
  [parseCpus, '2', 2_000],
  [parseCpus, '0.01', 10],
  [parseCpus, '1024', 1_024_000],
  [parseMemory, '8MiB', 8 * 2 ** 20],
  [parseDisk, '0', 0],
  [parseMemory, '1.62GiB', 1_658 * 2 ** 20],
  [parseMemory, '1.62 GiB', 1_658 * 2 ** 20],
  [parseMemory, '100MB', 95 * 2 ** 20],
  [parseDisk, '1.5GiB', 1.5 * 2 ** 30],
  [parseSpan, '1s', 1_000],
  [parseDuration, '0s', 0],
  [parseSome, '1', 1],
  [parseListenPort, '0', 0],
  [parseCredits, '0.7', 700_000],
  [parseCredits, '1.000001', 1_000_001],
  [parseCount, '12', 12],
  [parsePort, '8080', 8080],
  [parseEnv, 'A=b=c', { A: 'b=c' }],
  [parseEnv, 'A=', { A: '' }],
  [parseEnvFile, '# secrets\n\nA=b=c \r\n  B=\n', { A: 'b=c ', B: '' }],
];

const bad: [parse: (text: string) => unknown, text: string][] = [
  [parseSize, ''],
  [parseSize, '2 apples'],
  [parseSize, '-1'],
  [parseSize, '0.3B'],
  [parseSize, '1e3'],
  [parseSize, '99999999TiB'],
  [parseDuration, '90'],
  [parseDuration, '1h then'],
  [parseDuration, ''],
  [parseDuration, '0.1ms'],
  [parseCpus, '0.0005'],
  [parseCpus, 'two'],
  [parseCpus, '0'],
  [parseCpus, '0.009'],
  [parseCpus, '1025'],
  [parseMemory, '0'],
  [parseMemory, '4MiB'],
  [parseMemory, '-1GiB'],
  [parseMemory, '7.99MiB'],
  [parseMemory, '2048TiB'],
  [parseDisk, '1000'],
  [parseSpan, '0s'],
  [parseSpan, '999ms'],
  [parseSpan, '-1h'],
  [parseSome, '0'],
  [parseListenPort, '65536'],
  [parseCpus, '-2'],
  [parseCredits, '0.0000001'],
  [parseCredits, '1,5'],
  [parseCount, '1.5'],
  [parsePort, '0'],
  [parsePort, '65536'],
  [parsePort, '8080:80'],
  [parseEnvFile, 'A=1\nB'],
  [parseEnv, '=x'],
  [parseEnv, '9A=x'],
  [parseEnv, 'A'],
];

test.each(good)('%o reads %j', (parse, text, value) => {
  expect(parse(text)).toEqual(value);
});

test.each(bad)('%o refuses %j as wrong usage', (parse, text) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError);
});

test('a port of a container can have one of this machine before it', () => {
  const here = { ip: '127.0.0.1', localPort: 8080 };
  expect(readPort('80')).toEqual({ port: 80 });
  expect(readPort('8080:80')).toEqual({ port: 80, local: here });
  expect(readPort(':80')).toEqual({ port: 80, local: { ...here, localPort: 0 } });
  expect(readPort('192.0.2.7:8080:80')).toEqual({ port: 80, local: { ...here, ip: '192.0.2.7' } });
  expect(readPort('[::1]:8080:80')).toEqual({ port: 80, local: { ...here, ip: '::1' } });
  for (const text of [
    '',
    ':',
    '0',
    '8080:0',
    '65536',
    '70000:80',
    'a:80',
    '1:2:3:4',
    '::1:8080:80',
    'localhost:1:2',
  ])
    expect(() => readPort(text), text).toThrow(InvalidArgumentError);
  expect(parsePorts('8080:81', parsePorts('80'))).toEqual([{ port: 80 }, { port: 81, local: here }]);
});

test('repeated variables add up', () => {
  expect(parseEnv('B=2', parseEnv('A=1'))).toEqual({ A: '1', B: '2' });
});

describe('amounts read as they were typed', () => {
  test('credits, to the last microcredit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (amount) => {
        expect(parseCredits(showCredits(amount).replace(' cr', ''))).toBe(amount);
      }),
    );
  });

  test('sizes that are shown rounded down, in whole MiB and never more than was meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 2 ** 24 }), fc.constantFrom('', ' '), (mebibytes, space) => {
        const shown = showSize(mebibytes * MIB, 'down').replace(' ', space);
        const typed = parseMemory(shown);
        expect(typed % MIB).toBe(0);
        expect(typed).toBeLessThanOrEqual(mebibytes * MIB);
        // Two decimals are shown below 10, and one from there on
        expect(typed).toBeGreaterThan(mebibytes * MIB * 0.98);
      }),
    );
  });

  test('times that are shown rounded down, never more than was meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 10 ** 9 }), fc.constantFrom('', ' '), (ms, space) => {
        const typed = parseSpan(showDuration(ms, 'down').replace(' ', space));
        expect(typed).toBeLessThanOrEqual(ms);
        expect(typed).toBeGreaterThan(ms * 0.98);
      }),
    );
  });

  test.each([
    [showSize, 2 ** 31, '2 GiB'],
    [showSize, 1.5 * 2 ** 20, '1.5 MiB'],
    [showSize, 0, '0 KiB'],
    [showDuration, 3_600_000, '1 h'],
    [showDuration, 5_400_000, '1.5 h'],
    [showDuration, 0, '0 ms'],
    [showCpus, 500, '0.5 cpus'],
    [showCpus, 1_000, '1 cpu'],
    [showCpus, 1_666, '1.666 cpus'],
    [showCpus, 12_000, '12 cpus'],
    [showCredits, 0, '0 cr'],
    [showCredits, 10_000_000, '10 cr'],
  ])('%o of %d is %s', (show, value, text) => {
    expect(show(value)).toBe(text);
  });
});
