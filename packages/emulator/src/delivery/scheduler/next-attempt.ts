import { backOff } from '../back-off.ts';

/** What a job says of runs that failed. Milliseconds. */
export interface RunPolicy {
  readonly retryCount: number;
  /** From the first attempt on; 0: no limit. */
  readonly maxRetryDuration: number;
  readonly minBackoff: number;
  readonly maxBackoff: number;
  readonly maxDoublings: number;
}

/** What came of a run up to now. Milliseconds since the epoch. */
export interface RunHistory {
  readonly attempts: number;
  /** HTTP status of the last one; 0 where there was no answer. */
  readonly status: number;
  readonly firstAt: number;
  readonly now: number;
}

export type NextRun = 'done' | 'given up' | { readonly at: number };

/**
 * A run that failed is tried again as often as the job says, and as long as it says where both are said; without either it
 * waits for its next time.
 * @see https://docs.cloud.google.com/scheduler/docs/configuring/retry-jobs
 */
export function nextAttempt(policy: RunPolicy, { attempts, status, firstAt, now }: RunHistory): NextRun {
  if (status >= 200 && status < 300) return 'done';
  const { retryCount, maxRetryDuration, minBackoff, maxBackoff, maxDoublings } = policy;
  const counted = attempts > retryCount;
  const aged = maxRetryDuration === 0 || now - firstAt >= maxRetryDuration;
  if (counted && aged) return 'given up';
  return { at: now + backOff({ min: minBackoff, max: maxBackoff, doublings: maxDoublings }, attempts) };
}
