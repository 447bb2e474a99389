import { expect, test } from 'vitest';
import { nextAttempt, type PushHistory, type PushPolicy } from './next-attempt.ts';

const DAY = 86_400_000;
const policy: PushPolicy = { retry: undefined, maxDeliveryAttempts: undefined, retention: 7 * DAY };
const history: PushHistory = { attempts: 1, status: 500, publishedAt: 0, now: 1000 };

test.each([102, 200, 201, 202, 204])('%i acknowledges, after whatever came before', (status) => {
  expect(nextAttempt({ ...policy, maxDeliveryAttempts: 5 }, { ...history, attempts: 99, status, now: 9 * DAY })).toBe(
    'acknowledged',
  );
});

test.each([0, 100, 101, 103, 203, 205, 206, 300, 302, 304, 400, 401, 403, 404, 408, 429, 500, 503])(
  '%i does not',
  (status) => {
    expect(nextAttempt(policy, { ...history, status })).toEqual({ at: 1100 });
  },
);

test('push back-off goes from 100 ms to a minute', () => {
  const waits = [1, 2, 3, 10, 11, 1000].map((attempts) => nextAttempt(policy, { ...history, attempts, now: 0 }));
  expect(waits).toEqual([100, 200, 400, 51_200, 60_000, 60_000].map((at) => ({ at })));
});

test('a retry policy takes its place', () => {
  const retry = { min: 10_000, max: 30_000 };
  const waits = [1, 2, 3, 4].map((attempts) => nextAttempt({ ...policy, retry }, { ...history, attempts, now: 0 }));
  expect(waits).toEqual([10_000, 20_000, 30_000, 30_000].map((at) => ({ at })));
});

test('dead letters begin with the last attempt, and not before', () => {
  const letters = { ...policy, maxDeliveryAttempts: 5 };
  expect(nextAttempt(letters, { ...history, attempts: 4 })).toEqual({ at: 1800 });
  expect(nextAttempt(letters, { ...history, attempts: 5 })).toBe('dead letter');
  expect(nextAttempt(letters, { ...history, attempts: 6 })).toBe('dead letter');
});

test('what was kept for so long is kept no longer', () => {
  expect(nextAttempt(policy, { ...history, now: 7 * DAY - 100 })).toEqual({ at: 7 * DAY });
  expect(nextAttempt(policy, { ...history, now: 7 * DAY - 99 })).toBe('expired');
});
