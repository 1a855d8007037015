// tally: the verbs, the options they share, and how it ends.
import { Command } from 'commander';
import { TALLY } from '../lib/program.ts';
import { VERSION } from '../version.ts';
import { addCredit } from './commands/credit.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEarnings } from './commands/earnings.ts';
import { addEvents } from './commands/events.ts';
import { addEvict } from './commands/evict.ts';
import { addInit } from './commands/init.ts';
import { addInvite } from './commands/invite.ts';
import { addKey } from './commands/key.ts';
import { addLeave } from './commands/leave.ts';
import { addLedger } from './commands/ledger.ts';
import { addLogs } from './commands/logs.ts';
import { addMarket } from './commands/market.ts';
import { addOffer } from './commands/offer.ts';
import { addPause } from './commands/pause.ts';
import { addPs } from './commands/ps.ts';
import { addResume } from './commands/resume.ts';
import { addRun } from './commands/run.ts';
import { addStop } from './commands/stop.ts';
import { addTop } from './commands/top.ts';
import { addTrust } from './commands/trust.ts';
import { addUp } from './commands/up.ts';
import { CommandFailed, EXIT, exitCodeOf, failureOf, showFailure } from './exit.ts';
import { matchIn, refusalsIn, showNothingMatched, showRefusals } from './match-text.ts';

const VERBS = [
  addInit,
  addUp,
  addDoctor,
  addInvite,
  addOffer,
  addPause,
  addResume,
  addEvict,
  addLeave,
  addMarket,
  addRun,
  addPs,
  addLogs,
  addStop,
  addEvents,
  addTop,
  addEarnings,
  addCredit,
  addLedger,
  addKey,
  addTrust,
  addDemo,
];

/** Runs tally with its arguments; the exit code is set, not thrown. */
export async function main(args: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    report(error, args.includes('--json'));
  }
}

/** The program with all its verbs; wrong usage is thrown as a CommanderError. */
export function createProgram(): Command {
  const program = new Command(TALLY)
    .description('A peer-to-peer cloud: offer your machine, run containers on those of others.')
    .version(VERSION)
    .option('--home <folder>', 'home folder of the peer (default: TALLY_HOME, or ~/.tallymesh)')
    .option('--json', 'answer with JSON, for programs')
    .exitOverride()
    .showHelpAfterError('Add --help for what it takes.');
  for (const add of VERBS) add(program);
  return program;
}

/** Says what went wrong; commander and commands that failed by their own finding have spoken already. */
function report(error: unknown, json: boolean): void {
  const failure = failureOf(error);
  if (failure === undefined) {
    const spoken =
      exitCodeOf(error) === EXIT.usage || process.exitCode === EXIT.done || error instanceof CommandFailed;
    if (!spoken) console.error(error);
    return;
  }
  const { code, detail, details } = failure;
  if (json) {
    console.log(JSON.stringify({ error: { code, detail, details } }));
    return;
  }
  const [match, refusals] = [matchIn(details), refusalsIn(details)];
  if (refusals !== undefined) console.error(`${showFailure(failure)}\n${showRefusals(refusals)}`);
  else console.error(match === undefined ? showFailure(failure) : `${code}: ${showNothingMatched(match)}`);
}
