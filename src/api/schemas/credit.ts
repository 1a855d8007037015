// Schemas of credit: how this peer lends, and who may owe it how much.
import { Type } from 'typebox';
import { balance, closed, microcredits, peer } from './terms.ts';

export const CreditState = closed(
  {
    policy: Type.Enum(['market', 'friends', 'free'], {
      description: 'Lends to everybody within a limit; to those this peer vouches for; to all',
    }),
    newcomerShare: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of what it offers that newcomers together may owe for, a day',
    }),
    lendIdle: Type.Boolean({ description: 'Whether what nobody else takes is lent above limits' }),
    newcomersMicrocredits: microcredits('What newcomers together may be lent today'),
    newcomersLentMicrocredits: microcredits('What of that is lent'),
  },
  'How this peer lends',
);

export const CreditWay = closed(
  {
    peers: Type.Array(peer('A hop'), {
      description: 'Over whom, from this peer on; the last is the borrower',
    }),
    microcredits: microcredits('How much comes that way'),
  },
  'A way by which credit flows',
);

export const Borrower = closed(
  {
    peer: peer('Who'),
    owedMicrocredits: balance('What it owes by the receipts of both; below 0 what this peer owes it'),
    heldMicrocredits: microcredits('What it has not signed yet, and what running epochs may come to'),
    limitMicrocredits: microcredits('What it may owe, beside the newcomers’ pool'),
    ownMicrocredits: microcredits('The part of that for what it served this peer'),
    flowMicrocredits: microcredits('The part over others'),
    ways: Type.Array(Type.Ref('CreditWay'), { description: 'How that flows: the thickest five ways' }),
    lentMicrocredits: microcredits('What it is lent within its limit'),
    newcomerMicrocredits: microcredits('What it is lent out of newcomers’ pools'),
    beyondMicrocredits: microcredits('What it is lent beyond: preemptible, for free, or from before'),
  },
  'What a peer owes and may owe',
);
