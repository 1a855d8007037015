// Volumes, secrets and files as people write them on the command line.
import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { parseFile, parseSecret, parseSecretFile, parseVolume } from '../../src/cli/payload-options.ts';

type Case = [parse: (text: string) => unknown, text: string, value: unknown];

const good: Case[] = [
  [parseVolume, 'data:/var/lib/x', [{ name: 'data', path: '/var/lib/x' }]],
  [parseVolume, './site:/srv/www', [{ folder: './site', path: '/srv/www' }]],
  [parseVolume, '/abs/site:/srv/www', [{ folder: '/abs/site', path: '/srv/www' }]],
  [parseVolume, 'sub/site:/srv/www', [{ folder: 'sub/site', path: '/srv/www' }]],
  [parseVolume, '.:/srv/www', [{ folder: '.', path: '/srv/www' }]],
  [parseVolume, './a:b:/srv/www', [{ folder: './a:b', path: '/srv/www' }]],
  [parseSecret, 'pw=a=b', { pw: 'a=b' }],
  [parseSecret, 'tls.key=', { 'tls.key': '' }],
  [parseSecretFile, 'pw=./a=b', [{ name: 'pw', file: './a=b' }]],
  [parseFile, './app.conf:/etc/app.conf', [{ name: '/etc/app.conf', file: './app.conf' }]],
];

const bad: [parse: (text: string) => unknown, text: string][] = [
  [parseVolume, '/var/lib/x'],
  [parseVolume, 'data'],
  [parseVolume, 'data:relative'],
  [parseVolume, 'data:/x:ro'],
  [parseVolume, ':/x'],
  [parseVolume, 'da ta:/x'],
  [parseSecret, 'hunter2'],
  [parseSecret, 'a/b=x'],
  [parseSecret, '.hidden=x'],
  [parseSecretFile, '=x'],
  [parseFile, '/etc/app.conf'],
  [parseFile, 'app.conf:etc'],
];

test.each(good)('%o reads %j', (parse, text, value) => {
  expect(parse(text)).toEqual(value);
});

test.each(bad)('%o refuses %j as wrong usage', (parse, text) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError);
});
