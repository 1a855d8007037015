// tally logs: what a container wrote.
import type { Command } from 'commander';
import { readLogs, type Schemas } from '../../api/client.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { findDeployment } from '../deployment-id.ts';
import { parseCount } from '../quantities.ts';

interface Options {
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
    .action(async (given: string, { follow = false, tail, replica }: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const { id } = await findDeployment(client, given);
      const query = {
        follow,
        ...(tail === undefined ? {} : { tail }),
        ...(replica === undefined ? {} : { replica }),
      };
      const print = context.json ? printJson : printText;
      for await (const line of readLogs(client, id, query)) print(line);
    });
}

function printJson(line: Schemas['LogLine']): void {
  console.log(JSON.stringify(line));
}

function printText({ stream, text }: Schemas['LogLine']): void {
  if (stream === 'stderr') console.error(text);
  else console.log(text);
}
