import { describe, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { attachToPairs, attachToRecord, type HeaderMode } from './attach.ts';
import type { IdToken, IdTokenText } from './id-token.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`;
const token: IdToken = {
  bearer: `Bearer ${jwt({ iss: 'https://accounts.google.com', email: 'us@p.iam.gserviceaccount.com' }) as IdTokenText}`,
  audience: 'x',
  caller: 'us',
  issuedAt: 0,
  expiresAt: 0,
};
const { bearer } = token;

/** Both shapes must give the same headers. */
function attach(headers: Record<string, string>, mode: HeaderMode): Record<string, unknown> {
  const record = attachToRecord(headers, token, mode);
  expect(Object.fromEntries(attachToPairs(Object.entries(headers), token, mode))).toEqual(record);
  return record;
}

describe('the ID token goes', () => {
  test.each([
    ['authorization', {}, { authorization: bearer }],
    ['x-serverless-authorization', {}, { 'x-serverless-authorization': bearer }],
    ['both', {}, { authorization: bearer, 'x-serverless-authorization': bearer }],
    [
      'authorization',
      { Authorization: 'Bearer person' },
      { Authorization: 'Bearer person', 'x-serverless-authorization': bearer },
    ],
    [
      'both',
      { authorization: 'Bearer person' },
      { authorization: 'Bearer person', 'x-serverless-authorization': bearer },
    ],
    [
      'x-serverless-authorization',
      { authorization: 'Basic YTpi' },
      { authorization: 'Basic YTpi', 'x-serverless-authorization': bearer },
    ],
  ] as const)('by mode %s, with headers %j', (mode, headers, expected) => {
    expect(attach(headers, mode)).toEqual(expected);
  });

  test('into Authorization when the application left it undefined', () => {
    expect(attachToRecord({ authorization: undefined, Authorization: null }, token, 'authorization')).toEqual({
      authorization: bearer,
    });
  });

  test('beside the other headers, which stay as they are', () => {
    const headers = Object.freeze({ Accept: 'a', 'x-thirteen-cha': '1', 'x-13-letters!': '2' });
    expect(attach(headers, 'authorization')).toEqual({ ...headers, authorization: bearer });
  });
});

describe('received credentials are not sent on', () => {
  test.each([
    'X-Serverless-Authorization',
    'proxy-authorization',
    'X-Goog-IAP-JWT-Assertion',
    'x-goog-authenticated-user-email',
    'x-goog-authenticated-user-id',
  ])('%s is left out', (name) => {
    expect(attach({ [name]: 'secret' }, 'authorization')).toEqual({ authorization: bearer });
  });

  test.each([
    ['a token without signature', `Bearer ${encode({})}.${encode({})}.${SIGNATURE_REMOVED}`],
    [
      "another service's token",
      `bearer ${jwt({ iss: 'https://accounts.google.com', email: 'them@p.iam.gserviceaccount.com' })}`,
    ],
  ])('%s in Authorization is refused', (_what, authorization) => {
    const refused = expect.objectContaining({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
    expect(() => attachToRecord({ Authorization: authorization }, token, 'both')).toThrow(refused);
    expect(() => attachToRecord({ authorization: ['x', authorization] }, token, 'both')).toThrow(refused);
    expect(() => attachToPairs([['authorization', authorization]], token, 'both')).toThrow(refused);
  });

  test.each([
    [
      "a person's token of Google",
      `Bearer ${jwt({ iss: 'https://accounts.google.com', email: 'someone@example.com' })}`,
    ],
    [
      "the application's own token",
      `Bearer ${jwt({ iss: 'https://login.example', email: 'x@p.iam.gserviceaccount.com' })}`,
    ],
    ['a token that names nobody', `Bearer ${jwt({ iss: 'https://accounts.google.com' })}`],
    ['claims that are null', `Bearer ${jwt(null)}`],
    ['what is no JSON', `Bearer a.${Buffer.from('{').toString('base64url')}.c`],
    ['what is no text', `Bearer a.${Buffer.from([0xff]).toString('base64url')}.c`],
    ['an opaque token', 'Bearer abc'],
    ['our own token', bearer],
  ])('%s in Authorization is for the application to decide', (_what, authorization) => {
    expect(attach({ authorization }, 'authorization')).toEqual({ authorization, 'x-serverless-authorization': bearer });
  });
});
