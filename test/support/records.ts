// Records for tests: an honest example of every kind.
import { randomBytes } from 'node:crypto';
import { type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import type { Bodies, RecordKind } from '../../src/records/kinds.ts';
import { chainOf } from '../../src/records/liveness.ts';

export const NETWORK = 'test';
export const NOW_MS = 1_800_000_000_000;

/** Two keys that are the same in every run. */
export const volunteer: Identity = createIdentity(new Uint8Array(32).fill(1));
export const tenant: Identity = createIdentity(new Uint8Array(32).fill(2));

const id = (fill: number) => new Uint8Array(32).fill(fill);
const common = () => ({ network: NETWORK, salt: new Uint8Array(randomBytes(16)) });
const resources = { cpuMillis: 1_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 26, gpus: 0 };
const counters = {
  chargedMicrocredits: 1_000,
  cpuMilliseconds: 10,
  memoryMibSeconds: 20,
  diskMibSeconds: 30,
  tunnelKib: 40,
};

/** The secret of the example offer's hash chain. */
export const CHAIN = chainOf(new Uint8Array(32).fill(3), 100);

/** A body of every kind; the table is closed, so that a new kind needs an example. */
export const BODIES: { readonly [K in RecordKind]: () => Bodies[K] } = {
  offer: () => ({
    ...common(),
    volunteer: volunteer.publicKey,
    series: new Uint8Array(16).fill(4),
    seq: NOW_MS,
    issuedAtMs: NOW_MS,
    lifetimeMs: 180_000,
    beatMs: 60_000,
    beats: 100,
    tip: CHAIN[0]!,
    addresses: ['/ip4/127.0.0.1/tcp/4801'],
    reach: ['direct'],
    resources: { cpuMillis: 4_000, memoryBytes: 8 * 2 ** 30, diskBytes: 2 ** 30, gpus: 0 },
    prices: { cpuHour: 600_000, memoryGibHour: 200_000, diskGibHour: 2_000, gpuHour: 0 },
    traffic: { tunnelGib: 0, egressGib: 0, relayGib: 0 },
    runtimeClasses: ['runc'],
    architecture: 'amd64',
    region: 'eu',
    labels: ['ssd=yes'],
    images: [{ name: 'hello:1', digest: `sha256:${'ab'.repeat(32)}` }],
    imageWays: { anyHeld: 0, pulls: ['registry.example:5000'], maxSentBytes: 2 ** 32 },
    privileges: ['user'],
    storage: { limit: 'memory', volumes: 0 },
    egress: [],
    terms: {
      ...{ longestLeaseMs: 86_400_000, firstEpochMs: 10_000, maxEpochMs: 300_000, maxAwayMs: 60_000 },
      ...{ noticeMs: 0, hours: [], onlyIdle: 0, leastStandingPpm: 0, leastCreditMicrocredits: 0 },
    },
  }),
  tombstone: () => ({
    ...common(),
    volunteer: volunteer.publicKey,
    series: new Uint8Array(16).fill(4),
    seq: NOW_MS + 1,
    issuedAtMs: NOW_MS,
    forgetAtMs: NOW_MS + 86_400_000,
  }),
  bid: () => ({
    ...common(),
    tenant: tenant.publicKey,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 120_000,
    resources,
    image: { name: 'hello:1', digest: `sha256:${'ab'.repeat(32)}`, way: 'held', maxBytes: 0 },
    fetchMs: 0,
    ports: [{ port: 8080, protocol: 'tcp' }],
    ...{ privileges: '', volumes: 0, egress: '', relayed: 0, public: 0 },
    maxTraffic: { tunnelGib: 0, egressGib: 0 },
    maxPriceMicrocreditsPerHour: 1_000_000,
    durationMs: 3_600_000,
    awayMs: 60_000,
    architecture: '',
    region: '',
    runtimeClass: '',
    labels: [],
    payloadHash: id(5),
  }),
  lease: () => ({
    ...common(),
    volunteer: volunteer.publicKey,
    tenant: tenant.publicKey,
    bid: id(6),
    offer: id(7),
    replica: 0,
    incarnation: 1,
    resources,
    priceMicrocreditsPerHour: 800_000,
    issuedAtMs: NOW_MS,
    endsAtMs: NOW_MS + 3_600_000,
    durationMs: 3_600_000,
    noticeMs: 0,
    firstEpochMs: 10_000,
    maxEpochMs: 300_000,
    awayMs: 60_000,
    atRiskMicrocredits: 1_000,
  }),
  receipt: () => ({
    ...common(),
    volunteer: volunteer.publicKey,
    tenant: tenant.publicKey,
    pairSeq: 1,
    counters,
    serviceMicrocredits: 1_000,
    day: 20_000,
    leases: [{ lease: id(8), epochs: 1, counters }],
  }),
  outcome: () => ({
    ...common(),
    tenant: tenant.publicKey,
    volunteer: volunteer.publicKey,
    issuedAtMs: NOW_MS,
    day: 20_000,
    leases: [
      { lease: id(8), code: '' },
      { lease: id(11), code: 'INSTANCE_LOST' },
    ],
  }),
  vouch: () => ({
    ...common(),
    voucher: tenant.publicKey,
    subject: volunteer.publicKey,
    seq: NOW_MS,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 86_400_000,
    trustMicrocredits: 1_000_000,
    creditMicrocredits: 0,
  }),
  invitation: () => ({
    ...common(),
    inviter: volunteer.publicKey,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 86_400_000,
    addresses: ['/ip4/127.0.0.1/tcp/4801'],
  }),
  grant: () => ({
    ...common(),
    tenant: tenant.publicKey,
    holder: volunteer.publicKey,
    audience: createIdentity(new Uint8Array(32).fill(13)).publicKey,
    image: `sha256:${'ab'.repeat(32)}`,
    expiresAtMs: NOW_MS + 3_600_000,
  }),
  header: () => ({
    ...common(),
    peer: volunteer.publicKey,
    generation: { counter: 1, nonce: new Uint8Array(16).fill(9) },
    seq: 1,
    previous: new Uint8Array(),
    root: id(10),
    records: 1,
    mapRoot: id(12),
    pairs: 1,
  }),
};

/** Who signs a kind, in the order of the body. */
export const SIGNERS: { readonly [K in RecordKind]: readonly Identity[] } = {
  offer: [volunteer],
  tombstone: [volunteer],
  bid: [tenant],
  lease: [volunteer],
  receipt: [volunteer, tenant],
  outcome: [tenant],
  vouch: [tenant],
  invitation: [volunteer],
  grant: [tenant],
  header: [volunteer],
};

/** A signed example, with what differs from it. */
export function example<K extends RecordKind>(kind: K, change: Partial<Bodies[K]> = {}): SignedRecord<K> {
  return signRecord(kind, { ...BODIES[kind](), ...change }, ...SIGNERS[kind]);
}
