// tally open: the address of a deployment in a browser, and the browser that shows it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import type { Schemas } from '../../api/client.ts';
import { TallyError } from '../../lib/errors.ts';
import { printError } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { findDeployment } from '../deployment-id.ts';
import { isOver } from '../deployment-text.ts';
import { parsePort } from '../quantities.ts';

interface Options {
  readonly port?: number;
  readonly print?: boolean;
}

/** Adds what it takes and does. */
export function addOpen(open: Command): void {
  open
    .argument('<deployment>', 'its name, or the beginning of its id')
    .option('--port <port>', 'a port of the container (default: the first that the bid names)', parsePort)
    .option('--print', 'only print the address')
    .action(async (given: string, { port, print }: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const deployment = await findDeployment(client, given);
      const url = addressOf(deployment, port);
      answer(context, { url }, () => url);
      if (print !== true && !context.json) await show(url);
    });
}

/** Throws DEPLOYMENT_NOT_RUNNING for one that is over, PORT_NOT_PUBLISHED, NAMES_NOT_SERVED. */
function addressOf({ state, ports, addresses, id }: Schemas['Deployment'], port = ports[0]): string {
  if (isOver({ state })) throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state });
  if (port === undefined || !ports.includes(port))
    throw new TallyError('PORT_NOT_PUBLISHED', { id, port, ports });
  const found = addresses.find((each) => each.port === port);
  if (found === undefined) throw new TallyError('NAMES_NOT_SERVED');
  return found.url;
}

/** The program that opens an address, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { linux: 'xdg-open', darwin: 'open' };

/** Opens the browser where there is one; the address is printed, so nothing is lost where there is none. */
async function show(url: string): Promise<void> {
  const program = OPENERS[process.platform];
  if (program === undefined) return;
  const browser = spawn(program, [url], { stdio: 'ignore', detached: true });
  const isThere = await Promise.race([
    once(browser, 'spawn').then(() => true),
    once(browser, 'error').then(() => false),
  ]).catch(() => false);
  if (isThere) browser.unref();
  else printError(`No browser was opened: this machine has no "${program}". Open the address yourself.`);
}
