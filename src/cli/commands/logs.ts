// tally logs: what the containers of a deployment wrote, and write.
import type { Command } from 'commander';
import { readLogs, type Schemas } from '../../api/client.ts';
import { isTerminal, painted, printJson, printLine, printRaw } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { findCopy } from '../deployment-id.ts';
import { EXIT } from '../exit.ts';
import { parseCount, parseWhen } from '../quantities.ts';

interface Options {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: number;
  readonly until?: number;
  readonly replica?: number;
  readonly timestamps?: boolean;
  readonly raw?: boolean;
}

type Line = Schemas['LogLine'];

const HELP = `
Standard output of the containers goes to standard output, and their standard error to standard error. With several copies the name of
the copy stands before each line. Times are those of the clocks of the volunteers. A line that begins with "[tallymesh:" is by a peer, and
says what is missing. With -f the command ends when the deployment has ended.`;

const RAW_TO_TERMINAL =
  'error: --raw is for files and pipes, on both outputs: what a container writes could steer your terminal';

/** Names of copies stand out from each other, and from what they write. */
const NAME_COLOURS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'cyanBright', 'yellowBright'] as const;

/** Adds what it takes and does. */
export function addLogs(logs: Command): void {
  logs
    .argument('<deployment>', 'name of a deployment, or the beginning of its id; of one copy as in web.1')
    .option('-f, --follow', 'continue with new lines, also of copies to come, until the deployment has ended')
    .option(
      '--since <time>',
      'only lines from then on: 10m ago, or a time as in 2026-11-30T18:05Z',
      parseWhen,
    )
    .option('--until <time>', 'only lines before then, written in the same way', parseWhen)
    .option(
      '--tail <lines>',
      'how many earlier lines of each copy to show (default: 1000, or all with a time)',
      parseCount,
    )
    .option('-t, --timestamps', 'the time before each line, in UTC')
    .option('--replica <number>', 'only this copy; copies are counted from 0', parseCount)
    .option('--raw', 'write lines as they are, with what would steer a terminal; for files and pipes')
    .addHelpText('after', HELP)
    .action(async (given: string, options: Options, command: Command) => {
      const { follow = false, tail, since: sinceMs, until: untilMs, raw } = options;
      if (raw === true && (isTerminal('stdout') || isTerminal('stderr')))
        command.error(RAW_TO_TERMINAL, { exitCode: EXIT.usage });
      if (follow && untilMs !== undefined)
        command.error('error: --until does not go with --follow', { exitCode: EXIT.usage });
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const found = await findCopy(client, given);
      const { id, name, replicas } = found.deployment;
      const { replica = found.replica } = options;
      const query = {
        follow,
        ...(tail === undefined ? {} : { tail }),
        ...(sinceMs === undefined ? {} : { sinceMs }),
        ...(untilMs === undefined ? {} : { untilMs }),
        ...(replica === undefined ? {} : { replica }),
      };
      const called = replicas > 1 && replica === undefined ? name || 'copy' : undefined;
      const show = context.json ? printJson : (line: Line) => showText(line, called, options);
      for await (const line of readLogs(client, id, query)) show(line);
    });
}

/** `web.1 | 2026-11-30T18:05:00.123Z text`. */
function showText(line: Line, called: string | undefined, { timestamps, raw }: Options): void {
  const { stream, text, atMs } = line;
  const time = timestamps === true ? `${new Date(atMs).toISOString()} ` : '';
  const before = (called === undefined ? '' : nameOf(line, called)) + painted('dim', time, stream);
  if (raw === true) printRaw(stream, before + text);
  else printLine(stream, text, before);
}

function nameOf({ replica, stream }: Line, called: string): string {
  const colour = NAME_COLOURS[replica % NAME_COLOURS.length] ?? 'cyan';
  return `${painted(colour, `${called}.${replica} |`, stream)} `;
}
