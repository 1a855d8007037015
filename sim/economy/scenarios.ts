// Who lives in an economy, and what its attackers do. A tenth of all peers never serve, in every scenario but the first:
// against them is measured what serving is worth.
import { CREDIT } from '../../src/lib/units.ts';
import type { Economy } from './economy.ts';
import type { PeerState, Role } from './peers.ts';

/** A population, and what happens at the end of each day. */
export interface Scenario {
  readonly name: string;
  readonly freeRiders: number;
  /** Peers that attack, as a share of all; they come in the place of honest ones. */
  readonly attackers?: number;
  /** Keys beside all peers. */
  readonly swarm?: number;
  readonly role?: Role;
  /** Parts that the network may split into; 1 by default. */
  readonly sides?: number;
  begin?(attackers: readonly PeerState[], economy: Economy): void;
  eachDay?(attackers: readonly PeerState[], economy: Economy): void;
}

const SERVES = { serves: true, appetite: 0, isHostile: false } as const;
const TAKES = { serves: false, isHostile: true } as const;

export const HONEST: Role = { ...SERVES, name: 'honest' };
export const FREE_RIDER: Role = { ...TAKES, name: 'free-rider', appetite: 0 };
const SYBIL: Role = { ...TAKES, name: 'sybil', appetite: 1 };
const LOYAL: Role = { ...SERVES, name: 'traitor', isHostile: true };
const TURNED: Role = { ...TAKES, name: 'traitor', appetite: 4 };
const SLANDERER: Role = {
  ...SERVES,
  name: 'slanderer',
  speaksWellOf: ({ role }) => role.name === 'slanderer',
};
const WHITEWASHER: Role = { ...TAKES, name: 'whitewasher', appetite: 0 };
const MINTER: Role = { ...TAKES, name: 'minter', appetite: 4 };
const BRIDGE: Role = { ...SERVES, name: 'minter', isHostile: true };
const WITHHOLDER: Role = { ...SERVES, name: 'withholder', appetite: 2, isHostile: true };

/** A year of good service in a simulation of 90 days. */
const TURNS_ON_DAY = 60;
const SPLIT_DAYS = { from: 30, until: 45 };
const MINTED_CREDITS = 10_000;
const MINTED_LEASES = 50;
const MINTED_TIES = 20;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'honest', freeRiders: 0 },
  { name: 'free-riders', freeRiders: 0.2 },
  { name: 'sybil-swarm', freeRiders: 0.1, swarm: 1_000, role: SYBIL, begin: mint },
  {
    name: 'traitors',
    ...{ freeRiders: 0.1, attackers: 0.1, role: LOYAL },
    eachDay(attackers, { day }) {
      if (day === TURNS_ON_DAY) for (const peer of attackers) peer.role = TURNED;
    },
  },
  { name: 'slander', freeRiders: 0.1, attackers: 0.1, role: SLANDERER, begin: praise },
  {
    name: 'whitewash',
    ...{ freeRiders: 0.1, attackers: 0.1, role: WHITEWASHER },
    eachDay(attackers, economy) {
      for (const { id, role } of attackers) {
        const old = economy.peers.get(id);
        if (old !== undefined) economy.remove(old);
        economy.add(role);
      }
    },
  },
  {
    name: 'minters',
    ...{ freeRiders: 0.1, attackers: 0.1, role: MINTER },
    begin(attackers, economy) {
      mint(attackers, economy);
      for (const [index, peer] of attackers.entries()) if (index % 10 === 0) peer.role = BRIDGE;
    },
  },
  {
    name: 'withheld',
    ...{ freeRiders: 0.1, attackers: 0.1, role: WITHHOLDER },
    begin(attackers, { books }) {
      for (const { id } of attackers) books.hiding.add(id);
    },
  },
  {
    name: 'split',
    ...{ freeRiders: 0.1, sides: 2 },
    eachDay(_, economy) {
      economy.isSplit = economy.day >= SPLIT_DAYS.from && economy.day < SPLIT_DAYS.until;
    },
  },
];

/** Attackers sign with each other what never was. */
function mint(attackers: readonly PeerState[], economy: Economy): void {
  for (const { id } of attackers)
    for (let i = 0; i < MINTED_TIES; i += 1) {
      const other = attackers[economy.random.int(0, attackers.length - 1)];
      if (other !== undefined && other.id !== id) economy.books.charge(id, other.id, MINTED_CREDITS * CREDIT);
    }
  praise(attackers, economy);
}

function praise(attackers: readonly PeerState[], { books, random }: Economy): void {
  for (const { id } of attackers)
    for (let i = 0; i < MINTED_LEASES; i += 1) {
      const other = attackers[random.int(0, attackers.length - 1)];
      if (other !== undefined && other.id !== id) books.judge(id, other.id, true);
    }
}
