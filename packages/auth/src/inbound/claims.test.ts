import { describe, expect, test } from 'vitest';
import { type ClaimRules, readCaller } from './claims.ts';

const NOW = 1_800_000_000;
const AUDIENCE = 'https://search.example';
const good = {
  iss: 'https://accounts.google.com',
  aud: AUDIENCE,
  sub: '1',
  email: 'a@p.iam.gserviceaccount.com',
  email_verified: true,
  iat: NOW,
  exp: NOW + 3600,
};
const rules: ClaimRules = { audiences: new Set([AUDIENCE, 'urn:other']), clockTolerance: 60 };
const read = (claims: object = {}, more: Partial<ClaimRules> = {}, now = NOW * 1000) =>
  readCaller({ ...good, ...claims }, { ...rules, ...more }, true, now);
const refused = (code: string, detail = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(detail) });

test('good claims are a caller, and nobody can write into it', () => {
  const deep = { google: { list: [{ a: 1 }], nothing: null } };
  const caller = read(deep);
  expect(caller).toEqual({
    email: good.email,
    subject: '1',
    audience: AUDIENCE,
    issuer: good.iss,
    expiresAt: (NOW + 3600) * 1000,
    verified: true,
    claims: { ...good, ...deep },
  });
  const { google } = caller.claims as { google: { list: object[] } };
  for (const one of [caller, caller.claims, google, google.list, google.list[0]])
    expect(Object.isFrozen(one)).toBe(true);
  expect(readCaller(good, rules, false, NOW * 1000).verified).toBe(false);
});

describe('times', () => {
  test.each([
    ['in the last moment of the tolerance', { exp: NOW - 59 }],
    ['issued as far ahead as clocks may differ', { iat: NOW + 60 }],
    ['not before as far ahead', { nbf: NOW + 60 }],
    ['issued long ago', { iat: 0, nbf: 0 }],
    ['a day long', { exp: NOW + 86_400 + 60 }],
    ['of half seconds', { exp: NOW + 0.5, iat: NOW - 0.5 }],
  ])('%s: good', (_what, claims) => {
    expect(read(claims)).toMatchObject({ email: good.email });
  });

  test.each([
    ['RUN_AUTH_TOKEN_EXPIRED', { exp: NOW - 60 }],
    ['RUN_AUTH_TOKEN_NOT_YET_VALID', { iat: NOW + 61 }],
    ['RUN_AUTH_TOKEN_NOT_YET_VALID', { nbf: NOW + 61 }],
    ['RUN_AUTH_TOKEN_NOT_YET_VALID', { nbf: NOW - 100, iat: NOW + 61 }],
    ['RUN_AUTH_TOKEN_TOO_LONG_LIVED', { exp: NOW + 86_400 + 61 }],
  ])('%s: %j', (code, claims) => {
    expect(() => read(claims)).toThrow(refused(code));
  });

  test('an expired token is told with its end', () => {
    expect(() => read({ exp: NOW - 60 })).toThrow(
      refused('RUN_AUTH_TOKEN_EXPIRED', new Date((NOW - 60) * 1000).toISOString()),
    );
  });

  test('without tolerance a token ends with its second', () => {
    const at = (seconds: number) => () => read({}, { clockTolerance: 0 }, seconds * 1000);
    expect(at(NOW + 3600)).toThrow(refused('RUN_AUTH_TOKEN_EXPIRED'));
    expect(at(NOW + 3599.999)).not.toThrow();
    expect(at(NOW - 1)).toThrow(refused('RUN_AUTH_TOKEN_NOT_YET_VALID'));
    expect(at(NOW)).not.toThrow();
  });

  test.each([-1, Number.NaN, 8.64e12 + 1, Number.POSITIVE_INFINITY, '1', null, [1], true])('%j is no time', (value) => {
    for (const name of ['exp', 'iat', 'nbf'])
      expect(() => read({ [name]: value })).toThrow(refused('RUN_AUTH_CLAIM_INVALID', `Claim: ${name}.`));
  });

  test('0 and the last date are times', () => {
    expect(read({ iat: 0 })).toMatchObject({ subject: '1' });
    expect(() => read({ exp: 8.64e12 })).toThrow(refused('RUN_AUTH_TOKEN_TOO_LONG_LIVED'));
    expect(() => read({ exp: 0 })).toThrow(refused('RUN_AUTH_TOKEN_EXPIRED'));
  });

  test.each(['exp', 'iat'])('%s must be there', (name) => {
    expect(() => read({ [name]: undefined })).toThrow(refused('RUN_AUTH_CLAIM_MISSING', `Claim: ${name}.`));
  });
});

