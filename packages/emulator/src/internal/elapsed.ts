/** Milliseconds since some moment. What waits for so long waits no longer because somebody set the clock. */
export type Elapsed = () => number;

export const elapsed: Elapsed = () => performance.now();

/**
 * The same beside a clock that was given, in seconds: what that one has gone ahead counts as having passed, as tests
 * expect of it. Set back, it prolongs nothing.
 */
export function elapsedBeside(now: () => number): Elapsed {
  let ahead = Number.NEGATIVE_INFINITY;
  return () => {
    const passed = Math.floor(performance.now());
    ahead = Math.max(ahead, now() * 1000 - passed);
    return passed + ahead;
  };
}
