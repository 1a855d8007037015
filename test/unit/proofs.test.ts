// What a ledger proves of its pairs to a stranger who has nothing but the peer's id.
import { describe, expect, it } from 'vitest';
import { mapOf, pathTo } from '../../src/ledger/stored-map.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { openRecord, type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { type PairOf, pairName } from '../../src/records/pair-map.ts';
import {
  openPairState,
  openPairStatement,
  openRankedState,
  type PairState,
} from '../../src/records/pair-statement.ts';
import { coSign, openPair, totals } from '../support/ledgers.ts';
import { BODIES, NETWORK, tenant, volunteer } from '../support/records.ts';

const OF_VOLUNTEER: PairOf = { peer: volunteer.peer, side: 'volunteer', counterparty: tenant.peer };
const OF_TENANT: PairOf = { peer: tenant.peer, side: 'tenant', counterparty: volunteer.peer };

function refusalOf(open: () => unknown): string {
  try {
    open();
    return 'believed';
  } catch (error) {
    return codeOf(error);
  }
}

describe('a pair statement', () => {
  it('shows the latest receipt of the pair under the newest header, from either side', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const last = await coSign(pair, totals(pair.lease.id, 2, 300));
    const ofVolunteer = await pair.volunteer.proofs.statement('volunteer', tenant.peer);
    const ofTenant = await pair.tenant.proofs.statement('tenant', volunteer.peer);
    const shown = openPairStatement(ofVolunteer!, OF_VOLUNTEER, NETWORK);
    expect(shown.receipt?.id).toEqual(last.id);
    expect(shown.header.id).toEqual(pair.volunteer.tip()?.id);
    expect(openPairStatement(ofTenant!, OF_TENANT, NETWORK).receipt?.id).toEqual(last.id);
    expect(ofVolunteer!.length).toBeLessThan(4_096);
  });

  it('shows that there is no such pair, without another one in its place', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const stranger = createIdentity().peer;
    const absent = await pair.volunteer.proofs.statement('volunteer', stranger);
    expect(
      openPairStatement(absent!, { ...OF_VOLUNTEER, counterparty: stranger }, NETWORK).receipt,
    ).toBeUndefined();
    // Nor does another peer's header show it
    const elsewhere = { ...OF_VOLUNTEER, peer: stranger, counterparty: stranger };
    expect(refusalOf(() => openPairStatement(absent!, elsewhere, NETWORK))).toBe('PROOF_INVALID');
    const otherSide = await pair.volunteer.proofs.statement('tenant', tenant.peer);
    expect(
      openPairStatement(otherSide!, { ...OF_VOLUNTEER, side: 'tenant' }, NETWORK).receipt,
    ).toBeUndefined();
  });

  it('is not believed of another pair, of another peer, or with parts of another one', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const early = await pair.volunteer.proofs.statement('volunteer', tenant.peer);
    await coSign(pair, totals(pair.lease.id, 2, 300));
    const late = await pair.volunteer.proofs.statement('volunteer', tenant.peer);
    const stranger = createIdentity().peer;
    for (const change of [{ counterparty: stranger }, { side: 'tenant' as const }, { peer: stranger }])
      expect(refusalOf(() => openPairStatement(late!, { ...OF_VOLUNTEER, ...change }, NETWORK))).toBe(
        'PROOF_INVALID',
      );
    const [one, other] = [early!, late!].map(
      (bytes) => decode(bytes) as Record<string, Record<string, Value>>,
    );
    const mixed = [
      { ...other!, header: one!.header! },
      { ...other!, state: { ...other!.state!, receipt: one!.state!.receipt! } },
      { ...other!, state: { ...other!.state!, receipt: [] } },
    ];
    for (const parts of mixed)
      expect(refusalOf(() => openPairStatement(encode(parts as Value), OF_VOLUNTEER, NETWORK))).toBe(
        'PROOF_INVALID',
      );
  });

  it('is not believed with any one bit flipped', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const statement = await pair.volunteer.proofs.statement('volunteer', tenant.peer);
    for (let at = 0; at < statement!.length; at += 1) {
      const flipped = new Uint8Array(statement!);
      flipped[at]! ^= 1 << (at % 8);
      expect(refusalOf(() => openPairStatement(flipped, OF_VOLUNTEER, NETWORK))).not.toBe('believed');
    }
  });

  it('is of one moment while receipts are being signed', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const signing = (async () => {
      for (let epochs = 2; epochs < 20; epochs += 1)
        await coSign(pair, totals(pair.lease.id, epochs, epochs * 100));
    })();
    let isDone = false;
    signing.finally(() => {
      isDone = true;
    });
    let last = 0;
    while (!isDone) {
      const statement = await pair.volunteer.proofs.statement('volunteer', tenant.peer);
      const { receipt } = openPairStatement(statement!, OF_VOLUNTEER, NETWORK);
      expect(receipt!.body.pairSeq).toBeGreaterThanOrEqual(last);
      last = receipt!.body.pairSeq;
    }
    await signing;
  });
});

