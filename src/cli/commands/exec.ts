// tally exec: a program in a container, beside the one that runs there.
import { type Command, InvalidArgumentError } from 'commander';
import type { Schemas } from '../../api/client.ts';
import { openExec, type Session } from '../../api/session-client.ts';
import { TallyError } from '../../lib/errors.ts';
import { TALLY } from '../../lib/program.ts';
import {
  decodeExit,
  decodeFailure,
  encodeFrame,
  encodeFrames,
  encodeSize,
  FRAME,
} from '../../lib/program-io.ts';
import { passOn, printError } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { sayWhereDashesBelong } from '../dashes.ts';
import { findCopy } from '../deployment-id.ts';
import { CommandFailed, EXIT, failureOf, showFailure } from '../exit.ts';
import { giveKeys, onResize, terminalSize } from '../given-terminal.ts';

const HELP = `
Write "--" before the program, so that its options are its own: ${TALLY} exec web -- ls -l /. No shell reads its arguments; for one,
name it: ${TALLY} exec web -- sh -c 'echo $HOME'.
With a terminal here the program gets one too, and every key goes to it. Else it reads nothing unless you give -i, and what it writes
to its two outputs stays apart. It has the rights and limits of the container, and ends with this command: what is to go on is
to be run with "${TALLY} run".
The exit code is that of the program; 126 if it cannot be run, 127 if it is not there, 125 if the connection to it broke off.`;

/** Whoever forgets it is told that an option of the program is unknown. */
const AFTER_DASHES = `Write "--" before the program, as in: ${TALLY} exec web -- ls -l /`;

/** The connection broke off, or the engine: how the program ended is not known. */
const LOST = 125;

/** As a shell says it of a program whose reader has gone. */
const NO_READER = 141;

interface Options {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Adds what it takes and does. */
export function addExec(exec: Command): void {
  sayWhereDashesBelong(exec, AFTER_DASHES);
  exec
    .argument(
      '<deployment>',
      'name of a deployment, or the beginning of its id; with several copies one of them, as in web.1',
    )
    .argument('[program...]', 'the program and its arguments, behind "--"')
    .option('-i, --interactive', 'pass on standard input; so it is where the program has a terminal')
    .option('-t, --tty', 'give it a terminal; so it is where standard input and output are one')
    .option('--no-tty', 'give it none')
    .option(
      '-u, --user <user>',
      'who runs it: a user of the image, or a number; the user of the container by default',
    )
    .option('-w, --workdir <folder>', 'where it begins; the folder of the container by default')
    .option('-e, --env <name=value>', 'a variable for it; can be repeated', parseVariable, {})
    .addHelpText('after', HELP)
    .action(async (given: string, program: string[], options: Options, command: Command) => {
      if (program.length === 0)
        command.error(`error: name a program behind "--", as in: exec ${given} -- ls /`, {
          exitCode: EXIT.usage,
        });
      const { url, token, client } = await connect(contextOf(command).home);
      const { deployment, replica } = await findCopy(client, given);
      const input = inputOf(options, program);
      const session = await openExec({ url, token }, deployment.id, {
        ...input,
        ...(replica === undefined ? {} : { replica }),
      });
      const code = await runHere(session, input);
      if (code !== EXIT.done) throw new CommandFailed(code);
    });
}

function inputOf(
  { interactive = false, tty, user, workdir, env }: Options,
  command: string[],
): Schemas['ExecInput'] {
  const isAtTerminal = process.stdin.isTTY === true;
  const hasTerminal = tty ?? (isAtTerminal && process.stdout.isTTY === true);
  const { TERM } = process.env;
  const term = hasTerminal && TERM !== undefined && /^[\w.+-]{1,64}$/.test(TERM) ? { TERM } : {};
  return {
    ...{ command, env: { ...term, ...env }, input: interactive || (hasTerminal && isAtTerminal) },
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { folder: workdir }),
    ...(hasTerminal ? { terminal: terminalSize() } : {}),
  };
}

/** Joins the program to the terminal, or the streams, of this process until it ends; its exit code. */
async function runHere(session: Session, { terminal, input = false }: Schemas['ExecInput']): Promise<number> {
  const restore = terminal === undefined ? () => {} : giveKeys();
  const unheed = terminal === undefined ? () => {} : onResize((size) => void session.send(encodeSize(size)));
  let wasCutOff = true;
  try {
    // The terminal may have another size by now
    if (terminal !== undefined) await session.send(encodeSize(terminalSize()));
    if (input) void sendInput(session);
    const code = await showOutput(session);
    wasCutOff = false;
    return code;
  } catch (error) {
    restore(wasCutOff);
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    printError(showFailure(failure));
    return LOST;
  } finally {
    unheed();
    restore(wasCutOff);
    session.close();
    process.stdin.destroy();
  }
}

async function sendInput(session: Session): Promise<void> {
  try {
    for await (const piece of process.stdin)
      for (const frame of encodeFrames(FRAME.stdin, piece)) await session.send(frame);
  } catch {
    // What cannot be read has ended
  }
  await session.send(encodeFrame(FRAME.stdin));
}

/** Until the program has ended; its exit code. Throws EXEC_LOST, and the code of what went wrong elsewhere. */
async function showOutput(session: Session): Promise<number> {
  const gone = Promise.withResolvers<number>();
  for (const output of [process.stdout, process.stderr]) output.on('error', () => gone.resolve(NO_READER));
  const read = async () => {
    for (let frame = await session.next(); frame !== undefined; frame = await session.next()) {
      const { kind, bytes } = frame;
      if (kind === FRAME.exit) return decodeExit(bytes);
      if (kind === FRAME.failed) throw decodeFailure(bytes);
      await passOn(kind === FRAME.stderr ? 'stderr' : 'stdout', bytes);
    }
    throw new TallyError('EXEC_LOST');
  };
  return Promise.race([read(), gone.promise]);
}

function parseVariable(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Write NAME=VALUE, as in DEBUG=1.');
  return { ...before, [name]: value };
}
