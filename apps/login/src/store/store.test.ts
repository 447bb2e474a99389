import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engines } from '../testing/engines.ts';
import { openSqliteStore } from './sqlite.ts';
import type { LoginStore } from './store.ts';

const ada = { personId: 'a', email: 'ada@people.example', passwordHash: 'hash', pendingName: 'Ada' };

describe.each(engines)('$name', ({ open }) => {
  let store: LoginStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('accounts', () => {
    test('one is found by its address alone', async () => {
      expect(await store.addAccount(ada)).toEqual(ada);
      expect(await store.findAccount(ada.email)).toEqual(ada);
      expect(await store.findAccount('a')).toBeUndefined();
    });

    test('of two who sign up with one address at the same time, one has it', async () => {
      const people = Array.from({ length: 8 }, (_, at) => ({ ...ada, personId: `p${at}` }));
      const accounts = await Promise.all(people.map((person) => store.addAccount(person)));
      expect(new Set(accounts.map(({ personId }) => personId)).size).toBe(1);
    });

    test('an address that is taken stays with whom it belongs to', async () => {
      await store.addAccount(ada);
      expect(await store.addAccount({ ...ada, personId: 'b', passwordHash: 'other' })).toEqual(ada);
      expect(await store.findAccount(ada.email)).toEqual(ada);
    });

    test('an account can be replaced, and its profile be made', async () => {
      await store.addAccount(ada);
      await store.putAccount({ ...ada, email: 'new@people.example' });
      expect(await store.findAccount(ada.email)).toBeUndefined();
      await store.profileMade('a');
      expect(await store.findAccount('new@people.example')).toMatchObject({ personId: 'a', pendingName: null });
    });
  });

  describe('secrets', () => {
    test('the first candidate is kept', async () => {
      expect(await store.keepSecret('name', 'first')).toBe('first');
      expect(await store.keepSecret('name', 'second')).toBe('first');
      expect(await store.keepSecret('other', 'second')).toBe('second');
    });

    test('instances that start together keep one', async () => {
      const kept = await Promise.all(['a', 'b', 'c', 'd'].map((candidate) => store.keepSecret('shared', candidate)));
      expect(new Set(kept).size).toBe(1);
    });

    test('one that expires is forgotten, one without an end is not', async () => {
      await store.keepSecret('ends', 'first', 1_000);
      await store.keepSecret('stays', 'first');
      await store.deleteExpired(999);
      expect(await store.keepSecret('ends', 'second')).toBe('first');
      await store.deleteExpired(1_000);
      expect(await store.keepSecret('ends', 'second')).toBe('second');
      expect(await store.keepSecret('stays', 'second')).toBe('first');
    });
  });

  describe('sessions', () => {
    test('one lasts until it expires', async () => {
      await store.putSession('key', 'a', 'data', 1_000);
      expect(await store.getSession('key', 999)).toBe('data');
      expect(await store.getSession('key', 1_000)).toBeUndefined();
      await store.deleteExpired(999);
      expect(await store.getSession('key', 0)).toBe('data');
      await store.deleteExpired(1_000);
      expect(await store.getSession('key', 0)).toBeUndefined();
    });

    test('ending the others of a person leaves this one and those of everybody else', async () => {
      for (const key of ['this', 'that', 'third']) await store.putSession(key, 'a', key, 1_000);
      await store.putSession('of b', 'b', 'of b', 1_000);
      await store.putSession('of nobody', null, 'of nobody', 1_000);
      await store.deleteOtherSessions('a', 'this');
      const left = await Promise.all(
        ['this', 'that', 'third', 'of b', 'of nobody'].map((key) => store.getSession(key, 0)),
      );
      expect(left).toEqual(['this', undefined, undefined, 'of b', 'of nobody']);
    });

    test('a session that has ended is gone', async () => {
      await store.putSession('key', 'a', 'data', 1_000);
      await store.deleteSession('key');
      await store.deleteSession('key');
      expect(await store.getSession('key', 0)).toBeUndefined();
    });
  });
});

test('sessions from before they knew their person can be ended too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'login-store-'));
  const old = new DatabaseSync(join(folder, 'login.sqlite'));
  old.exec(`
    CREATE TABLE accounts (person_id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL);
    CREATE TABLE sessions (key TEXT PRIMARY KEY, data TEXT NOT NULL, expires_at INTEGER NOT NULL);
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    INSERT INTO sessions VALUES ('old', '{"cookie":{},"person":{"id":"a","email":"e"}}', 1000);
    PRAGMA user_version = 1`);
  old.close();
  const upgraded = openSqliteStore(folder);
  expect(await upgraded.getSession('old', 0)).toContain('"id":"a"');
  await upgraded.deleteOtherSessions('a', 'new');
  expect(await upgraded.getSession('old', 0)).toBeUndefined();
  await upgraded.close();
  rmSync(folder, { recursive: true });
});
