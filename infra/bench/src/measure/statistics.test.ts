import { describe, expect, test } from 'vitest';
import { median, pairedRatio } from './statistics.ts';

describe('median', () => {
  test('of an odd and an even number of figures, in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 4, 1])).toBe(3);
  });

  test('sorts by value, not as text', () => {
    expect(median([100, 9, 20])).toBe(20);
  });

  test('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });

  test('leaves the figures in their order', () => {
    const figures = [3, 1, 2];
    median(figures);
    expect(figures).toEqual([3, 1, 2]);
  });
});

describe('pairedRatio', () => {
  test('is of figures of the same round: a slow round slows both', () => {
    expect(pairedRatio([90, 9, 80], [100, 10, 100], 'higher')).toBe(0.9);
  });

  test('turns round where less is better', () => {
    expect(pairedRatio([50, 50, 50], [100, 100, 100], 'lower')).toBe(2);
  });

  test('refuses rounds that have no partner', () => {
    expect(() => pairedRatio([1], [1, 2], 'higher')).toThrow(RangeError);
  });

  test('of nothing is no number', () => {
    expect(pairedRatio([], [], 'higher')).toBeNaN();
  });
});
