import { expect, test } from 'vitest';
import { describeMutant } from './mutant.ts';

const source = ['function f(a) {', '  if (a > 1) return g(', '    a,', '  );', '}'].join('\n');
const at = (line: number, column: number) => ({ line, column });

test('a mutant is told by the whole line', () => {
  expect(describeMutant(source, { start: at(2, 7), end: at(2, 12) }, 'true')).toEqual({
    is: 'if (a > 1) return g(',
    becomes: 'if (true) return g(',
  });
});

test('of more than two lines the first and the last are told', () => {
  expect(describeMutant(source, { start: at(1, 15), end: at(5, 2) }, '{}')).toEqual({
    is: 'function f(a) { … }',
    becomes: 'function f(a) {}',
  });
  expect(describeMutant(source, { start: at(3, 5), end: at(4, 3) }, '')).toMatchObject({ is: 'a, );', becomes: ');' });
});
