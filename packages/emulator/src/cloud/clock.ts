import { type Elapsed, elapsedBeside, elapsed as passed } from '../internal/elapsed.ts';

export interface Clock {
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the epoch: what is due is due by it. */
  readonly millis: () => number;
  readonly elapsed: Elapsed;
  /** From now on it is so much later. @param milliseconds 0 or more */
  advance(milliseconds: number): void;
}

/** A clock that was given is moved by tests, and what lasts moves with it. */
export function createClock(given: (() => number) | undefined): Clock {
  let ahead = 0;
  const advance = (milliseconds: number) => {
    ahead += milliseconds;
  };
  if (given === undefined)
    return {
      now: () => Math.floor((Date.now() + ahead) / 1000),
      millis: () => Date.now() + ahead,
      elapsed: () => passed() + ahead,
      advance,
    };
  const beside = elapsedBeside(given);
  const start = given() * 1000 - beside();
  return {
    now: () => given() + Math.floor(ahead / 1000),
    millis: () => start + beside() + ahead,
    elapsed: () => beside() + ahead,
    advance,
  };
}
