import type { Dispatcher } from './dispatcher.ts';

/** What came of a jump. */
export interface Advanced {
  /** Seconds since the epoch: what time it is now. */
  readonly now: number;
  /** How often something was due on the way. */
  readonly stops: number;
  /** Seconds that have not passed yet, where the signal was aborted on the way. */
  readonly left: number;
}

export interface AdvanceOptions {
  readonly dispatcher: Pick<Dispatcher, 'idle' | 'nextDue' | 'wake'>;
  readonly millis: () => number;
  /** Moves the clock. */
  readonly move: (milliseconds: number) => void;
}

/** What is due more often within one jump is due together at its end. */
const MOST_STOPS = 10_000;

/**
 * Moves the clock as if the time had passed: it stops wherever something is due, and goes on when that was delivered or was
 * refused. A job of every hour so runs 24 times within a day.
 * @param milliseconds how far
 * @param signal when it is aborted, this ends at the next stop
 */
export async function advance(
  milliseconds: number,
  signal: AbortSignal,
  { dispatcher, millis, move }: AdvanceOptions,
): Promise<Advanced> {
  const target = millis() + milliseconds;
  let stops = 0;
  await dispatcher.idle(signal);
  while (stops < MOST_STOPS && !signal.aborted) {
    const due = dispatcher.nextDue();
    if (due === undefined || due > target) break;
    move(Math.max(due - millis(), 0));
    stops++;
    dispatcher.wake();
    await dispatcher.idle(signal);
  }
  if (!signal.aborted) {
    move(Math.max(target - millis(), 0));
    dispatcher.wake();
    await dispatcher.idle(signal);
  }
  return { now: Math.floor(millis() / 1000), stops, left: Math.max(Math.round(target - millis()), 0) / 1000 };
}
