import { describe, expect, test } from 'vitest';
import { own, ownOf } from './own.ts';

/** What somebody polluted, or what every object has. */
const inherited = Object.create({ kid: 'inherited' }) as { kid?: string; alg?: string };

describe('a member of the object itself', () => {
  test('is given', () => {
    expect(own({ kid: 'x' }, 'kid')).toBe('x');
  });

  test.each([
    [inherited, 'kid'],
    [{}, 'constructor'],
    [[], 'at'],
  ])('of %o there is no %s', (object, name) => {
    expect(own(object as Record<string, unknown>, name)).toBeUndefined();
  });
});

describe('the own members of an object', () => {
  test('are all there', () => {
    expect({ ...ownOf({ kid: 'x', alg: 'RS256' }) }).toEqual({ kid: 'x', alg: 'RS256' });
  });

  test('have nothing behind them', () => {
    const only = ownOf(inherited);
    expect(Object.getPrototypeOf(only)).toBeNull();
    expect(only.kid).toBeUndefined();
    expect('toString' in only).toBe(false);
  });
});
