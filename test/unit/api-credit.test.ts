// The routes of credit.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { CreditDesk } from '../../src/reputation/credit/credit.ts';
import { type InjectedApi, injectedApi, itemsByPages } from '../support/api.ts';
import { LENDING } from '../support/credit.ts';
import { HandLines } from '../support/lines.ts';
import { TENANT } from '../support/market-fake.ts';
import { memoryTable } from '../support/table.ts';

const peers = Array.from({ length: 5 }, () => createIdentity().peer);
const [friend = ''] = peers;

let api: InjectedApi;

beforeEach(async () => {
  const lines = new HandLines();
  const credit = new CreditDesk({
    ...{
      me: TENANT,
      clock: systemClock,
      log: silentLog,
      rows: memoryTable(),
      poolRows: memoryTable(),
      lines: () => lines,
    },
    ...{ terms: { ...LENDING, lendIdle: true }, owed: () => 0, counterparties: () => [] },
    isVouchedFor: () => false,
  });
  lines.set(TENANT, friend, 2);
  for (const [at, peer] of peers.entries()) await credit.hold(peer, (at + 1) * CREDIT);
  api = await injectedApi({}, { credit });
});

afterEach(() => api.close());

test('who is lent something is listed, who is lent most first, page by page', async () => {
  const { items } = (await api.call('/v1/borrowers')).json();
  expect(items.map(({ peer }: { peer: string }) => peer)).toEqual(peers.toReversed());
  expect(await itemsByPages(api, '/v1/borrowers', 2)).toEqual(items);
});

test('one is explained, whether it is lent anything or not', async () => {
  const lent = (await api.call(`/v1/borrowers/${friend}`)).json();
  expect(lent).toMatchObject({ ownMicrocredits: CREDIT, lentMicrocredits: CREDIT, beyondMicrocredits: 0 });
  const stranger = (await api.call(`/v1/borrowers/${createIdentity().peer}`)).json();
  expect(stranger).toMatchObject({ limitMicrocredits: 0, lentMicrocredits: 0, ways: [] });
  expect((await api.call('/v1/borrowers/nobody')).json()).toMatchObject({ code: 'KEY_INVALID' });
});
