// Imported before a program: writes down, when it ends, the address of every module that it loaded.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const loaded = [];

registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});

process.on('exit', () => writeFileSync(process.env.LOADED_MODULES, JSON.stringify(loaded)));
