import { expect, test } from 'vitest';
import { createAccounts } from '../../identity/accounts/accounts.ts';
import { createForeignAccounts } from '../../identity/accounts/foreign-accounts.ts';
import { callerOf } from './caller.ts';
import type { GoogleClaims } from './id-token-check.ts';

const accounts = createAccounts();
const { email, uniqueId } = accounts.ensure('login-run@p.iam.gserviceaccount.com');
const gcloud = '32555940559.apps.googleusercontent.com';
const user = { sub: '9', aud: gcloud, azp: gcloud, email: 'ada@example.com', email_verified: true };
const of = (claims: Partial<GoogleClaims>) => callerOf({ sub: uniqueId, aud: 'x', ...claims }, accounts);

test('a service account is known by its unique id, whatever e-mail the token says', () => {
  const login = { email, principal: { member: `serviceAccount:${email}`, sets: [] }, kind: 'service account' };
  expect(of({})).toEqual(login);
  expect(of({ ...user, sub: uniqueId })).toEqual(login);
  expect(of({ sub: '1', email, email_verified: true })).toBeUndefined();
});

test('the same account is the same caller, and one that was made again is another', () => {
  const before = of({});
  expect(of({ aud: 'y' })).toBe(before);
  const again = createAccounts();
  const old = again.ensure(email);
  again.remove(old, 0);
  const made = again.make(email, {});
  expect(callerOf({ sub: old.uniqueId, aud: 'x' }, again)).toBeUndefined();
  expect(callerOf({ sub: made.uniqueId, aud: 'x' }, again)).toEqual(before);
  expect(callerOf({ sub: made.uniqueId, aud: 'x' }, again)).not.toBe(before);
});

test('an account of another project is known where policies name it, and told from one of this', () => {
  const elsewhere = createForeignAccounts(() => ['caller@other.iam.gserviceaccount.com']);
  const { uniqueId: sub = '' } = elsewhere.byEmail('caller@other.iam.gserviceaccount.com') ?? {};
  expect(callerOf({ sub, aud: 'x' }, accounts, elsewhere)).toEqual({
    email: 'caller@other.iam.gserviceaccount.com',
    principal: { member: 'serviceAccount:caller@other.iam.gserviceaccount.com', sets: [] },
    kind: 'foreign account',
  });
  expect(callerOf({ sub, aud: 'x' }, accounts)).toBeUndefined();
  expect(callerOf({ sub: `${sub}0`, aud: 'x' }, accounts, elsewhere)).toBeUndefined();
  expect(callerOf({ sub: uniqueId, aud: 'x' }, accounts, elsewhere)?.kind).toBe('service account');
});

test('a user is who has a token of gcloud’s own', () => {
  expect(of(user)).toEqual({
    email: 'ada@example.com',
    principal: { member: 'user:ada@example.com', sets: [] },
    kind: 'user',
  });
});

test.each([
  { aud: 'x', azp: 'x' },
  { azp: undefined },
  { azp: 'x' },
  { email: undefined },
  { email: 7 },
  { email_verified: undefined },
  { email_verified: 'true' },
  { email: 'x@p.iam.gserviceaccount.com' },
  { email: 'x@developer.gserviceaccount.com' },
])('nobody is one with %j', (claims) => {
  expect(of({ ...user, ...claims })).toBeUndefined();
});
