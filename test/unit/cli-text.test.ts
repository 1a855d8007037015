// What verbs print of leases.
import { describe, expect, it } from 'vitest';
import type { Schemas } from '../../src/api/client.ts';
import { showEvictions } from '../../src/cli/commands/evict.ts';
import { showInvitations } from '../../src/cli/commands/invite.ts';
import { showLook } from '../../src/cli/commands/top.ts';
import { showCredit } from '../../src/cli/credit-text.ts';
import { showCharge, showPrice } from '../../src/cli/deployment-text.ts';
import { showCandidates, showLeft, showNothingMatched } from '../../src/cli/match-text.ts';
import { showImages } from '../../src/cli/offer-text.ts';
import { UsageLooks } from '../../src/cli/usage-text.ts';
import { GIB } from '../../src/lib/units.ts';
import { LEASE } from '../support/cli-leases.ts';
import { ONE_FITS } from '../support/market-fake.ts';

const HEALTH = { status: 'ok', engine: 'up', connectedPeers: 1, network: 'test' } as Schemas['Health'];

describe('what tally top and tally evict show of a lease', () => {
  it('says what ran and is not signed yet, under a head that says so', () => {
    const look = showLook({ atMs: 0, health: HEALTH, leases: [LEASE] }, new UsageLooks());
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

describe('what tally run shows of a price', () => {
  it('is that of all copies together beside the limit for each', () => {
    expect(showPrice(300_000, 1, 400_000)).toBe('0.3 cr/h, of at most 0.4 cr/h (--max-price)');
    expect(showPrice(900_000, 3, 400_000)).toBe(
      '0.9 cr/h for 3 copies together; the limit for each copy is 0.4 cr/h (--max-price)',
    );
  });
});

describe('a list that is empty', () => {
  it('says so in a sentence', () => {
    expect(showInvitations([])).toBe(
      'This peer has made no invitation that it still knows; "npx tallymesh invite" makes one.',
    );
    expect(showNothingMatched({ considered: 0, removed: {}, relaxations: [] })).toMatch(
      /^This peer knows no offers at the moment;/,
    );
  });
});

describe('an offer over capacity', () => {
  it('is answered with what is free, and who holds the rest', () => {
    const of = (cpuMillis: number, memoryBytes: number) => ({
      cpuMillis,
      memoryBytes,
      diskBytes: 0,
      gpus: 0,
    });
    const left = {
      left: of(400, GIB),
      offered: of(1_000, 2 * GIB),
      heldByOthers: { cpuMillis: 600, memoryBytes: GIB },
    };
    const text = showLeft(left);
    expect(text).toMatch(/free on the engine: 0\.4 cpus, 1 GiB of memory/);
    expect(text).toMatch(/promised by the other offers of this peer: 1 cpu, 2 GiB of memory/);
    expect(text).toMatch(/held by containers of other peers on this engine: 0\.6 cpus, 1 GiB of memory/);
    const alone = showLeft({ ...left, offered: of(0, 0), heldByOthers: { cpuMillis: 0, memoryBytes: 0 } });
    expect(alone).not.toMatch(/other/);
  });
});

describe('the images of offers', () => {
  const offer = {
    ...{ series: 'mnopqrstuvwx', volunteer: `12D3${'a'.repeat(48)}`, anyImage: true, maxSentBytes: 2 * GIB },
    pulls: ['ghcr.io', '*'],
    images: ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'].map((name) => ({ name, digest: `sha256:${name}` })),
  } as unknown as Schemas['Offer'];

  it('are all listed on request, one line each, with what else the offer takes', () => {
    const text = showImages([offer]);
    for (const { name, digest } of offer.images)
      expect(text).toMatch(new RegExp(`mnopqrstuvwx .*${name} +${digest}`));
    expect(text).toMatch(/any image of its engine/);
    expect(text).toMatch(/sent ones up to 2 GiB/);
    expect(text).toMatch(/those of ghcr.io and any public registry/);
    expect(showImages([])).toBe('No offers are known.');
  });
});

describe('what a volunteer still lends', () => {
  it('is shown for each copy for which it is less than the rest of its time costs, with the way to more', () => {
    const instance = {
      volunteer: `12D3${'a'.repeat(48)}`,
      state: 'running',
      priceMicrocreditsPerHour: 3_600_000,
    };
    const of = (creditLeftMicrocredits: number) =>
      ({
        endsAtMs: 3_600_000,
        instances: [{ ...instance, creditLeftMicrocredits }],
      }) as unknown as Schemas['Deployment'];
    expect(showCredit(of(3_600_000), 0)).toBeUndefined();
    expect(showCredit(of(60_000), 0)).toMatch(
      /^…aaaaaaaa lends this peer enough for about 1 m; .*CREDIT_SPENT.*\n.*trust add/,
    );
  });
});

describe('a dry run', () => {
  it('names offers as the other lists do, by their series', () => {
    const [{ series, offer } = { series: '', offer: '' }] = ONE_FITS.candidates;
    const text = showCandidates(ONE_FITS as unknown as Schemas['Match']);
    expect(text).toContain(series.slice(0, 12));
    expect(text).not.toContain(offer.slice(0, 12));
  });
});
