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

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('verified tokens', () => {
  test('are found until they expire', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.advanceTimersByTime(999);
    expect(tokens.get('a')?.email).toBe('a');
    vi.advanceTimersByTime(1);
    expect(tokens.get('a')).toBeUndefined();
    vi.setSystemTime(Date.now() - 500);
    expect(tokens.get('a')).toBeUndefined();
  });

  test.each([-3_600_000, -1, 1, 999])('live no longer when the clock is set by %i ms', (step) => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.setSystemTime(Date.now() + step);
    vi.advanceTimersByTime(1_000);
    expect(tokens.get('a')).toBeUndefined();
  });

  test('are not found when the clock is set beyond their end', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'k');
    vi.setSystemTime(Date.now() + 1_000);
    expect(tokens.get('a')).toBeUndefined();
  });

  test('with the same end are not taken for one another', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a${end}`, caller('a'), 'k');
    expect(tokens.get(`a${end}`)?.email).toBe('a');
    expect(tokens.get(`b${end}`)).toBeUndefined();
    expect(tokens.get(end)).toBeUndefined();
  });

  test('without signature all end alike, and are kept apart', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a.${end}.${SIGNATURE_REMOVED}`, caller('a'), 'k');
    tokens.set(`b.${end}.${SIGNATURE_REMOVED}`, caller('b'), 'k');
    expect(tokens.get(`a.${end}.${SIGNATURE_REMOVED}`)?.email).toBe('a');
    expect(tokens.get(`b.${end}.${SIGNATURE_REMOVED}`)?.email).toBe('b');
  });

  test('are bounded: the first goes first', () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ['a', 'b', 'b', 'c']) tokens.set(name, caller(name), 'k');
    expect(['a', 'b', 'c'].map((name) => tokens.get(name)?.email)).toEqual([undefined, 'b', 'c']);
  });

  test('are not kept when the cache is off', () => {
    const tokens = new VerifiedTokens(0);
    tokens.set('a', caller('a'), 'k');
    expect(tokens.get('a')).toBeUndefined();
  });

  test('go with their key, and only they', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'old');
    tokens.set('b', caller('b'), 'new');
    tokens.dropWithdrawn((keyId) => keyId === 'new');
    expect([tokens.get('a'), tokens.get('b')?.email]).toEqual([undefined, 'b']);
  });
});
