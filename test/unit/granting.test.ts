// Whom a tenant names as holders of its image, and what it signs for that.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/market/tenant/deployment.ts';
import { Granting } from '../../src/market/tenant/granting.ts';
import { GRANT_MS, SHARED_MS } from '../../src/market/terms/parameters.ts';
import { MOST_GRANTS } from '../../src/overlay/protocols/images.ts';
import { openRecord } from '../../src/records/envelope.ts';
import { createIdentity, peerOf } from '../../src/records/identity.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NETWORK, NOW_MS, tenant } from '../support/records.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const peer = (fill: number) => createIdentity(new Uint8Array(32).fill(fill)).peer;
const [ASKER, FIRST, SECOND, THIRD] = [20, 21, 22, 23].map(peer) as [string, string, string, string];

let clock: HandClock;
let deployment: Deployment;
let deployments: Deployment[];
let pushedTo: string[];
let granting: Granting;

beforeEach(() => {
  clock = new HandClock(NOW_MS);
  deployment = wanted({ imageDigest: DIGEST, imageWay: 'sent' });
  [deployments, pushedTo] = [[deployment], []];
  granting = new Granting({
    ...{ identity: tenant, network: NETWORK, clock, deployments: { all: () => deployments } },
    pushes: { holdersOf: () => pushedTo },
  });
});

const grants = (digest = DIGEST, volunteer = ASKER) =>
  granting.grantsFor(digest, volunteer).map((each) => openRecord('grant', each, NETWORK).body);
const holders = (...asked: Parameters<typeof grants>) => grants(...asked).map(({ holder }) => peerOf(holder));

describe('a tenant that sends an image', () => {
  it('grants it to that volunteer, at each that has it, for this image and a while', () => {
    copyOf(deployment, { volunteer: FIRST });
    pushedTo = [SECOND];
    const found = grants();
    expect(found.map(({ holder }) => peerOf(holder)).sort()).toEqual([FIRST, SECOND].sort());
    for (const { tenant: by, audience, image, expiresAtMs } of found) {
      expect([peerOf(by), peerOf(audience), image]).toEqual([tenant.peer, ASKER, DIGEST]);
      expect(expiresAtMs).toBe(NOW_MS + GRANT_MS);
    }
    expect(new Set(found.map(({ salt }) => Buffer.from(salt).toString('hex'))).size).toBe(2);
  });

  it('names nobody to whom it was not sent whole: another image, one that is on its way, or one that was there before', () => {
    copyOf(deployment, { volunteer: FIRST, state: 'fetching', runningSinceMs: 0 });
    const held = wanted({ imageDigest: DIGEST, imageWay: 'held' });
    copyOf(held, { volunteer: SECOND });
    const other = wanted({ imageDigest: `sha256:${'b'.repeat(64)}`, imageWay: 'sent' });
    copyOf(other, { volunteer: THIRD });
    deployments = [deployment, held, other];
    expect(holders()).toEqual([]);
    copyOf(deployment, { volunteer: THIRD });
    expect(holders()).toEqual([THIRD]);
  });

  it('names nobody that is out of reach, whose copy is too long ago, or that asks itself; each once', async () => {
    copyOf(deployment, { volunteer: FIRST, state: 'unknown' });
    copyOf(deployment, { volunteer: SECOND, state: 'failed', cause: 'VOLUNTEER_LOST' });
    copyOf(deployment, { volunteer: ASKER });
    expect(holders()).toEqual([]);
    // The engine keeps an image after its lease
    copyOf(deployment, { volunteer: THIRD, state: 'ended', cause: 'EXITED' });
    copyOf(deployment, { volunteer: THIRD });
    expect(holders()).toEqual([THIRD]);
    await clock.move(SHARED_MS);
    expect(holders()).toEqual([]);
  });

  it('names few at a time, and others each time', () => {
    for (const volunteer of [FIRST, SECOND, THIRD]) copyOf(deployment, { volunteer });
    const rounds = [holders(), holders(), holders()];
    for (const round of rounds) expect(round).toHaveLength(MOST_GRANTS);
    for (const each of [FIRST, SECOND, THIRD])
      expect(rounds.flat().filter((one) => one === each)).toHaveLength(2);
  });
});
