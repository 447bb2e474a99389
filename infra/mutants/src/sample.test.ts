import { expect, test } from 'vitest';
import { codeLines, pick } from './sample.ts';

const hundred = Array.from({ length: 100 }, (_, index) => index);

test('the same seed draws the same, in order; another draws others', () => {
  const drawn = pick(hundred, 10, '7');
  expect(pick(hundred, 10, '7')).toEqual(drawn);
  expect(drawn).toHaveLength(10);
  expect([...drawn].sort((one, other) => one - other)).toEqual(drawn);
  expect(pick(hundred, 10, '8')).not.toEqual(drawn);
  expect(pick([1, 2], 10, '7')).toEqual([1, 2]);
});

test('lines that hold code alone are drawn from', () => {
  const source = ["import 'a';", '', '/** Text. */', '// text', 'const a = 1;', 'if (a) {', '}', ' * text', 'f();'];
  expect(codeLines(source.join('\n')).map(({ from }) => from)).toEqual([5, 6, 9]);
});
