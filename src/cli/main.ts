// tally: the verbs, the options they share, and how it ends.

import { Command } from 'commander';
import { TALLY } from '../lib/program.ts';
import { endWithReader, printError, printJson, printThrown, write } from '../lib/terminal.ts';
import { VERSION } from '../version.ts';
import { CommandFailed, EXIT, exitCodeOf, failureOf, showFailure } from './exit.ts';
import { VERBS } from './verbs.ts';

/** Runs tally with its arguments; the exit code is set, not thrown. */
export async function main(args: readonly string[]): Promise<void> {
  endWithReader();
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    await report(error, args.includes('--json'));
  }
}

/**
 * The program with all its verbs, and with the code of those whose names are among the arguments. Wrong usage is thrown
 * as a CommanderError.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command(TALLY)
    .description('A peer-to-peer cloud: offer your machine, and run containers on the machines of others.')
    .version(VERSION)
    .option('--home <folder>', 'home folder of the peer (default: TALLY_HOME, or ~/.tallymesh)')
    .option('--json', 'print the answer as JSON, for programs')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => write('stdout', text),
      writeErr: (text) => write('stderr', text),
    })
    .showHelpAfterError('Use --help to see the arguments and options.');
  for (const { name, does, load } of VERBS) {
    const verb = program.command(name).description(does);
    if (args.includes(name)) (await load())(verb);
  }
  return program;
}

/** Says what went wrong; commander and commands that failed by their own finding have spoken already. */
async function report(error: unknown, json: boolean): Promise<void> {
  const failure = failureOf(error);
  if (failure === undefined) {
    const spoken =
      exitCodeOf(error) === EXIT.usage || process.exitCode === EXIT.done || error instanceof CommandFailed;
    if (!spoken) printThrown(error);
    return;
  }
  const { code, detail, details } = failure;
  if (json) {
    printJson({ error: { code, detail, details } });
    return;
  }
  const {
    matchIn,
    refusalsIn,
    registryIn,
    showChoices,
    showDigests,
    showLeft,
    showNothingMatched,
    showRefusals,
  } = await import('./match-text.ts');
  const [match, refusals] = [matchIn(details), refusalsIn(details)];
  if (refusals !== undefined)
    printError(`${showFailure(failure)}\n${showRefusals(refusals, String(details.tenant))}`);
  else if (match === undefined)
    printError(`${showFailure(failure)}${showChoices(details)}${showDigests(details)}${showLeft(details)}`);
  else printError([`${code}: ${detail}`, showNothingMatched(match, registryIn(details))].join('\n\n'));
}
