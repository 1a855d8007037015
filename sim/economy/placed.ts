// What it takes to find a volunteer: how many are asked, and for how long.

export class Placed {
  #asked = 0;
  /** How long reserving took where somebody was found, in milliseconds. */
  readonly reserveMs: number[] = [];

  /** Volunteers were asked one after the other, each for a round trip; the last of them took it, or none did. */
  add(isPlaced: boolean, roundTripsMs: readonly number[]): void {
    this.#asked += roundTripsMs.length;
    if (isPlaced) this.reserveMs.push(roundTripsMs.reduce((sum, each) => sum + each, 0));
  }

  /** Volunteers asked for every lease, those asked in vain with them. */
  get askedALease(): number {
    return this.reserveMs.length === 0 ? 0 : this.#asked / this.reserveMs.length;
  }
}
