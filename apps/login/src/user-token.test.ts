import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from './store/sqlite.ts';
import type { LoginStore } from './store/store.ts';
import { createUserTokens } from './user-token.ts';

const ada = { id: 'a', email: 'ada@people.example' };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let store: LoginStore;
/** Midnight of a day of UTC, and how far from it the clock stands. */
const midnight = Math.floor(Date.now() / DAY) * DAY;
let clock: number;
const now = () => clock;
beforeEach(() => {
  store = openSqliteStore(undefined);
  clock = midnight + 12 * 60 * MINUTE;
});
afterEach(() => store.close());

const kidOf = (token: string) => decodeProtectedHeader(token).kid;
const kids = async (tokens = createUserTokens(store, now)) => (await tokens.jwks()).keys.map(({ kid }) => kid);

test('a day has one key, the same for all instances and after a restart', async () => {
  const first = createUserTokens(store, now);
  const kid = kidOf(await first.sign(ada));
  clock = midnight + 22 * 60 * MINUTE;
  expect(kidOf(await first.sign(ada))).toBe(kid);
  expect(kidOf(await createUserTokens(store, now).sign(ada))).toBe(kid);
  expect(await kids(first)).toEqual([kid]);
});

test('instances that start together settle on one key', async () => {
  const instances = Array.from({ length: 5 }, () => createUserTokens(store, now));
  const signed = await Promise.all(instances.map((tokens) => tokens.sign(ada)));
  expect(new Set(signed.map(kidOf)).size).toBe(1);
});

test('the next key is published before it signs, and the last one until its tokens have expired', async () => {
  const tokens = createUserTokens(store, now);
  const today = kidOf(await tokens.sign(ada));
  clock = midnight + DAY - 59 * MINUTE;
  const announced = await kids(tokens);
  expect(announced).toHaveLength(2);
  expect(announced).toContain(today);
  expect(kidOf(await tokens.sign(ada))).toBe(today);

  clock = midnight + DAY;
  const tomorrow = kidOf(await tokens.sign(ada));
  expect(tomorrow).not.toBe(today);
  expect(announced).toContain(tomorrow);
  clock = midnight + DAY + 59 * MINUTE;
  expect(new Set(await kids(tokens))).toEqual(new Set([today, tomorrow]));
  clock = midnight + DAY + 61 * MINUTE;
  expect(await kids(tokens)).toEqual([tomorrow]);
});

test('a token from right before the change verifies with the keys of after it', async () => {
  const tokens = createUserTokens(store, now);
  clock = midnight + DAY - 1;
  const token = await tokens.sign(ada);
  clock = midnight + DAY + 5 * MINUTE;
  const keys = createLocalJWKSet((await tokens.jwks()) as JSONWebKeySet);
  await expect(jwtVerify(token, keys, { algorithms: ['ES256'], audience: 'user-profiles' })).resolves.toBeDefined();
});

test('a private key is forgotten when nothing it signed can be valid', async () => {
  const tokens = createUserTokens(store, now);
  const old = kidOf(await tokens.sign(ada));
  await store.deleteExpired(midnight + DAY + 59 * MINUTE);
  expect(kidOf(await createUserTokens(store, now).sign(ada))).toBe(old);
  await store.deleteExpired(midnight + DAY + 60 * MINUTE);
  expect(kidOf(await createUserTokens(store, now).sign(ada))).not.toBe(old);
});

test('a store that fails once is asked again', async () => {
  let failing = true;
  const flaky: LoginStore = {
    ...store,
    keepSecret: (...args) => (failing ? Promise.reject(new Error('busy')) : store.keepSecret(...args)),
  };
  const tokens = createUserTokens(flaky, now);
  await expect(tokens.sign(ada)).rejects.toThrow('busy');
  failing = false;
  await expect(tokens.sign(ada)).resolves.toBeTypeOf('string');
});