describe('texts', () => {
  test.each(['iss', 'aud', 'sub'])('%s must be there, and a text that is not empty', (name) => {
    expect(() => read({ [name]: undefined })).toThrow(refused('RUN_AUTH_CLAIM_MISSING', `Claim: ${name}.`));
    for (const value of ['', 7, null, { 0: 'x' }])
      expect(() => read({ [name]: value })).toThrow(refused('RUN_AUTH_CLAIM_INVALID', `Claim: ${name}.`));
  });

  test('the e-mail address too, and it must be verified', () => {
    expect(() => read({ email: undefined })).toThrow(refused('RUN_AUTH_EMAIL_MISSING'));
    for (const email of ['', 7, null])
      expect(() => read({ email })).toThrow(refused('RUN_AUTH_CLAIM_INVALID', 'email'));
    for (const verified of [undefined, false, 'true', 1])
      expect(() => read({ email_verified: verified })).toThrow(refused('RUN_AUTH_EMAIL_UNVERIFIED'));
  });

  test('what objects inherit is no claim', () => {
    for (const name of ['iss', 'aud', 'sub', 'email', 'email_verified', 'exp', 'iat']) {
      const { [name as 'iss']: inherited, ...rest } = good;
      const claims = Object.assign(Object.create({ [name]: inherited }), rest);
      expect(() => readCaller(claims, rules, true, NOW * 1000), name).toThrow(
        expect.objectContaining({ name: 'CallerError' }),
      );
    }
  });

  test.each(['https://accounts.google.com', 'accounts.google.com'])('the issuer may be %s', (iss) => {
    expect(read({ iss })).toMatchObject({ issuer: iss });
  });

  test.each(['https://accounts.google.com/', 'accounts.google.com.evil.example', 'Stryker was here!'])(
    'and not %s',
    (iss) => {
      expect(() => read({ iss })).toThrow(refused('RUN_AUTH_ISSUER_REFUSED'));
    },
  );
});

describe('audiences', () => {
  test('each of those accepted is good, and any where any is', () => {
    expect(read({ aud: 'urn:other' })).toMatchObject({ audience: 'urn:other' });
    expect(read({ aud: 'anything' }, { audiences: null })).toMatchObject({ audience: 'anything' });
  });

  test('several are none, also where any is accepted', () => {
    for (const aud of [[AUDIENCE], [], [AUDIENCE, 'x']])
      expect(() => read({ aud }, { audiences: null })).toThrow(refused('RUN_AUTH_AUDIENCE_SEVERAL'));
  });

  test.each([
    [`${AUDIENCE}/x`, 'It has a path.'],
    [`${AUDIENCE}/`, 'They differ in the slash at the end, which it has.'],
    [`${AUDIENCE}/?x`, 'It has a query or fragment.'],
    [`${AUDIENCE.replace('https', 'http')}/`, 'They differ in http and https.'],
    [`${AUDIENCE}:443/`, 'They are one URL, written in two ways.'],
    [`${AUDIENCE}?x`, 'It has a query or fragment.'],
    [`${AUDIENCE}#x`, 'It has a query or fragment.'],
    [AUDIENCE.toUpperCase(), 'They differ in upper and lower case.'],
  ])('%s is told as a near miss', (aud, why) => {
    const told = () => read({ aud });
    expect(told).toThrow(
      refused('RUN_AUTH_AUDIENCE_REFUSED', `It says "${aud}"; accepted: "${AUDIENCE}", "urn:other". ${why}`),
    );
  });

  test.each([
    ['https://a.example/', 'https://a.example', 'They differ in the slash at the end, which it lacks.'],
    ['https://a.example/push', 'https://a.example/push/', 'They differ in the slash at the end, which it has.'],
    ['https://a.example/push', 'https://a.example/', 'It lacks a path.'],
    ['https://a.example/push?token=x', 'https://a.example/push', 'It lacks a query or fragment.'],
    ['https://a.example/push', 'https://a.example', 'It lacks a path.'],
    ['https://a.example/', 'https://a.example/push', 'It has a path.'],
    ['custom', 'custom/', 'They differ in the slash at the end, which it has.'],
    ['custom', 'custom:x', ''],
    ['http://a.example', 'https://a.example', 'They differ in http and https.'],
    ['urn:x', 'urn:http:x', ''],
    ['urn:https:x', 'urn:x', ''],
    ['https://a.example', 'https://a.example/push?x', 'It has a path.'],
    ['https://a.example', 'https://a.example.evil?x', ''],
  ])('accepted is %s, the token says %s: %s', (accepted, aud, why) => {
    expect(() => read({ aud }, { audiences: new Set([accepted]) })).toThrow(
      refused('RUN_AUTH_AUDIENCE_REFUSED', `It says "${aud}"; accepted: "${accepted}".${why && ` ${why}`} Let`),
    );
  });

  test('what is near to nothing is told without a guess', () => {
    for (const aud of ['https://x.example', `x${AUDIENCE}`, `${AUDIENCE}x`])
      expect(() => read({ aud })).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/accepted: [^.]+\.example", "urn:other"\.(?! They| It)/),
        }),
      );
  });
});
