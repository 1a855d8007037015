// Schemas of what was agreed and what was paid.
import { Type } from 'typebox';
import { balance, closed, code, count, id, microcredits, peer, spanMs, timeMs } from './terms.ts';

export const Lease = closed(
  {
    id: id('The lease'),
    bid: id('The bid that it accepts'),
    side: Type.Enum(['volunteer', 'tenant']),
    volunteer: peer('Who gives it'),
    tenant: peer('Who pays'),
    image: Type.String({ maxLength: 256, description: "The image's name, as the bid has it" }),
    state: Type.Enum(['reserved', 'starting', 'running', 'paused', 'stalled', 'ended']),
    cause: code,
    startFailure: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description:
          "Why its container did not start, as the engine says: on the volunteer's side, until its peer stops",
      }),
    ),
    resources: Type.Ref('Resources'),
    priceMicrocreditsPerHour: microcredits('For all the resources together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at a time'),
    issuedAtMs: timeMs('When it was signed'),
    endsAtMs: timeMs('When it ends'),
    chargedMicrocredits: microcredits('What both sides signed'),
    unsignedMicrocredits: microcredits("Measured but not signed yet; the volunteer's side only"),
    epochs: count('Paid stretches'),
    upMs: spanMs('How long it has been up'),
    usage: closed(
      {
        cpuMilliseconds: count('Milliseconds of one cpu'),
        memoryMibSeconds: count('MiB times seconds'),
        tunnelKib: count('KiB'),
      },
      'Use since it began: up to now on the side of the volunteer, as of the last receipt on that of the tenant',
    ),
  },
  'A lease as this side holds it',
);

export const Eviction = closed(
  {
    lease: Type.Ref('Lease'),
    cause: Type.String({ maxLength: 64, description: 'With which the lease ends, or has ended' }),
    isBreach: Type.Boolean({ description: 'Whether the tenant counts it against this peer' }),
  },
  'The end of a lease by the will of the volunteer',
);

export const Counters = closed(
  {
    chargedMicrocredits: microcredits('Owed'),
    cpuMilliseconds: count('Measured'),
    memoryMibSeconds: count('Measured'),
    diskMibSeconds: count('Measured'),
    tunnelKib: count('Measured'),
  },
  'Cumulative counters; only the charge is owed, the rest informs',
);

export const Earning = closed(
  {
    peer: peer('The other side'),
    servedMicrocredits: microcredits('What this peer charged it since the beginning'),
    consumedMicrocredits: microcredits('What it charged this peer since the beginning'),
    servedNowMicrocredits: microcredits('What was served, halved per 90 days'),
    consumedNowMicrocredits: microcredits('What was consumed, halved per 90 days'),
    owedMicrocredits: balance('What it owes this peer; below 0 what this peer owes it'),
  },
  'What two peers owe each other by the receipts of both',
);

export const PairProof = closed(
  {
    network: Type.String({ maxLength: 32, description: 'The network that all of it is signed for' }),
    peer: peer('Whose header it is'),
    side: Type.Enum(['volunteer', 'tenant']),
    counterparty: peer('The other of the pair'),
    header: id('The newest header'),
    seq: count('Number of the header'),
    pairs: count('How many pairs the header commits to'),
    statement: Type.String({
      description: 'Header, path and receipt in base64 (docs/formats.md), for whoever wants to check it',
    }),
    receipt: Type.Optional(Type.Ref('Receipt')),
  },
  'What a header says of one pair: its latest receipt, or without one that there is no such pair',
);

export const Conviction = closed(
  {
    network: Type.String({ maxLength: 32, description: 'The network that it holds in' }),
    peer: peer('The key that is refused'),
    seq: count('Number at which the two histories part'),
    one: id('A header of one'),
    other: id('A header of the other'),
    proof: Type.String({ description: 'Both headers in base64 (docs/formats.md)' }),
  },
  'A key that signed two histories, and the proof',
);

export const Receipt = closed(
  {
    id: id('The record'),
    volunteer: peer('Who served'),
    tenant: peer('Who pays'),
    pairSeq: count('Counts the receipts of the pair from 1'),
    counters: Type.Ref('Counters'),
    serviceMicrocredits: microcredits('Charges, halved per 90 days'),
    day: count('Days since 1970'),
    leases: Type.Array(
      closed({
        lease: id('The lease'),
        epochs: count('Closed'),
        counters: Type.Ref('Counters'),
      }),
    ),
    record: Type.String({ description: 'The signed record in base64, for whoever wants to verify it' }),
  },
  'Cumulative amounts between two peers, signed by both',
);
