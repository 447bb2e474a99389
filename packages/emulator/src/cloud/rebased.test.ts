import { describe, expect, test } from 'vitest';
import { rebased } from './rebased.ts';

const env = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

describe('what somebody changed by hand, beside what the file changes', () => {
  test.each<[what: string, now: unknown, before: unknown, after: unknown, expected: unknown]>([
    ['nothing was changed by the file', { a: 2 }, { a: 1 }, { a: 1 }, { a: 2 }],
    ['another value', { a: 1, b: 2 }, { a: 1, b: 1 }, { a: 9, b: 1 }, { a: 9, b: 2 }],
    ['the same value: the file wins', { a: 2 }, { a: 1 }, { a: 9 }, { a: 9 }],
    ['one that the file takes away', { a: 1, b: 2 }, { a: 1 }, {}, { b: 2 }],
    ['one that the file adds', { b: 2 }, {}, { a: 1 }, { b: 2, a: 1 }],
    ['one that was taken away by hand', {}, { a: 1 }, { a: 1 }, {}],
    ['one that was taken away by hand, and is another in the file', {}, { a: 1 }, { a: 9 }, { a: 9 }],
    ['what is deeper', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { b: 9 } }, { a: { b: 9, c: 2 } }],
    ['variables', env({ A: '1', B: '2' }), env({ A: '1' }), env({ A: '9', C: '3' }), env({ A: '9', B: '2', C: '3' })],
    ['a list of another length', [1, 2, 3], [1], [1, 2], [1, 2]],
    [
      'an entry of a list',
      [{ image: 'b', x: 1 }],
      [{ image: 'a', x: 1 }],
      [{ image: 'a', x: 9 }],
      [{ image: 'b', x: 9 }],
    ],
  ])('%s', (_what, now, before, after, expected) => {
    expect(rebased(now, before, after)).toEqual(expected);
  });

  test('names that every object has are no values', () => {
    const odd = env({ constructor: '1', toString: '2' });
    expect(rebased(env({ A: '1' }), env({ A: '1' }), [...env({ A: '1' }), ...odd])).toEqual([
      ...env({ A: '1' }),
      ...odd,
    ]);
    const now = JSON.parse('{"__proto__": "kept", "a": 1}');
    const merged = rebased(now, { a: 1 }, { a: 2 });
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(JSON.stringify(merged)).toBe('{"__proto__":"kept","a":2}');
  });
});
