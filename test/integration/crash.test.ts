// A few episodes of `npm run crash`: real processes killed in the middle of co-signing, and disks that lose what was not
// synced. The long run is for whoever changes the ledger (docs/benchmarks.md).
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crash, type Ground, makeGround, playOne } from '../../bench/crash/run.ts';
import { Random } from '../../bench/support/random.ts';

const EPISODES = 4;
const LIMIT_MS = 180_000;

describe('co-signing through crashes', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await makeGround();
  });
  afterAll(() => rm(ground.folder, { recursive: true, force: true }));

  const play = async (crash: Crash) => {
    for (let episode = 0; episode < EPISODES; episode += 1)
      expect(await playOne(ground, crash, new Random(episode))).toEqual([]);
  };

  it('kill -9: nothing said is lost, nobody is convicted', { timeout: LIMIT_MS }, () => play('kill'));

  it('a power failure: the same', { timeout: LIMIT_MS }, async ({ skip }) => {
    if (ground.image === undefined) skip('this machine lets nobody mount a disk');
    await play('power-loss');
  });
});
