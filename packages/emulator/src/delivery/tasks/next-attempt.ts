import { backOff } from '../back-off.ts';

/** What a queue says of tasks that failed. Milliseconds. */
export interface TaskPolicy {
  /** The first attempt among them; -1: no limit. */
  readonly maxAttempts: number;
  /** From the first attempt on; 0: no limit. */
  readonly maxRetryDuration: number;
  readonly minBackoff: number;
  readonly maxBackoff: number;
  readonly maxDoublings: number;
}

/** What came of a task up to now. Milliseconds since the epoch. */
export interface TaskHistory {
  readonly attempts: number;
  /** HTTP status of the last one; 0 where there was no answer. */
  readonly status: number;
  readonly createdAt: number;
  readonly firstAt: number;
  readonly now: number;
  /** What the receiver asked to be waited. */
  readonly retryAfter: number | undefined;
}

export type NextTask = 'done' | 'given up' | { readonly at: number };

/** @see https://docs.cloud.google.com/tasks/docs/quotas#limits */
const RETENTION = 31 * 86_400_000;

/**
 * Retrying ends when both the attempts and the time are used up; one that has no limit leaves it to the other.
 * @see https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig
 */
export function nextAttempt(policy: TaskPolicy, history: TaskHistory): NextTask {
  const { maxAttempts, maxRetryDuration, minBackoff, maxBackoff, maxDoublings } = policy;
  const { attempts, status, createdAt, firstAt, now, retryAfter = 0 } = history;
  if (status >= 200 && status < 300) return 'done';
  const attempted = maxAttempts === -1 ? maxRetryDuration > 0 : attempts >= maxAttempts;
  const aged = maxRetryDuration === 0 || now - firstAt >= maxRetryDuration;
  if ((attempted && aged) || now - createdAt >= RETENTION) return 'given up';
  const wait = backOff({ min: minBackoff, max: maxBackoff, doublings: maxDoublings }, attempts);
  return { at: now + Math.max(wait, retryAfter) };
}
