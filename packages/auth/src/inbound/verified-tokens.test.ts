import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../caller.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const caller = (email: string): Caller => ({
  email,
  subject: '1',
  audience: 'x',
  issuer: 'https://accounts.google.com',
  expiresAt: Date.now() + 1_000,
  verified: true,
  claims: {},
});
const end = 'e'.repeat(40);
const get = (tokens: VerifiedTokens, token: string, vouched = false): Caller | undefined =>
  tokens.get(token, vouched, performance.now());

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('verified tokens', () => {
  test('are found until they expire', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.advanceTimersByTime(999);
    expect(get(tokens, 'a')?.email).toBe('a');
    vi.advanceTimersByTime(1);
    expect(get(tokens, 'a')).toBeUndefined();
    vi.setSystemTime(Date.now() - 500);
    expect(get(tokens, 'a')).toBeUndefined();
  });

  test.each([-3_600_000, -1, 1, 999])('live no longer when the clock is set by %i ms', (step) => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.setSystemTime(Date.now() + step);
    vi.advanceTimersByTime(1_000);
    expect(get(tokens, 'a')).toBeUndefined();
  });

  test('are not found when the clock is set beyond their end', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.setSystemTime(Date.now() + 1_000);
    expect(get(tokens, 'a')).toBeUndefined();
  });

  test('with the same end are not taken for one another', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a${end}`, caller('a'), 'k');
    expect(get(tokens, `a${end}`)?.email).toBe('a');
    expect(get(tokens, `b${end}`)).toBeUndefined();
    expect(get(tokens, end)).toBeUndefined();
  });

  test('without signature all end alike, and are kept apart', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a.${end}.${SIGNATURE_REMOVED}`, caller('a'), 'k');
    tokens.set(`b.${end}.${SIGNATURE_REMOVED}`, caller('b'), 'k');
    expect(get(tokens, `a.${end}.${SIGNATURE_REMOVED}`, true)?.email).toBe('a');
    expect(get(tokens, `b.${end}.${SIGNATURE_REMOVED}`, true)?.email).toBe('b');
  });

  test.each([`a.${end}.`, 'a.b.'])(
    'without signature (%s...) are found where they are vouched for, and nowhere else',
    (start) => {
      const tokens = new VerifiedTokens(10);
      const token = `${start}${SIGNATURE_REMOVED}`;
      tokens.set(token, { ...caller('a'), verified: false }, 'k');
      expect(get(tokens, token, true)?.email).toBe('a');
      expect(get(tokens, token, false)).toBeUndefined();
    },
  );

  test('are bounded: the first goes first', () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ['a', 'b', 'b', 'c']) tokens.set(name, caller(name), 'k');
    expect(['a', 'b', 'c'].map((name) => get(tokens, name)?.email)).toEqual([undefined, 'b', 'c']);
  });

  test('set again take the place of themselves', () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ['a', 'b', 'b']) tokens.set(name, caller(name), 'k');
    expect(['a', 'b'].map((name) => get(tokens, name)?.email)).toEqual(['a', 'b']);
  });

  test('are not kept when the cache is off', () => {
    const tokens = new VerifiedTokens(0);
    tokens.set('a', caller('a'), 'k');
    expect(get(tokens, 'a')).toBeUndefined();
  });

  test('go with their key, and only they', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'old');
    tokens.set('b', caller('b'), 'new');
    tokens.dropWithdrawn((keyId) => keyId === 'new');
    expect([get(tokens, 'a'), get(tokens, 'b')?.email]).toEqual([undefined, 'b']);
  });
});
