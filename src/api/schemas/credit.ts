// Schemas of credit: how this peer lends, and how much each peer may owe it.
import { Type } from 'typebox';
import { balance, closed, microcredits, peer } from './terms.ts';

export const CreditState = closed(
  {
    policy: Type.Enum(['market', 'friends', 'free'], {
      description:
        'To whom this peer lends. `market`: to everybody, each within a limit; `friends`: only to peers that it vouches for, without limit; `free`: to everybody, without limit',
    }),
    newcomerShare: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of the offered resources that newcomers together may owe for, per day',
    }),
    lendIdle: Type.Boolean({ description: 'Whether idle resources are lent above the limits' }),
    newcomersMicrocredits: microcredits('The most that newcomers together may owe today'),
    newcomersLentMicrocredits: microcredits('The part of it that is already lent'),
  },
  'How this peer lends',
);

export const CreditWay = closed(
  {
    peers: Type.Array(peer('A hop'), {
      description: 'The peers on the path, beginning after this peer; the last one is the borrower',
    }),
    microcredits: microcredits('The credit that flows on this path'),
  },
  'A path on which credit flows to a borrower',
);

export const Borrower = closed(
  {
    peer: peer('The borrower'),
    owedMicrocredits: balance(
      'What it owes this peer, by the receipts that both signed; below 0, this peer owes it',
    ),
    heldMicrocredits: microcredits(
      'The amount held for service that it has not signed yet and for epochs that run',
    ),
    limitMicrocredits: microcredits('The most that it may owe, without the pool of newcomers'),
    ownMicrocredits: microcredits('The part of the limit that comes from its service to this peer'),
    flowMicrocredits: microcredits('The part of the limit that flows through other peers'),
    ways: Type.Array(Type.Ref('CreditWay'), { description: 'The five paths on which most of that flows' }),
    lentMicrocredits: microcredits('The amount that it is lent within its limit'),
    newcomerMicrocredits: microcredits('The amount that it is lent from the pools of newcomers'),
    beyondMicrocredits: microcredits(
      'The amount that it is lent above its limit: for preemptible leases, for free, or lent while its limit was higher',
    ),
  },
  'What a peer owes this peer, and how much it may owe',
);
