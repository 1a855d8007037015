// Payloads on the disk of a tenant: nobody reads them without the peer's key, and nobody changes them.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { codeOf } from '../../src/lib/errors.ts';
import type { DeploymentRow } from '../../src/market/tenant/deployment.ts';
import { Deployments } from '../../src/market/tenant/deployments.ts';
import { BOX_MAX_BYTES, isBox, PayloadBox } from '../../src/market/tenant/payload-box.ts';
import { PAYLOAD_MAX_BYTES, PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import { wanted } from '../support/deployments.ts';
import { NOW_MS } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const seed = new Uint8Array(randomBytes(32));
const payload = sealPayload({
  ...{ salt: new Uint8Array(16), command: [], env: [{ name: 'A', value: 'a secret of some length' }] },
}).bytes;

const outcome = (run: () => unknown) => {
  try {
    run();
    return 'opened';
  } catch (error) {
    return codeOf(error);
  }
};

it('a payload comes out of its box as it was, also after a restart', () => {
  const box = new PayloadBox({ seed }).close(payload);
  expect(new PayloadBox({ seed: new Uint8Array(seed) }).open(box)).toEqual(payload);
  expect(Buffer.from(box).includes('a secret')).toBe(false);
});

it('one payload makes another box each time', () => {
  const boxes = new PayloadBox({ seed });
  expect(boxes.close(payload)).not.toEqual(boxes.close(payload));
});

it('the largest payload has room in its box', () => {
  const box = new PayloadBox({ seed }).close(new Uint8Array(PAYLOAD_MAX_BYTES));
  expect(box).toHaveLength(BOX_MAX_BYTES);
});

it('a box opens with no other key, and not once a bit of it has changed', () => {
  const boxes = new PayloadBox({ seed });
  const box = boxes.close(payload);
  expect(outcome(() => boxes.open(box))).toBe('opened');
  const other = new PayloadBox({ seed: new Uint8Array(randomBytes(32)) });
  expect(outcome(() => other.open(box))).toBe('LEDGER_VALUE_DAMAGED');
  // The first byte says that it is a box
  for (let at = 1; at < box.length; at += 1) {
    const changed = box.slice();
    changed[at]! ^= 1;
    expect(
      outcome(() => boxes.open(changed)),
      `byte ${at}`,
    ).toBe('LEDGER_VALUE_DAMAGED');
  }
  for (const length of [1, 12, 28])
    expect(outcome(() => boxes.open(box.subarray(0, length)))).toBe('LEDGER_VALUE_DAMAGED');
});

/** Deployments with these rows, as a start reads them. */
async function loaded(boxes: PayloadBox, rows: ReturnType<typeof memoryTable<DeploymentRow>>) {
  const tables = { wanted: rows, instances: memoryTable() };
  const ledger = {
    table: (name: keyof typeof tables) => tables[name],
    commit: async () => {},
  } as unknown as Ledger;
  const deployments = new Deployments(ledger, () => {}, boxes);
  await deployments.load(NOW_MS);
  return deployments;
}

it('what volumes a payload names is read out of it once, where an earlier version did not keep that', async () => {
  const boxes = new PayloadBox({ seed });
  const rows = memoryTable<DeploymentRow>();
  const before = { volumes: [{ name: '', path: '' }] };
  const named = { name: 'data', path: '/data' };
  const volumes = [{ ...named, content: [] }];
  const sealed = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16), volumes }).bytes;
  await rows.put('with', wanted({ ...before, payload: boxes.close(sealed) }).row);
  await rows.put('without', wanted({ ...before, payload: boxes.close(payload) }).row);
  await rows.put('damaged', wanted({ ...before, payload: boxes.close(payload).fill(7, 20) }).row);
  const deployments = await loaded(boxes, rows);
  expect((await rows.get('with'))!.volumes).toEqual([named]);
  expect(deployments.get('with').row.volumes).toEqual([named]);
  for (const id of ['without', 'damaged']) expect(deployments.get(id).row.volumes).toEqual([]);
  const { writes } = rows;
  await loaded(boxes, rows);
  expect(rows.writes).toBe(writes);
});

it('a payload that an earlier version kept bare is put into a box at the start, on disk too', async () => {
  const boxes = new PayloadBox({ seed });
  const rows = memoryTable<DeploymentRow>();
  await rows.put('old', wanted({ payload }).row);
  const deployments = await loaded(boxes, rows);
  const kept = (await rows.get('old'))!.payload;
  expect(isBox(payload)).toBe(false);
  expect(isBox(kept)).toBe(true);
  for (const each of [kept, deployments.get('old').row.payload]) expect(boxes.open(each)).toEqual(payload);
});
