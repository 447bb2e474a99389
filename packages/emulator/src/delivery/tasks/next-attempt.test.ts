import { describe, expect, test } from 'vitest';
import { nextAttempt, type TaskHistory, type TaskPolicy } from './next-attempt.ts';

const DAY = 86_400_000;
const policy: TaskPolicy = {
  maxAttempts: 3,
  maxRetryDuration: 0,
  minBackoff: 100,
  maxBackoff: 3_600_000,
  maxDoublings: 16,
};
const history: TaskHistory = {
  attempts: 1,
  status: 500,
  createdAt: 0,
  firstAt: 1000,
  now: 2000,
  retryAfter: undefined,
};

test.each([200, 201, 204, 299])('%i ends it, after whatever came before', (status) => {
  expect(nextAttempt(policy, { ...history, status, attempts: 99, now: 40 * DAY })).toBe('done');
});

test.each([0, 100, 199, 300, 302, 400, 401, 403, 404, 429, 500, 503, 504])('%i is tried again', (status) => {
  expect(nextAttempt(policy, { ...history, status })).toEqual({ at: 2100 });
});

describe('retrying ends', () => {
  test('after its attempts, the first among them', () => {
    expect(nextAttempt(policy, { ...history, attempts: 2 })).toEqual({ at: 2200 });
    expect(nextAttempt(policy, { ...history, attempts: 3 })).toBe('given up');
  });

  test('when both the attempts and the time are used up, where there are both', () => {
    const both = { ...policy, maxRetryDuration: 60_000 };
    expect(nextAttempt(both, { ...history, attempts: 3 })).toEqual({ at: 2400 });
    expect(nextAttempt(both, { ...history, attempts: 2, now: 61_000 })).toEqual({ at: 61_200 });
    expect(nextAttempt(both, { ...history, attempts: 3, now: 61_000 })).toBe('given up');
    expect(nextAttempt(both, { ...history, attempts: 3, now: 60_999 })).toEqual({ at: 61_399 });
  });

  test('by the time alone where attempts have no end, and with what is kept where neither has', () => {
    const endless = { ...policy, maxAttempts: -1 };
    expect(nextAttempt({ ...endless, maxRetryDuration: 60_000 }, { ...history, attempts: 9, now: 61_000 })).toBe(
      'given up',
    );
    expect(nextAttempt(endless, { ...history, attempts: 1e6, now: 30 * DAY })).toEqual({ at: 30 * DAY + 3_600_000 });
    expect(nextAttempt(endless, { ...history, attempts: 1, now: 31 * DAY })).toBe('given up');
  });
});

test('what the receiver asks to be waited is waited, where it is more', () => {
  expect(nextAttempt(policy, { ...history, retryAfter: 30_000 })).toEqual({ at: 32_000 });
  expect(nextAttempt(policy, { ...history, retryAfter: 1 })).toEqual({ at: 2100 });
});
