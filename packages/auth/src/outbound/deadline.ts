/**
 * A moment to come, by two clocks: it has come when either of them says so. The monotonic one is set by nobody, so that a
 * step of the clock on the wall makes nothing last longer; the one on the wall goes on while a machine sleeps.
 */
export class Deadline {
  readonly #mono: number;
  readonly #wall: number;

  /** @param ms from now on */
  constructor(ms: number) {
    this.#mono = performance.now() + ms;
    this.#wall = Date.now() + ms;
  }

  /** Given both times, since it is asked on the way of every call. */
  hasCome(mono: number, wall: number): boolean {
    return mono >= this.#mono || wall >= this.#wall;
  }

  /** Milliseconds until then. */
  left(mono: number, wall: number): number {
    return Math.min(this.#mono - mono, this.#wall - wall);
  }
}
