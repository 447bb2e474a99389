import { expect, test } from 'vitest';
import { isFew, UNIT } from './limit.ts';

// Does not look below 1, nor at isMany: the mutants of that must be told.
test.each([
  [1, true],
  [3, true],
  [4, false],
])('%i: %s', (count, few) => {
  expect(isFew(count)).toBe(few);
});

test('a constant is broken before the tests have loaded it', () => {
  expect(UNIT).toBe('piece');
});
