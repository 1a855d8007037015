// What came of an economy so far, by the roles that peers play.
import type { Role } from './peers.ts';

/** Of all peers of a role, or of the new ones among them. */
export interface Account {
  wantedCpuHours: number;
  /** Of what they wanted, in time. */
  hadCpuHours: number;
  /** What peers of other roles served them since the beginning, and they those; nothing fades. */
  takenMicrocredits: number;
  givenMicrocredits: number;
}

export class Accounts {
  readonly #byRole = new Map<string, Account>();

  of(name: string): Account {
    const known = this.#byRole.get(name);
    if (known !== undefined) return known;
    const account = { wantedCpuHours: 0, hadCpuHours: 0, takenMicrocredits: 0, givenMicrocredits: 0 };
    this.#byRole.set(name, account);
    return account;
  }

  charge(tenant: Role, volunteer: Role, microcredits: number): void {
    if (tenant.name === volunteer.name) return;
    this.of(tenant.name).takenMicrocredits += microcredits;
    this.of(volunteer.name).givenMicrocredits += microcredits;
  }

  /** What a role took more than it gave, in microcredits. */
  netTaken(role: string): number {
    const { takenMicrocredits, givenMicrocredits } = this.of(role);
    return Math.max(0, takenMicrocredits - givenMicrocredits);
  }
}
