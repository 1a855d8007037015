// Completion as bash does it: its own machinery runs the script, with the words of a line and a cursor.
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { temporaryFolder } from '../support/images.ts';
import { helloEngine, IMAGE, OFFERED, startPeer } from '../support/mesh.ts';
import { tally } from '../support/tally.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

/** A line is typed in a bash that has the script; what it offers at its end. */
async function completer() {
  const folder = await temporaryFolder();
  const script = await tally({}, 'completion', 'bash');
  expect(script.code).toBe(0);
  await writeFile(join(folder, 'completion.bash'), script.said);
  await writeFile(join(folder, 'tally'), `#!/bin/sh\nexec '${process.execPath}' '${TALLY}' "$@"\n`);
  await chmod(join(folder, 'tally'), 0o755);
  return (line: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const typed = [
      `source '${folder}/completion.bash'`,
      `COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}`,
      // As readline looks it up
      '$(complete -p tally | sed "s/.*-F \\([^ ]*\\).*/\\1/")',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: bash reads it
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n');
    const PATH = `${folder}:${process.env.PATH}`;
    return new Promise((resolve, reject) => {
      execFile('bash', ['-c', typed], { env: { ...process.env, ...env, PATH } }, (error, out, err) => {
        if (error !== null || err !== '') reject(new Error(`${error} ${err}`));
        else resolve(out.split('\n').filter((word) => word !== ''));
      });
    });
  };
}

describe('completion in bash', () => {
  it('knows every verb, the options of each, the verbs within, and words that an option takes', async () => {
    const complete = await completer();
    expect(await complete('tally ')).toEqual(VERBS.map(({ name }) => name));
    expect(await complete('tally xe')).toEqual([]);
    expect(await complete('tally ins')).toEqual(['inspect']);
    expect(await complete('tally --home /x st')).toEqual(['stats', 'stop']);
    expect(await complete('tally logs --s')).toEqual(['--since']);
    expect(await complete('tally run --health-h')).toEqual(['--health-http']);
    expect(await complete('tally images ')).toEqual(['list', 'add', 'remove', 'push', 'cached']);
    expect(await complete('tally images push --')).toContain('--to');
    expect(await complete('tally up --log ')).toEqual(['people', 'json']);
    // What follows the dashes is not of tally
    expect(await complete('tally run web -- --')).toEqual([]);
    for (const { name } of VERBS) expect(await complete(`tally ${name} --h`)).toContain('--help');
  });

  it('asks the running peer for names, and says nothing where none runs', async () => {
    const complete = await completer();
    const host = await startPeer({ engine: helloEngine() });
    const body = { resources: OFFERED, images: [IMAGE.name] };
    const { series } = await answerOf(host.client.POST('/v1/offers', { body }));
    const tenant = await startPeer({ bootstrap: [host] });
    const bid = {
      ...{ image: IMAGE.name, maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
      resources: { cpuMillis: 100, memoryBytes: 16 * 2 ** 20 },
    };
    const place = (name: string) => placeBid(tenant.client, { ...bid, name });
    await vi.waitFor(() => place('web'), { timeout: 20_000, interval: 100 });
    await place('db');
    const at = `tally --home ${tenant.home}`;
    expect((await complete(`${at} logs `)).toSorted()).toEqual(['db', 'web']);
    expect(await complete(`${at} logs -f w`)).toEqual(['web']);
    expect(await complete('tally stop d', { TALLY_HOME: tenant.home })).toEqual(['db']);
    expect(await complete(`tally --home ${host.home} offer --withdraw `)).toEqual([series]);
    expect(await complete(`tally --home ${host.home} inspect `)).toHaveLength(2);
    expect(await complete(`${at} trust why 12D3`)).toEqual([host.peer.peer]);
    const nowhere = await temporaryFolder();
    expect(await complete(`tally --home ${nowhere} logs `)).toEqual([]);
  });
});

describe('completion in zsh', () => {
  it('is a script that zsh reads, where there is one', async () => {
    const { said } = await tally({}, 'completion', 'zsh');
    expect(said).toMatch(/compdef _tally tally tallymesh/);
    const file = join(await temporaryFolder(), '_tally');
    await writeFile(file, said);
    const code = await new Promise<unknown>((resolve) =>
      execFile('zsh', ['-n', file], (error) => resolve(error?.code ?? 0)),
    );
    expect([0, 'ENOENT']).toContain(code);
  });
});
