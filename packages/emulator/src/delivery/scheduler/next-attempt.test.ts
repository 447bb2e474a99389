import { expect, test } from 'vitest';
import { nextAttempt, type RunHistory, type RunPolicy } from './next-attempt.ts';

const policy: RunPolicy = {
  retryCount: 0,
  maxRetryDuration: 0,
  minBackoff: 5000,
  maxBackoff: 3_600_000,
  maxDoublings: 5,
};
const history: RunHistory = { attempts: 1, status: 500, firstAt: 0, now: 1000 };

test('2xx ends a run', () => {
  for (const status of [200, 204, 299]) expect(nextAttempt(policy, { ...history, status })).toBe('done');
});

test('without retries one attempt is all, whatever was answered', () => {
  for (const status of [0, 199, 302, 401, 403, 404, 500, 503])
    expect(nextAttempt(policy, { ...history, status })).toBe('given up');
});

test('retries wait longer each time, and end', () => {
  const retried = { ...policy, retryCount: 3 };
  const next = [1, 2, 3, 4, 5].map((attempts) => nextAttempt(retried, { ...history, attempts, now: 0 }));
  expect(next).toEqual([{ at: 5000 }, { at: 10_000 }, { at: 20_000 }, 'given up', 'given up']);
});

test('where a time is said, too, both must be used up', () => {
  const both = { ...policy, retryCount: 1, maxRetryDuration: 60_000 };
  expect(nextAttempt(both, { ...history, attempts: 2, now: 59_999 })).toEqual({ at: 69_999 });
  expect(nextAttempt(both, { ...history, attempts: 2, now: 60_000 })).toBe('given up');
  expect(nextAttempt({ ...both, retryCount: 0 }, { ...history, now: 0 })).toEqual({ at: 5000 });
});
