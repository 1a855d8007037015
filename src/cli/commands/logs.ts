// tally logs: what a container wrote.
import type { Command } from 'commander';
import { readLogs, type Schemas } from '../../api/client.ts';
import { isTerminal, printJson, printLine, printRaw } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { findDeployment } from '../deployment-id.ts';
import { EXIT } from '../exit.ts';
import { parseCount } from '../quantities.ts';

const RAW_TO_TERMINAL =
  'error: --raw is for files and pipes, on both outputs: what a container writes could steer your terminal';

interface Options {
  readonly raw?: boolean;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly replica?: number;
}

/** Adds what it takes and does. */
export function addLogs(logs: Command): void {
  logs
    .argument('<deployment>', 'name of a deployment, or the beginning of its id')
    .option('-f, --follow', 'continue with new lines until Ctrl-C')
    .option('--replica <number>', 'which copy; copies are counted from 0', parseCount)
    .option('--tail <lines>', 'how many earlier lines to show', parseCount)
    .option('--raw', 'write lines as they are, with what would steer a terminal; for files and pipes')
    .action(
      async (given: string, { follow = false, tail, replica, raw = false }: Options, command: Command) => {
        const context = contextOf(command);
        const { client } = await connect(context.home);
        const { id } = await findDeployment(client, given);
        const query = {
          follow,
          ...(tail === undefined ? {} : { tail }),
          ...(replica === undefined ? {} : { replica }),
        };
        const show = context.json ? printJson : showAs(raw, command);
        for await (const line of readLogs(client, id, query)) show(line);
      },
    );
}

function showAs(raw: boolean, command: Command): (line: Schemas['LogLine']) => void {
  if (raw && (isTerminal('stdout') || isTerminal('stderr')))
    command.error(RAW_TO_TERMINAL, { exitCode: EXIT.usage });
  return ({ stream, text }) => (raw ? printRaw : printLine)(stream, text);
}
