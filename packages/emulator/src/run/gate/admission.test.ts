import { describe, expect, test, vi } from 'vitest';
import { createAdmission } from './admission.ts';

/** Takes one of one place. */
function occupied(wait = 1000) {
  const admission = createAdmission(wait);
  const leave = admission.enter(1);
  if (leave === undefined) throw new Error('there is no place in an empty room');
  return { admission, leave };
}

describe('admission', () => {
  test('lets in while there is room, and no further', () => {
    const admission = createAdmission(1000);
    expect(admission.enter(2)).toBeTypeOf('function');
    expect(admission.enter(2)).toBeTypeOf('function');
    expect(admission.enter(2)).toBeUndefined();
  });

  test('a place that was given back is free', () => {
    const { admission, leave } = occupied();
    leave();
    expect(admission.enter(1)).toBeTypeOf('function');
    expect(admission.enter(1)).toBeUndefined();
  });

  test('the longest waiting one comes next', () => {
    const { admission, leave } = occupied();
    const order: string[] = [];
    admission.wait(1, () => order.push('second'));
    admission.wait(1, () => order.push('third'));
    expect(order).toEqual([]);
    leave();
    expect(order).toEqual(['second']);
  });

  test('who waited has a place, and gives one back though told twice', () => {
    const { admission, leave } = occupied();
    const order: string[] = [];
    const leaveSecond = admission.wait(1, () => order.push('second'));
    admission.wait(1, () => order.push('third'));
    admission.wait(1, () => order.push('fourth'));
    leave();
    expect(admission.enter(1)).toBeUndefined();
    leaveSecond();
    leaveSecond();
    expect(order).toEqual(['second', 'third']);
  });

  test('who leaves the queue is passed over', () => {
    const { admission, leave } = occupied();
    const order: string[] = [];
    admission.wait(1, () => order.push('second'))();
    admission.wait(1, () => order.push('third'));
    leave();
    expect(order).toEqual(['third']);
  });

  test('refuses after the wait, and that takes no place', () => {
    vi.useFakeTimers();
    try {
      const { admission, leave } = occupied();
      const decided = vi.fn();
      const leaveQueue = admission.wait(1, decided);
      vi.advanceTimersByTime(999);
      expect(decided).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(decided.mock.calls).toEqual([[false]]);
      leaveQueue();
      leave();
      expect(admission.enter(1)).toBeTypeOf('function');
      expect(admission.enter(1)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
