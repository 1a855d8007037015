// A check that the engine runs again: its container is paused for a moment, and never left so.
import { beforeEach, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Reviving } from '../../src/runtime/docker/reviving.ts';

let did: string[];
let failing: { pause?: Error; resume?: Error };
let reviving: Reviving;

beforeEach(() => {
  [did, failing] = [[], {}];
  const step = (name: 'pause' | 'resume') => async () => {
    did.push(name);
    if (failing[name] !== undefined) throw failing[name];
  };
  reviving = new Reviving({
    ...{ log: silentLog, pause: step('pause'), resume: step('resume') },
    inLane: (_, run) => run(),
    failed: () => did.push('failed'),
  });
});

async function begin(): Promise<void> {
  reviving.begin('lease');
  await reviving.of('lease');
}

it('pauses a container and resumes it, once at a time', async () => {
  reviving.begin('lease');
  await begin();
  expect(did).toEqual(['pause', 'resume']);
  expect([reviving.of('lease'), reviving.isHalfway('lease')]).toEqual([undefined, false]);
});

it.each(['pause', 'resume'] as const)('resumes it later where the engine went away at the %s', async (at) => {
  failing = { [at]: new TallyError('ENGINE_UNREACHABLE') };
  await begin();
  expect(reviving.isHalfway('lease')).toBe(true);
  did.length = 0;
  failing = {};
  await begin();
  // Whether it had paused it, nobody knows: it is not paused once more
  expect(did).toEqual(['resume']);
  expect(reviving.isHalfway('lease')).toBe(false);
});

it('says that it failed, and leaves alone what is gone', async () => {
  failing = { pause: new TallyError('INSTANCE_UNKNOWN') };
  await begin();
  expect(did).toEqual(['pause', 'failed']);
  expect(reviving.isHalfway('lease')).toBe(false);
});
