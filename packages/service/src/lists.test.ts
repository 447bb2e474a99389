import { expect, test } from 'vitest';
import { allowedCallers } from './lists.ts';

test.each([
  ['a@x, b@x', ['a@x', 'b@x']],
  ['a@x,', ['a@x']],
  ['', ['nobody@run-edges.invalid']],
  [' , ', ['nobody@run-edges.invalid']],
  ['*', null],
  ['*,a@x', ['*', 'a@x']],
])('%j allows %j', (list, callers) => {
  expect(allowedCallers(list)).toEqual(callers);
});
