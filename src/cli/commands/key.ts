// tally key: the id of this peer, and a sealed copy of its key that can be kept anywhere.
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Settings } from '../../config.ts';
import { TallyError } from '../../lib/errors.ts';
import { TALLY } from '../../lib/program.ts';
import { answer, contextOf } from '../context.ts';
import { passphrase } from '../passphrase.ts';
import { list } from '../table.ts';

const homes = () => import('../../home.ts');
const keyFiles = () => import('../../key-file.ts');

/** Adds what it takes and does. */
export function addKey(key: Command): void {
  key
    .command('show')
    .description('show the peer id and the network of this home')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { openHome } = await homes();
      const { identity, config } = await openHome(context.home);
      const shown = { peer: identity.peer, network: config.network };
      answer(context, shown, () => list(shown));
    });
  key
    .command('backup')
    .argument('<file>', 'a file that does not exist yet')
    .description('write key and settings to a file, encrypted with a passphrase')
    .action(async (file: string, _, command: Command) => {
      const context = contextOf(command);
      const { openHome, readSettings } = await homes();
      const { sealKey } = await keyFiles();
      const { identity } = await openHome(context.home);
      const settings = (await readSettings(context.home)) as Settings;
      const text = await sealKey({ seed: identity.seed, settings }, await passphrase(true));
      await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((cause) => unusable(file, cause));
      answer(context, { peer: identity.peer, file }, () => list({ peer: identity.peer, 'sealed in': file }));
    });
  key
    .command('restore')
    .argument('<file>', `a file of "${TALLY} key backup"`)
    .description('create a home from a backup; the receipts come back from the peers that signed them')
    .action(async (file: string, _, command: Command) => {
      const context = contextOf(command);
      const text = await readFile(file, 'utf8').catch((cause) => unusable(file, cause));
      const { openKey } = await keyFiles();
      const { seed, settings } = await openKey(text, await passphrase(false));
      const { createHome } = await homes();
      const { peer } = await createHome(context.home, settings, seed);
      answer(context, { peer, home: context.home }, () =>
        list({ peer, home: context.home, next: `${TALLY} up` }),
      );
    });
}

function unusable(file: string, cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
  throw new TallyError('KEY_BACKUP_INVALID', { file, reason }, { cause });
}
