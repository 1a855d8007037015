// What verbs print of leases.
import { describe, expect, it } from 'vitest';
import type { Schemas } from '../../src/api/client.ts';
import { showEvictions } from '../../src/cli/commands/evict.ts';
import { showLook } from '../../src/cli/commands/top.ts';
import { showCharge } from '../../src/cli/deployment-text.ts';
import { LEASE } from '../support/cli-leases.ts';

const HEALTH = { status: 'ok', engine: 'up', connectedPeers: 1, network: 'test' } as Schemas['Health'];

describe('what tally top and tally evict show of a lease', () => {
  it('says what ran and is not signed yet, under a head that says so', () => {
    const look = showLook({ atMs: 0, health: HEALTH, leases: [LEASE] });
    expect(look).toMatch(/not signed yet/i);
    expect(look).toMatch(/0\.09 cr +0\.01 cr/);
    const preview = showEvictions([{ lease: LEASE, cause: 'EVICTED', isBreach: true }]);
    expect(preview).toMatch(/not signed yet/i);
    expect(preview).toMatch(/0\.01 cr/);
  });
});

describe('what tally run shows of a charge', () => {
  it('calls signed what both sides signed, and says of the last charge that it is not, while it is not', () => {
    expect(showCharge(69, 0)).toBe('0.000069 cr, signed by both sides');
    expect(showCharge(0, 69)).toMatch(
      /^0 cr, signed by both sides; .*last charge.* not signed yet.*"npx tallymesh ps --all"/,
    );
  });
});
