// How tally ends: the exit codes that scripts rely on.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ApiError, type Schemas } from '../../src/api/client.ts';
import { connect } from '../../src/cli/connection.ts';
import { CommandFailed, EXIT, exitCodeOf, showFailure } from '../../src/cli/exit.ts';
import { createProgram } from '../../src/cli/main.ts';
import { showNothingMatched } from '../../src/cli/match-text.ts';
import { list, table } from '../../src/cli/table.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { describeError, ERROR_CODES, TallyError } from '../../src/lib/errors.ts';
import { NONE_FITS } from '../support/market-fake.ts';

const answered = (code: string) => new ApiError({ code, status: 409, detail: '', details: {} });

describe('the exit code', () => {
  test.each([
    ['a bid that nothing matched', answered('NOTHING_MATCHED'), 5],
    ['no peer that answers', answered('PEER_UNREACHABLE'), 3],
    ['no peer in the folder', new TallyError('HOME_ABSENT'), 3],
    ['no engine that answers', new TallyError('ENGINE_UNREACHABLE'), 3],
    ['a refusal of the peer', answered('ALL_REFUSED'), 4],
    ['a refusal without a peer', new TallyError('HOME_EXISTS'), 4],
    ['a code of a later version', answered('SOMETHING_NEW'), 4],
    ['a setting out of bounds', new TallyError('CONFIG_INVALID'), 2],
    ['a fault of ours', answered('INTERNAL'), 1],
    ['a finding that not all is well', new CommandFailed(), 1],
    ['an error without a code', new Error('?'), 1],
    ['wrong usage', new CommanderError(1, 'commander.unknownOption', ''), 2],
    ['help', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  ])('of %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  test('is one of seven for every code of the table', () => {
    const codes = new Set<number>(Object.values(EXIT));
    for (const code of ERROR_CODES) expect(codes).toContain(exitCodeOf(new TallyError(code)));
  });
});

describe('usage', () => {
  const parse = async (args: string[], writeOut = (_: string) => {}) => {
    const program = (await createProgram(args)).configureOutput({ writeErr: () => {}, writeOut });
    const settle = (parent: Command) => {
      for (const command of parent.commands) settle(command.copyInheritedSettings(parent));
    };
    settle(program);
    return program.parseAsync(args, { from: 'user' });
  };

  test.each([
    [['dance']],
    [['run']],
    [['run', 'web', '--cpus', 'many']],
    [['run', 'web', '--port', '0']],
    [['run', 'web', '--cpus', '0']],
    [['run', 'web', '--memory', '0']],
    [['run', 'web', '--disk', '-1GiB']],
    [['run', 'web', '--for', '0s']],
    [['run', 'web', '--grace', '0s']],
    [['run', 'web', '--replicas', '0']],
    [['run', 'web', '--gpus', '-1']],
    [['run', 'web', '--max-price', '-1']],
    [['evict']],
    [['leave', '--wait', '--now']],
    [['evict', 'x', '--all']],
    [['offer', '--cpus', '0']],
    [['offer', '--id', 'abc']],
    [['offer', '--id', 'abc', '--pull', 'registry.example']],
    [['offer', '--id', 'abc', '--list']],
    [['offer', '--add-image', 'a:1', '--id', 'abc', '--pull', 'registry.example']],
    [['offer', '--memory', '0']],
    [['offer', '--memory', '1000001']],
    [['offer', '--longest', '0s']],
    [['offer', '--price-cpu', '-0.1']],
    [['init', '--api-port', '65536']],
    [['invite', '--for', '0s']],
    [['top', '--every', '0s']],
    [['trust', 'add', 'x', '--for', '0s']],
    [['ledger', 'prune', '--keep-days', '0']],
    [['stop']],
    [['ps', '--color']],
    [['logs', 'web', '--tail', '-1']],
  ])('%j is wrong', async (args) => {
    const error = await parse(args).catch((thrown: unknown) => thrown);
    expect(exitCodeOf(error)).toBe(EXIT.usage);
  });

  test.each([[['run', '--help']], [['help', 'run']], [['--json', 'run', '-h']]])(
    '%j says what the verb takes',
    async (args) => {
      const said: string[] = [];
      await parse(args, (text) => said.push(text)).catch(() => {});
      expect(said.join('')).toMatch(/Usage: npx tallymesh run .*<image>[\s\S]*--max-price/);
    },
  );

  test('help shows defaults as people type them', async () => {
    const program = await createProgram(VERBS.map(({ name }) => name));
    const raw = program.commands.flatMap((verb) =>
      verb.options
        .filter(({ defaultValue, parseArg }) => typeof defaultValue === 'number' && parseArg !== undefined)
        .filter(({ defaultValue, defaultValueDescription = '' }) => {
          return defaultValue >= 1_000 && defaultValueDescription === '';
        })
        .map(({ flags }) => `${verb.name()} ${flags}`),
    );
    expect(raw).toEqual([]);
    const offer = program.commands.find((verb) => verb.name() === 'offer');
    expect(offer?.helpInformation()).toMatch(/default: 1\)[\s\S]*default: 1GiB\)/);
  });

  test('help is no failure', async () => {
    const error = await parse(['--help']).catch((thrown: unknown) => thrown);
    expect(exitCodeOf(error)).toBe(EXIT.done);
  });
});

test('a failure shows its code, what to do, and plain details only', () => {
  const details = { field: 'body.image', match: {} };
  expect(showFailure({ code: 'BAD_REQUEST', detail: 'Do this.', details })).toBe(
    'BAD_REQUEST: Do this.\n  field: body.image',
  );
});

test('a bid that nothing matched shows what removed the offers and what would help', () => {
  const text = showNothingMatched(NONE_FITS as unknown as Schemas['Match']);
  expect(text).toMatch(/None of 3 offers fits/);
  expect(text).toMatch(/price +2 +it costs more than the price limit\nmemory +1 +it has less memory/);
  expect(text).toMatch(/1\.08 credits an hour would do +2/);
});

test('tables are plain columns', () => {
  expect(
    table(
      ['id', 'price'],
      [
        ['a', 1],
        ['bcd', 22],
      ],
    ),
  ).toBe('ID   PRICE\na    1\nbcd  22');
  expect(list({ peer: 'p', nothing: undefined, api: 'u' })).toBe('peer  p\napi   u');
});

test('a verb tells a home without a peer from a peer that does not run', async () => {
  const home = await mkdtemp(join(tmpdir(), 'tally-connect-'));
  onTestFinished(() => rm(home, { recursive: true }));
  for (const absent of [home, join(home, 'none')])
    await expect(connect(absent)).rejects.toMatchObject({ code: 'HOME_ABSENT', details: { home: absent } });
  await writeFile(join(home, 'config.json'), '{}');
  await expect(connect(home)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
});

test('sentences of failures name no field that a terminal does not show', () => {
  for (const code of ['NOTHING_MATCHED', 'ALL_REFUSED', 'IMAGE_AMBIGUOUS'] as const)
    expect(describeError(code).sentence).not.toMatch(/"(match|refusals|digests)"/);
});
