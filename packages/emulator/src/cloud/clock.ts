import { type Elapsed, elapsedBeside, elapsed as passed } from '../internal/elapsed.ts';

export interface Clock {
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the epoch: what is due is due by it. */
  readonly millis: () => number;
  readonly elapsed: Elapsed;
}

/** A clock that was given is moved by tests, and what lasts moves with it. */
export function createClock(given: (() => number) | undefined): Clock {
  if (given === undefined) return { now: () => Math.floor(Date.now() / 1000), millis: Date.now, elapsed: passed };
  const elapsed = elapsedBeside(given);
  const start = given() * 1000 - elapsed();
  return { now: given, millis: () => start + elapsed(), elapsed };
}
