import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { attachToPairs, attachToRecord, type HeaderMode } from './attach.ts';
import type { IdToken, IdTokenText } from './id-token.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`;
const token: IdToken = {
  bearer: `Bearer ${jwt({ iss: 'https://accounts.google.com', email: 'us@p.iam.gserviceaccount.com', sub: '7' }) as IdTokenText}`,
  audience: 'x',
  caller: 'us',
  issuedAt: 0,
  expiresAt: 0,
  lifeMs: 0,
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
    const headers = { authorization: undefined, Authorization: null };
    expect(attachToRecord(headers, token, 'authorization')).toEqual({ authorization: bearer });
    expect(attachToPairs(Object.entries(headers), token, 'authorization')).toEqual([['authorization', bearer]]);
  });

  test('beside the other headers, which stay as they are', () => {
    const headers = Object.freeze({ Accept: 'a', 'x-thirteen-cha': '1', 'x-13-letters!': '2' });
    expect(attach(headers, 'authorization')).toEqual({ ...headers, authorization: bearer });
  });
});

describe('received credentials are not sent on', () => {
  test.each([
    'X-Serverless-Authorization',
    'X-Forwarded-Authorization',
    'X-Goog-IAP-JWT-Assertion',
    'x-goog-authenticated-user-email',
    'x-goog-authenticated-user-id',
    'X-Apigateway-Api-Userinfo',
    'X-Endpoint-API-UserInfo',
    'Host',
  ])('%s is left out', (name) => {
    expect(attach({ [name]: 'secret' }, 'authorization')).toEqual({ authorization: bearer });
    expect(attachToPairs([[{ toString: () => name }, 'secret']], token, 'authorization')).toEqual([
      ['authorization', bearer],
    ]);
  });

  const STRIPPED = `${encode({})}.${encode({})}.${SIGNATURE_REMOVED}`;
  const service = (iss: string): string => jwt({ iss, email: 'them@p.iam.gserviceaccount.com' });
  const RELAYED: Record<string, string> = {
    'a token without signature': STRIPPED,
    "another service's token": service('https://accounts.google.com'),
    'the other form of the issuer': service('accounts.google.com'),
    'a token without an e-mail address': jwt({ iss: 'https://accounts.google.com', sub: '1', azp: '1' }),
    'a JSON with line breaks': `${encode({})}.${Buffer.from(
      JSON.stringify({ iss: 'accounts.google.com', email: 'them@p.iam.gserviceaccount.com' }, null, 2),
    ).toString('base64url')}.c2ln`,
  };
  const FORMS: [string, (text: string) => unknown][] = [
    ['Bearer', (text) => `Bearer ${text}`],
    ['bearer', (text) => `bearer ${text}`],
    ['no scheme', (text) => text],
    ['two blanks', (text) => `Bearer  ${text}`],
    ['a tab', (text) => `Bearer\t${text}`],
    ['a line break', (text) => `Bearer\r\n ${text}`],
    ['a no-break space', (text) => `Bearer\u00a0${text}`],
    ['a blank before and after', (text) => ` Bearer ${text} `],
    ['a comma', (text) => `Bearer ${bearer.slice(7)},${text}`],
    ['a comma and a scheme', (text) => `Basic YTpi, Bearer ${text}`],
    ['a semicolon', (text) => `Bearer ${text};x`],
    ['quotation marks', (text) => `Bearer "${text}"`],
    ['a parameter', (text) => `GoogleLogin auth=${text}`],
    ['dots around', (text) => `Bearer ..${text}..`],
    ['padding', (text) => `Bearer ${text}==`],
    ['a list', (text) => ['x', `Bearer ${text}`]],
    ['a list in a list', (text) => [['x', `Bearer ${text}`]]],
    ['an object that is sent as text', (text) => ({ toString: () => `Bearer ${text}` })],
    ['a function that is sent as text', (text) => Object.assign(() => '', { toString: () => `Bearer ${text}` })],
    ['bytes', (text) => Buffer.from(`Bearer ${text}`)],
  ];

  test.each(Object.entries(RELAYED).flatMap(([what, text]) => FORMS.map(([form, write]) => [what, form, write(text)])))(
    '%s, with %s, is refused in Authorization',
    (_what, _form, value) => {
      const refused = expect.objectContaining({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
      for (const name of ['authorization', 'Authorization', 'AUTHORIZATION']) {
        expect(() => attachToRecord({ [name]: value }, token, 'both')).toThrow(refused);
        expect(() => attachToPairs([[name, value]], token, 'both')).toThrow(refused);
        expect(() => attachToPairs([[Buffer.from(name), value]], token, 'both')).toThrow(refused);
      }
    },
  );

  test.each(['Cookie', 'x-original-authorization', 'x-token', 'accept'])('nor is one in %s', (name) => {
    const refused = expect.objectContaining({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
    const text = service('https://accounts.google.com');
    for (const value of [text, `a=b; token=${text}`, `${text.split('.').slice(0, 2).join('.')}.${SIGNATURE_REMOVED}`])
      expect(() => attachToRecord({ [name]: value }, token, 'both')).toThrow(refused);
  });

  test.each(['Proxy-Authorization', 'proxy-authorization'])('nor is one in %s, which is else sent as it is', (name) => {
    const refused = expect.objectContaining({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
    for (const text of Object.values(RELAYED))
      expect(() => attachToRecord({ [name]: `Bearer ${text}` }, token, 'both')).toThrow(refused);
    const own = `Bearer ${jwt({ iss: 'https://accounts.google.com', email: 'us@p.iam.gserviceaccount.com', aud: 'iap' })}`;
    for (const value of [own, 'Basic YTpi', `Bearer ${jwt({ iss: 'https://login.example' })}`])
      expect(attach({ [name]: value }, 'authorization')).toEqual({ [name]: value, authorization: bearer });
  });

  test('nor is our own whose signature was removed: it came from somewhere', () => {
    const claims = encode({ iss: 'https://accounts.google.com', email: 'us@p.iam.gserviceaccount.com', sub: '7' });
    const value = `Bearer ${encode({})}.${claims}.${SIGNATURE_REMOVED}`;
    expect(() => attachToRecord({ authorization: value }, token, 'both')).toThrow('called this one');
  });

  test("nor is another's that shares a name with ours, but not the account", () => {
    const claims = { iss: 'https://accounts.google.com', email: 'us@p2.iam.gserviceaccount.com', sub: '7' };
    expect(() => attachToRecord({ authorization: `Bearer ${jwt(claims)}` }, token, 'both')).toThrow('called this one');
    const nobody = { ...token, bearer: `Bearer ${jwt(null) as IdTokenText}` as const };
    const text = jwt({ iss: 'https://accounts.google.com', email: 'x@p.iam.gserviceaccount.com' });
    expect(() => attachToRecord({ authorization: `Bearer ${text}` }, nobody, 'both')).toThrow('called this one');
  });

  test('and what is refused is not told', () => {
    try {
      attachToRecord({ authorization: `Bearer ${service('accounts.google.com')}` }, token, 'both');
    } catch (error) {
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('eyJ');
    }
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
    [
      'a token of an issuer that is like Google',
      `Bearer ${jwt({ iss: 'https://accounts.google.com.evil.example', email: 'x@p.iam.gserviceaccount.com' })}`,
    ],
    ['a token that names nobody', `Bearer ${jwt({ iss: 'https://accounts.google.com' })}`],
    ['a token for a client of a person', `Bearer ${jwt({ iss: 'https://accounts.google.com', sub: '1', azp: 'app' })}`],
    ['claims that are null', `Bearer ${jwt(null)}`],
    ['what is no JSON', `Bearer a.${Buffer.from('{"').toString('base64url')}.c`],
    ['what is no text', `Bearer a.${Buffer.from([0x7b, 0x22, 0xff]).toString('base64url')}.c`],
    ['an opaque token', 'Bearer abc'],
    [
      'our own token for another audience, as IAP wants it',
      `Bearer ${jwt({ iss: 'https://accounts.google.com', email: 'us@p.iam.gserviceaccount.com', aud: 'iap' })}`,
    ],
    ['our own token without an e-mail address', `Bearer ${jwt({ iss: 'accounts.google.com', sub: '7', azp: '7' })}`],
    ['our own token', bearer],
    ['our own token, written otherwise', `bearer\t${bearer.slice(7)}`],
  ])('%s in Authorization is for the application to decide', (_what, authorization) => {
    expect(attach({ authorization }, 'authorization')).toEqual({ authorization, 'x-serverless-authorization': bearer });
  });

  test('a value is read once, so that what was checked is what is sent', () => {
    let reads = 0;
    const value = { toString: () => (++reads === 1 ? 'Bearer person' : `Bearer ${STRIPPED}`) };
    expect(attachToRecord({ authorization: value, 'x-one': 7, 'x-two': null }, token, 'both')).toEqual({
      authorization: 'Bearer person',
      'x-one': 7,
      'x-two': null,
      'x-serverless-authorization': bearer,
    });
    expect(reads).toBe(1);
  });

  test('long values cost no more than their length', () => {
    const long = `${'a.'.repeat(5_000)}${'eyJ'.repeat(50_000)}`;
    expect(attach({ authorization: long }, 'both')).toMatchObject({ authorization: long });
  });
});
