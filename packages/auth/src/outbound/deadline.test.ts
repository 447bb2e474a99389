import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadline } from './deadline.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('a moment to come', () => {
  test.each([
    [999, 999, false],
    [1_000, 0, true],
    [0, 1_000, true],
    [1_001, -5_000, true],
    [-5_000, 1_001, true],
  ])('%i ms on the monotonic clock and %i on the wall: %s', (mono, wall, come) => {
    const deadline = new Deadline(1_000);
    expect(deadline.hasCome(performance.now() + mono, Date.now() + wall)).toBe(come);
  });

  test.each([
    [0, 0, 1_000],
    [300, 100, 700],
    [100, 300, 700],
    [0, -5_000, 1_000],
    [-5_000, 400, 600],
  ])('after %i and %i ms there are %i left', (mono, wall, left) => {
    const deadline = new Deadline(1_000);
    expect(deadline.left(performance.now() + mono, Date.now() + wall)).toBe(left);
  });
});
