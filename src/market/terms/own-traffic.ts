// Whether this peer sends or fetches images of its own, or of its leases: what it does for others as a favour gives way to that.

export class OwnTraffic {
  #ways = 0;

  get isUnderWay(): boolean {
    return this.#ways > 0;
  }

  /** Something is under way until the function returned is called. */
  begin(): () => void {
    let ways = 1;
    this.#ways += ways;
    return () => {
      this.#ways -= ways;
      ways = 0;
    };
  }
}
