import { describe, expect, test, vi } from 'vitest';
import { createAdmission } from './admission.ts';

describe('admission', () => {
  test('lets in at once while there is room', () => {
    const admission = createAdmission(1000);
    const decided = vi.fn();
    admission.enter(2, decided);
    admission.enter(2, decided);
    expect(decided.mock.calls).toEqual([[true], [true]]);
  });

  test('the longest waiting one comes next', () => {
    const admission = createAdmission(1000);
    const order: string[] = [];
    const leave = admission.enter(1, () => order.push('first'));
    admission.enter(1, () => order.push('second'));
    admission.enter(1, () => order.push('third'));
    expect(order).toEqual(['first']);
    leave();
    expect(order).toEqual(['first', 'second']);
  });

  test('who leaves twice gives one place back', () => {
    const admission = createAdmission(1000);
    const order: string[] = [];
    const leave = admission.enter(1, () => order.push('first'));
    admission.enter(1, () => order.push('second'));
    admission.enter(1, () => order.push('third'));
    leave();
    leave();
    expect(order).toEqual(['first', 'second']);
  });

  test('who leaves the queue is passed over', () => {
    const admission = createAdmission(1000);
    const order: string[] = [];
    const leave = admission.enter(1, () => order.push('first'));
    admission.enter(1, () => order.push('second'))();
    admission.enter(1, () => order.push('third'));
    leave();
    expect(order).toEqual(['first', 'third']);
  });

  test('refuses after the wait, and that takes no place', () => {
    vi.useFakeTimers();
    try {
      const admission = createAdmission(1000);
      const leave = admission.enter(1, () => undefined);
      const decided = vi.fn();
      const leaveQueue = admission.enter(1, decided);
      vi.advanceTimersByTime(999);
      expect(decided).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(decided.mock.calls).toEqual([[false]]);
      leaveQueue();
      leave();
      const next = vi.fn();
      admission.enter(1, next);
      admission.enter(1, next);
      expect(next.mock.calls).toEqual([[true]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
