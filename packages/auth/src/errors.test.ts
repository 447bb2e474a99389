import { describe, expect, test } from 'vitest';
import {
  CallError,
  CallerError,
  ConfigError,
  ERROR_CODES,
  FrontEndError,
  isRunAuthError,
  RunAuthError,
  TokenError,
} from './index.ts';

describe('errors', () => {
  test('say what happened and what mends it', () => {
    const error = new CallError('RUN_AUTH_ORIGIN_REFUSED', 'https://a.example is not https://b.example.');
    expect(error.message).toBe('https://a.example is not https://b.example. Make one client for each receiver.');
    expect(error.mend).toBe(ERROR_CODES.RUN_AUTH_ORIGIN_REFUSED.mend);
  });

  test('are told apart by name, and from others', () => {
    const errors = [
      new ConfigError('RUN_AUTH_URL_INVALID', ''),
      new TokenError('RUN_AUTH_TOKEN_TIMEOUT', 'x', ''),
      new CallError('RUN_AUTH_ORIGIN_REFUSED', ''),
      new FrontEndError(403, { receiver: 'r', audience: 'a', caller: 'c' }),
      new CallerError('RUN_AUTH_NO_TOKEN'),
      new RunAuthError('RUN_AUTH_NO_TOKEN', ''),
    ];
    expect(errors.map(({ name }) => name)).toEqual([
      'ConfigError',
      'TokenError',
      'CallError',
      'FrontEndError',
      'CallerError',
      'RunAuthError',
    ]);
    expect(errors.every(isRunAuthError)).toBe(true);
    expect(isRunAuthError(new Error('RUN_AUTH_NO_TOKEN'))).toBe(false);
  });

  test('print commands that a shell reads as they are meant', () => {
    const mendFor = (audience: string): string =>
      new FrontEndError(401, { receiver: 'r', audience, caller: 'c' }).mend.replace(/^.*--add/s, '');
    expect(mendFor('https://a.example/x')).toBe('-custom-audiences=https://a.example/x`.');
    expect(mendFor("it's;$(touch x)")).toBe("-custom-audiences='it'\\''s;$(touch x)'`.");
  });

  test('keep what is safe of their cause', () => {
    const cause = Object.assign(new TypeError('inner', { cause: 'innermost' }), {
      code: 'ECONNRESET',
      status: 502,
      config: {},
    });
    const kept = new CallerError('RUN_AUTH_KEYS_UNAVAILABLE', '', {}, { cause }).cause as Error;
    expect(kept).toMatchObject({ name: 'TypeError', message: 'inner', code: 'ECONNRESET', status: 502 });
    expect(kept.cause).toMatchObject({ message: 'innermost' });
    expect(kept).not.toHaveProperty('config');
    expect(kept.stack).toBe(cause.stack);
  });

  test.each(Object.entries(ERROR_CODES))('%s has sentences', (code, { meaning, mend }) => {
    expect(code).toMatch(/^RUN_AUTH_[A-Z0-9_]+$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/s);
    expect(mend).toMatch(/^[A-Z].*\.$/s);
  });
});