describe('the map of a liar', () => {
  const [stranger, other] = [createIdentity(), createIdentity()];
  const between = (one: Identity, two: Identity) =>
    signRecord('receipt', { ...BODIES.receipt(), volunteer: one.publicKey, tenant: two.publicKey }, one, two);
  const honest = between(volunteer, tenant);

  /** What a map with one pair has under the name of the pair of volunteer and tenant, and the header over it. */
  async function claiming({ id }: SignedRecord<'receipt'>, ...shown: SignedRecord<'receipt'>[]) {
    const name = pairName('volunteer', tenant.publicKey);
    const { rows, digest } = await mapOf([{ name, receipt: id }]);
    const path = await pathTo({ get: async (key) => rows.get(key), async *entries() {} }, name);
    const header = { ...BODIES.header(), mapRoot: digest.hash, pairs: digest.count };
    const state: PairState = { path, receipt: shown.map(({ bytes }) => bytes) };
    return {
      asPair: () => openPairState(state, OF_VOLUNTEER, header, NETWORK)?.id,
      asRank: () => openRankedState(state, 0, header, NETWORK),
    };
  }

  it('is believed where it tells the truth', async () => {
    const { asPair, asRank } = await claiming(honest, honest);
    expect(asPair()).toEqual(honest.id);
    expect(asRank()).toMatchObject({ side: 'volunteer', receipt: { id: honest.id } });
  });

  it.each([
    ['the peer and another tenant', between(volunteer, other)],
    ['another volunteer and the tenant', between(stranger, tenant)],
    ['two others', between(stranger, other)],
    ['the same two the other way round', between(tenant, volunteer)],
  ])('is not believed with the receipt of %s', async (_, receipt) => {
    const { asPair, asRank } = await claiming(receipt, receipt);
    expect([asPair, asRank].map(refusalOf)).toEqual(['PROOF_INVALID', 'PROOF_INVALID']);
  });

  it.each([
    ['another receipt of the pair', [between(volunteer, tenant)]],
    ['no receipt', []],
  ])('is not believed with %s beside it', async (_, shown) => {
    const { asPair, asRank } = await claiming(honest, ...shown);
    expect([asPair, asRank].map(refusalOf)).toEqual(['PROOF_INVALID', 'PROOF_INVALID']);
  });
});

describe('a sample', () => {
  it('shows the states of the ranks asked for, and no more than there are', async () => {
    const pair = await openPair();
    const receipt = await coSign(pair, totals(pair.lease.id, 1, 100));
    const proven = await pair.tenant.proofs.ranked([0, 1, 7]);
    expect(proven?.states).toHaveLength(1);
    const header = openRecord('header', proven.header[0]!, NETWORK);
    expect(header.body.pairs).toBe(1);
    const shown = openRankedState(proven!.states[0]!, 0, header.body, NETWORK);
    expect([shown.side, shown.receipt.id]).toEqual(['tenant', receipt.id]);
    expect(refusalOf(() => openRankedState(proven!.states[0]!, 1, header.body, NETWORK))).toBe(
      'PROOF_INVALID',
    );
  });
});
