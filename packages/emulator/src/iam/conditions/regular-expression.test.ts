import { describe, expect, test } from 'vitest';
import { regularExpression } from './regular-expression.ts';

describe('a pattern', () => {
  test.each(['a{100}', 'a{50}b{50}', 'a{2,}', 'a{x}{', 'a{,5}', 'a'.repeat(198), ''])('%s is taken', (pattern) => {
    expect(() => regularExpression(pattern)).not.toThrow();
  });

  test.each(['a{101}', 'a{50}b{51}', 'a{1,101}', 'a{101,}', 'a{0,51}b{50}', 'a{1,60}b{1,60}', 'a{2,50}b{2,51}'])(
    '%s repeats too often, which is told before it is compiled',
    (pattern) => {
      expect(() => regularExpression(pattern)).toThrow(`"${pattern}" repeats more than 100 times`);
    },
  );

  test.each(['a'.repeat(199), 'a{0,100}', '(ab?){40}'])('%s is too large', (pattern) => {
    expect(() => regularExpression(pattern)).toThrow(`"${pattern}" is too large`);
  });

  test('is found anywhere in a text, unless it says where', () => {
    expect(regularExpression('b').test('abc')).toBe(true);
    expect(regularExpression('^b').test('abc')).toBe(false);
  });
});

test('five hundred are kept compiled, and the next begin anew', () => {
  const first = regularExpression('kept0');
  expect(regularExpression('kept0')).toBe(first);
  let made = 1;
  for (; made < 2000 && regularExpression('kept0') === first; made++) regularExpression(`kept${made}`);
  expect(made).toBeLessThanOrEqual(501);
  const again = regularExpression('kept0');
  for (let n = 0; n < 498; n++) regularExpression(`more${n}`);
  expect(regularExpression('kept0')).toBe(again);
  regularExpression('one too many');
  expect(regularExpression('kept0')).not.toBe(again);
});
