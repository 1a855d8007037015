// A process that uses the private engine of a project until its standard input ends; it prints what it got.
import { finished } from 'node:stream/promises';
import { ensureEngine } from '../../src/cli/engine-setup/ensure-engine.ts';

const engine = await ensureEngine({ projectDir: process.argv[2] ?? '.', line: () => {}, env: process.env });
console.log(JSON.stringify({ host: engine.host, startedHere: engine.startedHere }));
await finished(process.stdin.resume());
await engine.stop();
