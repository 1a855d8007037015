// The firewall rules of this machine: they stand before a container starts, and go when nothing is left to guard.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { type Firewall, openFirewall } from '../../src/runtime/docker/firewall.ts';
import { Guarding } from '../../src/runtime/docker/guarding.ts';

const { signal } = new AbortController();

/** A firewall whose rules are a set, and which takes a moment for each step. */
function rules() {
  const standing = new Set<string>();
  const fault: { now: Error | undefined } = { now: undefined };
  const looks = { count: 0 };
  const firewall: Firewall = {
    available: true,
    async guard(peer) {
      looks.count += 1;
      await Promise.resolve();
      if (fault.now !== undefined) throw fault.now;
      const isNew = !standing.has(peer);
      standing.add(peer);
      return isNew;
    },
    async release(peer) {
      await Promise.resolve();
      standing.delete(peer);
    },
  };
  return { standing, fault, looks, firewall };
}

describe('guarding', () => {
  const somebody = (isIdle: () => Promise<boolean> = async () => true) => {
    const { standing, fault, looks, firewall } = rules();
    const said: string[] = [];
    const say = (_: object, sentence: string) => said.push(sentence);
    const log = { ...silentLog, warn: say, error: say } as unknown as Log;
    const guarding = new Guarding({ firewall: async () => firewall, isIdle, log });
    return { standing, fault, looks, said, guarding };
  };

  it('takes all rules away that guard against nothing, and sets none after', async () => {
    const { guarding, standing } = somebody();
    await guarding.guard('one');
    const guarded = guarding.guard('two');
    guarding.close();
    const late = guarding.guard('three');
    await guarding.releaseAll(signal);
    // Which was not set yet as it was closed
    await expect(guarded).rejects.toMatchObject({ code: 'STOPPING' });
    await expect(late).rejects.toMatchObject({ code: 'STOPPING' });
    expect([...standing]).toEqual([]);
  });

  it('leaves a rule that was asked for while another look found nothing to guard', async () => {
    const looked = Promise.withResolvers<boolean>();
    const { guarding, standing } = somebody(() => looked.promise);
    await guarding.guard('peer');
    const released = guarding.release('peer', signal);
    const guarded = guarding.guard('peer');
    looked.resolve(true);
    await Promise.all([released, guarded]);
    expect([...standing]).toEqual(['peer']);
  });

  it('looks once for all that ask while another look goes on, and anew for who asks then', async () => {
    const { guarding, standing, looks } = somebody();
    const first = guarding.guard('peer');
    // The first has begun to look: it may be before the rule was taken away
    await Promise.resolve();
    const others = Array.from({ length: 10 }, () => guarding.guard('peer'));
    await first;
    standing.delete('peer');
    await Promise.all(others);
    expect(looks.count).toBe(2);
    expect([...standing]).toEqual(['peer']);
    await guarding.guard('peer');
    expect(looks.count).toBe(3);
  });

  it('leaves a rule as long as there is something to guard, or nobody can tell', async () => {
    const busy = somebody(async () => false);
    await busy.guarding.guard('peer');
    await busy.guarding.releaseAll(signal);
    expect([...busy.standing]).toEqual(['peer']);
    const silent = somebody(async () => Promise.reject(new TallyError('ENGINE_UNREACHABLE')));
    await silent.guarding.guard('peer');
    await expect(silent.guarding.releaseAll(signal)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect([...silent.standing]).toEqual(['peer']);
  });

  it('says that a rule was gone, not that one is set for the first time or again after a release', async () => {
    const { guarding, standing, said } = somebody();
    await guarding.guard('peer');
    await guarding.guard('peer');
    await guarding.release('peer', signal);
    await guarding.guard('peer');
    expect(said).toEqual([]);
    standing.clear();
    await guarding.guard('peer');
    expect(said).toEqual([expect.stringContaining('was gone')]);
  });

  it('lets nothing start while no rule can be set, which it says once', async () => {
    const { guarding, fault, said } = somebody();
    fault.now = new Error('no room in the table');
    for (let looks = 0; looks < 3; looks += 1)
      await expect(guarding.guard('peer')).rejects.toMatchObject({ code: 'INSTANCE_START_FAILED' });
    expect(said).toHaveLength(1);
    fault.now = undefined;
    await guarding.guard('peer');
    fault.now = new Error('again');
    await expect(guarding.guard('peer')).rejects.toThrow();
    expect(said).toHaveLength(2);
  });
});

describe('a firewall', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallymesh-'));
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  /** An `iptables` that writes down what it is asked (`-C`, `-I`, …) and answers by this `case` of the shell. */
  async function iptables(answers: string): Promise<() => Promise<string[]>> {
    const [program, asked] = [join(folder, 'iptables'), join(folder, 'asked')];
    await writeFile(program, `#!/bin/sh\necho "$3" >>${asked}\ncase "$3" in ${answers} esac\n`);
    await chmod(program, 0o755);
    return async () => (await readFile(asked, 'utf8')).trim().split('\n');
  }

  it('sets a rule that is not there, and none that is', async () => {
    const asked = await iptables(
      '-C) exit $(cat "$0.there" 2>/dev/null || echo 1);; -I) echo 0 >"$0.there";;',
    );
    const firewall = await openFirewall('10.203.0.0/16');
    expect(firewall.available).toBe(true);
    expect(await firewall.guard('peer')).toBe(true);
    expect(await firewall.guard('peer')).toBe(false);
    expect(await asked()).toEqual(['-S', '-C', '-I', '-C']);
  });

  it('does not take busy tables for the absence of a rule', async () => {
    const asked = await iptables('-C | -D) exit 4;;');
    const firewall = await openFirewall('10.203.0.0/16');
    await expect(firewall.guard('peer')).rejects.toThrow();
    await expect(firewall.release('peer')).rejects.toThrow();
    expect(await asked()).toEqual(['-S', '-C', '-D']);
  });

  it('is not given up for good because the tables were busy', async () => {
    await iptables('-S) echo "Another app is currently holding the xtables lock" >&2; exit 4;;');
    await expect(openFirewall('10.203.0.0/16')).rejects.toThrow();
    await iptables('-S) echo "Permission denied (you must be root)" >&2; exit 4;;');
    expect(await openFirewall('10.203.0.0/16')).toMatchObject({ available: false });
  });
});
