import { describe, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import type { IdToken } from './id-token.ts';
import { refuseRelayed } from './relayed.ts';

const OWN = 'own-run@demo.iam.gserviceaccount.com';
const OTHER = 'other-run@demo.iam.gserviceaccount.com';
const ISSUER = 'https://accounts.google.com';

const encode = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
const bearer = (claims: object): string => `Bearer ${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`;
const tokenOf = (claims: object) => ({ bearer: bearer(claims) }) as IdToken;
const own = tokenOf({ iss: ISSUER, email: OWN, sub: '1', azp: '1' });
const refused = (value: string, token: IdToken = own): boolean => {
  try {
    refuseRelayed(value, token);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
    return true;
  }
};

describe('a header that was received', () => {
  test.each([
    bearer({ iss: ISSUER, email: OTHER, sub: '2' }),
    bearer({ iss: 'accounts.google.com', email: OTHER, sub: '2' }),
    bearer({ iss: ISSUER, sub: '2', azp: '2' }),
    encode({ iss: ISSUER, email: OTHER }),
    `x ,${encode({ iss: ISSUER, email: OTHER })}, y`,
    `Bearer a.b.${SIGNATURE_REMOVED}`,
  ])('%s is not handed on', (value) => {
    expect(refused(value)).toBe(true);
  });

  test.each([
    own.bearer,
    bearer({ iss: ISSUER, email: OWN, sub: '1', aud: 'other' }),
    bearer({ iss: ISSUER, email: 'ada@example.com', sub: '3' }),
    bearer({ iss: ISSUER, sub: '3', azp: '4' }),
    bearer({ iss: ISSUER, azp: '2' }),
    bearer({ iss: ISSUER }),
    bearer({ iss: 'https://accounts.google.com.evil.example', email: OTHER }),
    bearer({ iss: 'https://evil.example/accounts.google.com', email: OTHER }),
    bearer({ iss: 'https://evil.example/https://accounts.google.com', email: OTHER }),
    'Basic eyJ4IjoxfQ==',
    'eyNotJson ew',
    '',
  ])('%s is the application’s own affair', (value) => {
    expect(refused(value)).toBe(false);
  });

  test.each([
    [{ iss: ISSUER, sub: '1', azp: '1' }, { iss: ISSUER, email: OTHER, sub: '1' }, false],
    [{ iss: ISSUER, sub: '1', azp: '1' }, { iss: ISSUER, email: OTHER, sub: '2' }, true],
    [{ iss: ISSUER, sub: '1', azp: '1' }, { iss: ISSUER, email: OTHER }, true],
    [{ iss: ISSUER, email: OWN, sub: '1' }, { iss: ISSUER, sub: '1', azp: '1' }, false],
    [{ iss: ISSUER, email: OWN, sub: '1' }, { iss: ISSUER, sub: '2', azp: '2' }, true],
    [{ iss: ISSUER, email: OWN, sub: '1' }, { iss: ISSUER, email: OTHER, sub: '1' }, true],
    [{ iss: ISSUER, email: OWN, sub: '1' }, { iss: ISSUER, email: OWN, sub: '9' }, false],
    [{ iss: ISSUER }, { iss: ISSUER, email: OTHER }, true],
  ])('we are %j, it is of %j: %s', (mine, received, told) => {
    expect(refused(bearer(received), tokenOf(mine))).toBe(told);
  });
});
