// Schemas of leases, receipts, debts and proofs.
import { Type } from 'typebox';
import { balance, closed, code, count, id, microcredits, peer, spanMs, timeMs } from './terms.ts';

export const Lease = closed(
  {
    id: id('The lease'),
    bid: id('The bid that it accepts'),
    side: Type.Enum(['volunteer', 'tenant']),
    volunteer: peer('The volunteer, which gives the lease'),
    tenant: peer('The tenant, which pays'),
    image: Type.String({ maxLength: 256, description: 'Name of the image, as in the bid' }),
    state: Type.Enum([
      'reserved',
      'fetching',
      'starting',
      'running',
      'paused',
      'stalled',
      'restarting',
      'ended',
    ]),
    cause: code,
    startFailure: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description:
          'Why the container did not start, in the words of the engine; only the volunteer has it, until its peer stops',
      }),
    ),
    restarts: Type.Optional(count('How often its container was restarted; only the volunteer has it')),
    exitCode: Type.Optional(
      Type.Integer({
        description: 'Exit code of the last run of its container that ended; only the volunteer has it',
      }),
    ),
    resources: Type.Ref('Resources'),
    priceMicrocreditsPerHour: microcredits('Price for all its resources together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at any time'),
    issuedAtMs: timeMs('When it was signed'),
    endsAtMs: timeMs('When it ends'),
    chargedMicrocredits: microcredits('The charges that both sides have signed'),
    unsignedMicrocredits: microcredits(
      'The charges for what ran and is not signed yet, up to now. The two sides sign at the end of each epoch, so this grows ' +
        'while the container runs. A tenant knows the rest of a lease that has ended from its volunteer, and has 0 until then',
    ),
    epochs: count('Number of epochs that are paid'),
    upMs: spanMs('How long its container has been up'),
    usage: closed(
      {
        cpuMilliseconds: count('Cpu time used, in milliseconds of one cpu'),
        memoryMibSeconds: count('Memory used: MiB multiplied by seconds'),
        tunnelKib: count('KiB that passed through tunnels'),
      },
      'Usage since the lease began. A volunteer knows it up to now, a tenant up to the last receipt',
    ),
  },
  'A lease, as this peer knows it',
);

export const Eviction = closed(
  {
    lease: Type.Ref('Lease'),
    cause: Type.String({ maxLength: 64, description: 'The cause with which the lease ends or has ended' }),
    isBreach: Type.Boolean({ description: 'Whether the tenant counts this end as a failure of this peer' }),
  },
  'The end of a lease that the volunteer ended early',
);

export const Counters = closed(
  {
    chargedMicrocredits: microcredits('The charges, which are owed'),
    cpuMilliseconds: count('Measured cpu time'),
    memoryMibSeconds: count('Measured memory'),
    diskMibSeconds: count('Measured disk'),
    tunnelKib: count('Measured tunnel traffic'),
  },
  'Cumulative counters. Only the charges are owed; the other counters are information',
);

export const Earning = closed(
  {
    peer: peer('The other peer'),
    servedMicrocredits: microcredits('All that this peer has charged it'),
    consumedMicrocredits: microcredits('All that it has charged this peer'),
    servedNowMicrocredits: microcredits('What this peer served it; halves every 90 days'),
    consumedNowMicrocredits: microcredits('What this peer consumed from it; halves every 90 days'),
    owedMicrocredits: balance('What it owes this peer; below 0, this peer owes it'),
  },
  'What two peers owe each other, by the receipts that both signed',
);

export const PairProof = closed(
  {
    network: Type.String({
      maxLength: 32,
      description: 'The network for which header and receipt are signed',
    }),
    peer: peer('The peer that signed the header'),
    side: Type.Enum(['volunteer', 'tenant']),
    counterparty: peer('The other peer of the pair'),
    header: id('The newest header'),
    seq: count('Sequence number of the header'),
    pairs: count('Number of pairs that the header commits to'),
    statement: Type.String({
      description: 'Header, path and receipt in base64 (docs/formats.md), for independent checks',
    }),
    receipt: Type.Optional(Type.Ref('Receipt')),
  },
  'What a header proves about one pair: its latest receipt. Without a receipt, it proves that there is no such pair',
);

export const Conviction = closed(
  {
    network: Type.String({ maxLength: 32, description: 'The network in which the conviction is valid' }),
    peer: peer('The convicted key, as a peer id'),
    seq: count('Sequence number at which the two headers contradict each other'),
    one: id('One of the two headers'),
    other: id('The other header'),
    proof: Type.String({ description: 'Both headers, in base64 (docs/formats.md)' }),
  },
  'A key that signed two headers that contradict each other, and the proof',
);

export const Receipt = closed(
  {
    id: id('The record'),
    volunteer: peer('The volunteer, which served'),
    tenant: peer('The tenant, which pays'),
    pairSeq: count('Number of the receipt of this pair; counted from 1'),
    counters: Type.Ref('Counters'),
    serviceMicrocredits: microcredits('The decayed service: the charges, which halve every 90 days'),
    day: count('Day of the receipt, in days since 1970'),
    leases: Type.Array(
      closed({
        lease: id('The lease'),
        epochs: count('Number of epochs that are closed'),
        counters: Type.Ref('Counters'),
      }),
    ),
    record: Type.String({ description: 'The signed record in base64, for independent checks' }),
  },
  'Cumulative amounts between two peers, signed by both',
);
