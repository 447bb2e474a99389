import { describe, expect, test } from 'vitest';
import { checkProtectedHeader } from './protected-header.ts';

const encode = (header: unknown): string => Buffer.from(JSON.stringify(header)).toString('base64url');
const good = { alg: 'RS256', kid: 'k1', typ: 'JWT' };

describe('a protected header', () => {
  test.each([good, { alg: 'RS256', kid: 'k1' }, { ...good, cty: 'JWT' }])('%j gives the key id', (header) => {
    expect(checkProtectedHeader(encode(header))).toBe('k1');
    expect(checkProtectedHeader(encode(header))).toBe('k1');
  });

  test.each([
    [{ alg: 'none' }, 'RUN_AUTH_ALGORITHM_NONE'],
    [{ alg: 'NONE' }, 'RUN_AUTH_ALGORITHM_NONE'],
    [{ alg: 'HS256' }, 'RUN_AUTH_ALGORITHM_SYMMETRIC'],
    [{ alg: 'EHS' }, 'RUN_AUTH_ALGORITHM_REFUSED'],
    [{ alg: 'RS512' }, 'RUN_AUTH_ALGORITHM_REFUSED'],
    [{ alg: 'rs256' }, 'RUN_AUTH_ALGORITHM_REFUSED'],
    [{ alg: ['RS256'] }, 'RUN_AUTH_ALGORITHM_REFUSED'],
    [{ alg: undefined }, 'RUN_AUTH_ALGORITHM_REFUSED'],
    [{ jwk: {} }, 'RUN_AUTH_HEADER_JWK'],
    [{ jku: 'https://evil.example' }, 'RUN_AUTH_HEADER_JKU'],
    [{ x5u: '' }, 'RUN_AUTH_HEADER_X5U'],
    [{ x5c: null }, 'RUN_AUTH_HEADER_X5C'],
    [{ b64: false }, 'RUN_AUTH_HEADER_B64'],
    [{ crit: [] }, 'RUN_AUTH_HEADER_CRIT'],
    [{ typ: 'jwt' }, 'RUN_AUTH_HEADER_TYP'],
    [{ typ: null }, 'RUN_AUTH_HEADER_TYP'],
    [{ kid: '' }, 'RUN_AUTH_KEY_ID_MISSING'],
    [{ kid: 1 }, 'RUN_AUTH_KEY_ID_MISSING'],
    [{ kid: undefined }, 'RUN_AUTH_KEY_ID_MISSING'],
  ])('with %j is refused, also the second time', (change, code) => {
    const segment = encode({ ...good, ...change });
    for (let time = 0; time < 2; time += 1)
      expect(() => checkProtectedHeader(segment)).toThrow(expect.objectContaining({ code }));
  });

  test('those that passed are remembered by their text, and not without end', () => {
    const ids = Array.from({ length: 200 }, (_, index) => `k${index}`);
    for (let round = 0; round < 2; round += 1)
      for (const kid of ids) expect(checkProtectedHeader(encode({ ...good, kid }))).toBe(kid);
  });
});
