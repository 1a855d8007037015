// An honest message of every protocol, by the protocol's id: what is asked, and what comes back.
import type { Value } from '../../src/records/codec.ts';
import { example } from './records.ts';

export interface Messages {
  readonly request: Value;
  /** The response, or an item of a feed; a pipe has none. */
  readonly answer?: Value;
}

const id = new Uint8Array(32).fill(1);
const run = new Uint8Array(16).fill(2);
const signature = new Uint8Array(64).fill(3);
const status = {
  ...{ state: 'ended', cause: 'EXITED', exitCode: 3, upMs: 1_000 },
  ...{
    fetchedBytes: 5,
    ofBytes: 9,
    creditLeftMicrocredits: 7,
    health: 'healthy',
    healthFailure: '',
    restarts: 2,
  },
};
const diffId = `sha256:${'5'.repeat(64)}`;
const encoding = '6'.repeat(32);
const header = example('header').bytes;
const receipt = example('receipt').bytes;
const lease = example('lease').bytes;
const vouch = example('vouch').bytes;
const report = {
  ...{ lease: id, epochs: 1, upMs: 10_000, chargedMicrocredits: 100 },
  ...{ cpuMilliseconds: 1, memoryMibSeconds: 2, diskMibSeconds: 3, tunnelKib: 4 },
  ...{ state: 'running', cause: '', exitCode: -1, health: '', healthFailure: 'HTTP status 500', restarts: 0 },
};
const path = { counts: [1, 0], hashes: new Uint8Array(32), end: [{ name: id, receipt: id }] };

export const MESSAGES: { readonly [protocol: string]: Messages } = {
  '/tallymesh/reserve/1.0.0': {
    request: { bid: example('bid').bytes, offer: id, replica: 0, incarnation: 1 },
    answer: { lease },
  },
  '/tallymesh/start/1.0.0': { request: { lease: id, payload: new Uint8Array(9) }, answer: status },
  '/tallymesh/status/1.0.0': { request: { leases: [id, id] }, answer: { leases: [status] } },
  '/tallymesh/stop/1.0.0': { request: { lease: id }, answer: status },
  '/tallymesh/image/1.0.0': {
    request: { leave: id },
    answer: {
      config: new Uint8Array(9),
      layers: [{ diffId, sizeBytes: 10, encodedBytes: 8, encoding }],
      grants: [example('grant').bytes],
    },
  },
  '/tallymesh/contents/1.0.0': {
    request: { leave: id },
    answer: { contents: [{ diffId, sizeBytes: 10, encodedBytes: 8, encoding }] },
  },
  '/tallymesh/layer/1.0.0': {
    request: { leave: id, diffId, encoding, offset: 3 },
    answer: { bytes: new Uint8Array(9) },
  },
  '/tallymesh/shared-layer/1.0.0': {
    request: { grant: example('grant').bytes, diffId, encoding },
    answer: { bytes: new Uint8Array(9) },
  },
  '/tallymesh/push/1.0.0': {
    request: { push: id, digest: diffId, sizeBytes: 10 },
    answer: { isHeld: 0, fetchedBytes: 3, ofBytes: 8 },
  },
  '/tallymesh/sight/1.0.0': { request: { run }, answer: { nowMs: 1, others: 1 } },
  '/tallymesh/book-digests/1.0.0': {
    request: { digests: [new Uint8Array(8)] },
    answer: { entries: [{ id, beat: 1 }] },
  },
  '/tallymesh/book-fetch/1.0.0': {
    request: { ids: [id] },
    answer: { items: [{ record: example('offer').bytes, beat: 1, preimage: id }] },
  },
  '/tallymesh/report/1.0.0': { request: { leases: [report] }, answer: { refusals: ['', 'SUPERSEDED'] } },
  '/tallymesh/receipt/1.0.0': { request: { body: new Uint8Array(9), signature }, answer: { signature } },
  '/tallymesh/known/1.0.0': {
    request: { asked: [id], receipts: [receipt], leases: [lease] },
    answer: { receipts: [receipt], leases: [lease] },
  },
  '/tallymesh/evidence/1.0.0': {
    request: { run, since: 1 },
    answer: { run, items: [{ record: vouch, leases: [lease] }], upTo: 1, more: 0 },
  },
  '/tallymesh/headers/1.0.0': {
    request: { heads: [{ peer: id, counter: 1, seq: 2, id }] },
    answer: { chains: [{ headers: [header], isAll: 1, proof: new Uint8Array() }] },
  },
  '/tallymesh/convictions/1.0.0': {
    request: { run, since: 0 },
    answer: { run, proofs: [new Uint8Array(9)], upTo: 1, more: 1 },
  },
  '/tallymesh/join/1.0.0': {
    request: { invitation: example('invitation').bytes, vouch },
    answer: { vouch },
  },
  '/tallymesh/pairs/1.0.0': {
    request: { id, seq: 1 },
    answer: { header: [header], isAll: 0, tenant: new Uint8Array(64), volunteer: new Uint8Array() },
  },
  '/tallymesh/pair-receipts/1.0.0': { request: { ids: [id] }, answer: { receipts: [receipt] } },
  '/tallymesh/pair-sample/1.0.0': {
    request: { ranks: [0, 1] },
    answer: { header: [header], states: [{ path, receipt: [receipt] }] },
  },
  '/tallymesh/records/1.0.0': {
    request: { wanted: [{ kind: 'lease', id }] },
    answer: { records: [lease] },
  },
  '/tallymesh/logs/1.0.0': {
    request: { lease: id, tail: 10, follow: 1 },
    answer: { stream: 'stdout', atMs: 1, text: 'line\n' },
  },
  '/tallymesh/exec/1.0.0': {
    request: {
      ...{ lease: id, command: ['sh', '-c', 'id'], user: 'www:1000', folder: '/srv' },
      ...{ env: [{ name: 'TERM', value: 'xterm' }], rows: 24, columns: 80, input: 1 },
    },
  },
  '/tallymesh/copy/1.0.0': { request: { lease: id, path: '/srv/data', direction: 'in', top: 1 } },
  '/tallymesh/tunnel/1.0.0': { request: { lease: id, port: 80 } },
};
