import { describe, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { isStripped, readObject, splitToken } from './token.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const HEADER = encode('{"alg":"RS256"}');
const PAYLOAD = encode('{"sub":"1"}');
/** Two characters stand for one byte, with four bits that say nothing. */
const CANONICAL = 'AA';
const LOOSE = 'AB';
const MOST = 8_192;

const refused = (code: string) => expect.objectContaining({ code });

describe('a token is split', () => {
  test('into its three segments', () => {
    expect(splitToken(`${HEADER}.${PAYLOAD}.${CANONICAL}`)).toEqual({
      header: HEADER,
      payload: PAYLOAD,
      signature: CANONICAL,
    });
  });

  test('where the signature was removed, too', () => {
    const text = `${HEADER}.${PAYLOAD}.${SIGNATURE_REMOVED}`;
    expect(splitToken(text).signature).toBe(SIGNATURE_REMOVED);
    expect(isStripped(text)).toBe(true);
    expect(isStripped(`${HEADER}.${PAYLOAD}x${SIGNATURE_REMOVED}`)).toBe(false);
    expect(isStripped(`${text}.${CANONICAL}`)).toBe(false);
  });

  test.each([
    `${LOOSE}.${PAYLOAD}.${CANONICAL}`,
    `${HEADER}.${LOOSE}.${CANONICAL}`,
    `${HEADER}.${PAYLOAD}.${LOOSE}`,
    `${LOOSE}.${PAYLOAD}.${SIGNATURE_REMOVED}`,
    `${HEADER}.${LOOSE}.${SIGNATURE_REMOVED}`,
    `${HEADER}.${PAYLOAD}`,
    `${HEADER}.${PAYLOAD}.`,
    `${HEADER}.${PAYLOAD}.${CANONICAL}.${CANONICAL}`,
    `.${PAYLOAD}.${CANONICAL}`,
    '',
  ])('and %s has another reading, or none', (text) => {
    expect(() => splitToken(text)).toThrow(refused('RUN_AUTH_TOKEN_MALFORMED'));
  });

  test.each([
    ['x'.repeat(MOST + 1), 'RUN_AUTH_TOKEN_TOO_LARGE'],
    ['x'.repeat(MOST), 'RUN_AUTH_TOKEN_MALFORMED'],
    ['ya29.a0Af', 'RUN_AUTH_ACCESS_TOKEN'],
    ['x.ya29.a0Af!', 'RUN_AUTH_TOKEN_MALFORMED'],
    [`${HEADER}.${PAYLOAD}.é`, 'RUN_AUTH_TOKEN_NOT_ASCII'],
    [`é${HEADER}.${PAYLOAD}.${CANONICAL}`, 'RUN_AUTH_TOKEN_NOT_ASCII'],
    [`${HEADER}.${PAYLOAD}.${CANONICAL}\u007f`, 'RUN_AUTH_TOKEN_NOT_ASCII'],
    ['a.b.c d.e.f', 'RUN_AUTH_TOKENS_SEVERAL'],
    ['a.b.c,d.e.f', 'RUN_AUTH_TOKENS_SEVERAL'],
  ])('and what is wrong with %.40s is told', (text, code) => {
    expect(() => splitToken(text)).toThrow(refused(code));
  });

  const NONE = encode('{"alg":"nOnE"}');
  test.each([
    [`${NONE}.${PAYLOAD}.`, 'RUN_AUTH_ALGORITHM_NONE'],
    [`${HEADER}.${PAYLOAD}.`, 'RUN_AUTH_TOKEN_MALFORMED'],
    [`!${NONE}.${PAYLOAD}.`, 'RUN_AUTH_TOKEN_MALFORMED'],
    [`${NONE}.${PAYLOAD}.!`, 'RUN_AUTH_TOKEN_MALFORMED'],
    [`${NONE}..`, 'RUN_AUTH_TOKEN_MALFORMED'],
    [`${encode('[]')}.${PAYLOAD}.`, 'RUN_AUTH_TOKEN_MALFORMED'],
  ])('and %s is unsecured, or no token', (text, code) => {
    expect(() => splitToken(text)).toThrow(refused(code));
  });
});

describe('the object in a segment', () => {
  test('is read', () => {
    expect(readObject('{"a":1}')).toEqual({ a: 1 });
  });

  test.each([
    [undefined, 'RUN_AUTH_TOKEN_MALFORMED'],
    ['', 'RUN_AUTH_TOKEN_MALFORMED'],
    ['[]', 'RUN_AUTH_TOKEN_MALFORMED'],
    ['{"a":1,"a":1}', 'RUN_AUTH_CLAIM_DUPLICATE'],
    ['{"__proto__":1}', 'RUN_AUTH_CLAIM_PROTO'],
  ])('of %s is refused', (text, code) => {
    expect(() => readObject(text)).toThrow(refused(code));
  });
});
