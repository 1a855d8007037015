// A process that holds a ledger open until it is killed.
import { join } from 'node:path';
import { openDatabase } from '../../src/ledger/level-database.ts';

const [, , home = ''] = process.argv;
await openDatabase(join(home, 'db'));
process.stdout.write('open\n');
setInterval(() => {}, 60_000);
