import { describe, expect, test } from 'vitest';
import type { Caller } from '../caller.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const caller = (email: string, expiresAt = 1_000): Caller => ({
  email,
  subject: '1',
  audience: 'x',
  issuer: 'https://accounts.google.com',
  expiresAt,
  verified: true,
  claims: {},
});
const end = 'e'.repeat(40);

describe('verified tokens', () => {
  test('are found until they expire', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a${end}`, caller('a'), 'k');
    expect(tokens.get(`a${end}`, 999)?.email).toBe('a');
    expect(tokens.get(`a${end}`, 1_000)).toBeUndefined();
    expect(tokens.get(`a${end}`, 999)).toBeUndefined();
  });

  test('with the same end are not taken for one another', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a${end}`, caller('a'), 'k');
    expect(tokens.get(`b${end}`, 0)).toBeUndefined();
    expect(tokens.get(end, 0)).toBeUndefined();
  });

  test('without signature all end alike, and are kept apart', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set(`a.${end}.${SIGNATURE_REMOVED}`, caller('a'), 'k');
    tokens.set(`b.${end}.${SIGNATURE_REMOVED}`, caller('b'), 'k');
    expect(tokens.get(`a.${end}.${SIGNATURE_REMOVED}`, 0)?.email).toBe('a');
    expect(tokens.get(`b.${end}.${SIGNATURE_REMOVED}`, 0)?.email).toBe('b');
  });

  test('are bounded: the first goes first', () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ['a', 'b', 'b', 'c']) tokens.set(name, caller(name), 'k');
    expect(['a', 'b', 'c'].map((name) => tokens.get(name, 0)?.email)).toEqual([undefined, 'b', 'c']);
  });

  test('are not kept when the cache is off', () => {
    const tokens = new VerifiedTokens(0);
    tokens.set('a', caller('a'), 'k');
    expect(tokens.get('a', 0)).toBeUndefined();
  });

  test('go with their key, and only they', () => {
    const tokens = new VerifiedTokens(10);
    tokens.set('a', caller('a'), 'old');
    tokens.set('b', caller('b'), 'new');
    tokens.dropWithdrawn((keyId) => keyId === 'new');
    expect([tokens.get('a', 0), tokens.get('b', 0)?.email]).toEqual([undefined, 'b']);
  });
});
