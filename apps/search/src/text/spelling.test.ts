import { expect, test } from 'vitest';
import { canBeMistyped, isOneMistakeAway, spellingsOf } from './spelling.ts';

test.each([
  ['kim', 'kam'],
  ['kim', 'im'],
  ['kim', 'kimm'],
  ['kim', 'kmi'],
  ['kim', 'akim'],
  ['noor', 'nor'],
  ['𓀕𓅹𓘼', '𓀕𓅹'],
])('%s and %s are one mistake apart, and share a spelling', (a, b) => {
  expect(isOneMistakeAway(a, b)).toBe(true);
  expect(isOneMistakeAway(b, a)).toBe(true);
  const shared = new Set(spellingsOf(a)).intersection(new Set(spellingsOf(b)));
  expect(shared.size).toBeGreaterThan(0);
});

test.each([
  ['kim', 'kim'],
  ['kim', 'mik'],
  ['abc', 'bcd'],
  ['abcd', 'badc'],
  ['kim', 'kimab'],
  ['abc', 'cab'],
])('%s and %s are not', (a, b) => {
  expect(isOneMistakeAway(a, b)).toBe(false);
  expect(isOneMistakeAway(b, a)).toBe(false);
});

test.each([
  ['ada', true],
  ['ab', false],
  ['2012', false],
  ['a1b', false],
  ['x'.repeat(25), false],
])('%s can be mistyped: %s', (word, expected) => {
  expect(canBeMistyped(word)).toBe(expected);
});
