// What the copies of a deployment come to.
import { describe, expect, it } from 'vitest';
import { viewDeployment, viewTaken } from '../../src/market/tenant/deployment-view.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { NOW_MS } from '../support/records.ts';

describe('the price of a deployment', () => {
  it('is that of the copies that are wanted, without those that were given up, told to stop or are over', () => {
    const deployment = wanted({ replicas: 2 });
    copyOf(deployment, { state: 'lost', priceMicrocreditsPerHour: 100 });
    copyOf(deployment, { incarnation: 2, state: 'stopping', priceMicrocreditsPerHour: 10 });
    copyOf(deployment, { incarnation: 3, state: 'unknown', priceMicrocreditsPerHour: 1 });
    copyOf(deployment, { replica: 1, state: 'lost', priceMicrocreditsPerHour: 1_000 });
    expect(viewDeployment(deployment).priceMicrocreditsPerHour).toBe(1);
  });
});

describe('what of a lease is not signed, as its tenant sees it', () => {
  const unsigned = (...args: Parameters<typeof viewTaken>) => viewTaken(...args).unsignedMicrocredits;

  it('grows with the time for which a copy is up, and is less by what both sides signed', () => {
    const copy = copyOf(wanted(), { chargedMicrocredits: 1_000 });
    expect([500, 1_000, 791_000].map((ms) => unsigned(copy, NOW_MS + ms))).toEqual([0, 0, 790_000]);
    expect(unsigned(copyOf(wanted(), { state: 'starting', runningSinceMs: 0 }), NOW_MS + 5_000)).toBe(0);
  });

  it('is what its volunteer measured once it has ended, no more than this peer saw, and nothing where it said nothing', () => {
    const over = copyOf(wanted(), { state: 'ended', endedAtMs: NOW_MS + 9_000 });
    expect(unsigned(over, NOW_MS + 60_000)).toBe(0);
    over.endedUpMs = 5_000;
    expect(unsigned(over, NOW_MS + 60_000)).toBe(4_000);
    over.endedUpMs = 60_000;
    expect(unsigned(over, NOW_MS + 60_000)).toBe(8_000);
  });
});

describe('a copy that has no place', () => {
  it('is said to wait until it has one, also where the volunteer that was lost is back', () => {
    const deployment = wanted();
    const copy = copyOf(deployment, { state: 'lost' });
    const shown = () => {
      const { waiting, cause } = viewDeployment(deployment);
      return [waiting?.cause, cause];
    };
    deployment.waiting = {
      cause: 'NOTHING_MATCHED',
      considered: 1,
      removed: {},
      relaxations: [],
      refusals: [],
    };
    expect(shown()).toEqual(['NOTHING_MATCHED', 'NOTHING_MATCHED']);
    copy.row = { ...copy.row, state: 'running', cause: '' };
    expect(shown()).toEqual([undefined, '']);
  });
});

describe('a copy whose credit is low', () => {
  it('says so beside its state while it runs, and so does its deployment', () => {
    const deployment = wanted();
    const copy = copyOf(deployment);
    const causes = () => {
      const { state, cause, instances } = viewDeployment(deployment);
      return [state, cause, instances[0]!.cause];
    };
    expect(causes()).toEqual(['running', '', '']);
    copy.isCreditLow = true;
    expect(causes()).toEqual(['running', 'CREDIT_LOW', 'CREDIT_LOW']);
    copy.row = { ...copy.row, state: 'failed', cause: 'CREDIT_SPENT' };
    expect(causes()[2]).toBe('CREDIT_SPENT');
  });
});
