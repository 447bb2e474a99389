/** A token bucket: so many at once, then one each interval. On monotonic time: a clock that is set changes nothing. */
export class Allowance {
  readonly #most: number;
  readonly #interval: number;
  #left: number;
  #at = performance.now();

  /** @param interval in milliseconds */
  constructor(most: number, interval: number) {
    this.#most = most;
    this.#interval = interval;
    this.#left = most;
  }

  /** Takes one, if there is one. */
  take(): boolean {
    const now = performance.now();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) / this.#interval);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Takes all: the next one is there an interval from now. */
  exhaust(): void {
    this.#left = 0;
    this.#at = performance.now();
  }
}
