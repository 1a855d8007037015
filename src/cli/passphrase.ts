// A passphrase: from the environment for programs, else typed at the terminal without an echo.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { TallyError } from '../lib/errors.ts';
import { write } from '../lib/terminal.ts';

/** TALLY_PASSPHRASE, or what is typed; `isNew` asks twice. Throws KEY_BACKUP_INVALID where there is nobody to ask. */
export async function passphrase(isNew: boolean): Promise<string> {
  const { TALLY_PASSPHRASE: given } = process.env;
  if (given !== undefined) return given;
  if (process.stdin.isTTY !== true)
    throw new TallyError('KEY_BACKUP_INVALID', {
      reason: 'there is no terminal to ask for the passphrase; set TALLY_PASSPHRASE',
    });
  const typed = await ask('Passphrase: ');
  if (isNew && (await ask('The same passphrase again: ')) !== typed)
    throw new TallyError('KEY_BACKUP_INVALID', { reason: 'the two passphrases differ' });
  return typed;
}

async function ask(question: string): Promise<string> {
  write('stderr', question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    write('stderr', '\n');
  }
}
