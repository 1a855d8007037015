// What the copies of a deployment come to.
import { describe, expect, it } from 'vitest';
import { viewDeployment } from '../../src/market/tenant/deployment-view.ts';
import { copyOf, wanted } from '../support/deployments.ts';

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
