/** Milliseconds since some moment. What waits for so long waits no longer because somebody set the clock. */
export type Elapsed = () => number;

export const elapsed: Elapsed = () => performance.now();

/**
 * The same beside a clock that was given, in seconds: by what that one runs ahead, a second or more, tests say that so
 * much has passed. Set back, it prolongs nothing.
 */
export function elapsedBeside(now: () => number): Elapsed {
  let before = { passed: performance.now(), clock: now() * 1000 };
  let total = 0;
  return () => {
    const current = { passed: performance.now(), clock: now() * 1000 };
    const passed = current.passed - before.passed;
    const moved = current.clock - before.clock;
    total += moved - passed >= 1000 ? moved : passed;
    before = current;
    return total;
  };
}
