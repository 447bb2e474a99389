import { openSqlite } from '@run-edges/service/sqlite';
import type { Account, LoginStore } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE accounts (
     person_id TEXT PRIMARY KEY,
     email TEXT NOT NULL UNIQUE,
     password_hash TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sessions (
     key TEXT PRIMARY KEY,
     data TEXT NOT NULL,
     expires_at INTEGER NOT NULL -- milliseconds since the epoch
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_expiry ON sessions (expires_at);
   CREATE TABLE secrets (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE accounts ADD COLUMN pending_name TEXT;
   ALTER TABLE sessions ADD COLUMN person_id TEXT;
   UPDATE sessions SET person_id = data ->> '$.person.id';
   CREATE INDEX sessions_by_person ON sessions (person_id);
   ALTER TABLE secrets ADD COLUMN expires_at INTEGER; -- null: never
   DELETE FROM secrets WHERE name = 'user-token-key';`,
];

const ACCOUNT = 'person_id AS personId, email, password_hash AS passwordHash, pending_name AS pendingName';

/** Accounts, sessions and secrets in SQLite: in a file of `stateDir`, in memory without. */
export function openSqliteStore(stateDir: string | undefined): LoginStore {
  const database = openSqlite({ name: 'login', stateDir, migrations: MIGRATIONS });
  const account = database.prepare(`SELECT ${ACCOUNT} FROM accounts WHERE email = ?`);
  const addAccount = database.prepare(
    `INSERT INTO accounts (person_id, email, password_hash, pending_name) VALUES (?, ?, ?, ?)
     ON CONFLICT (email) DO NOTHING`,
  );
  const putAccount = database.prepare(
    `INSERT INTO accounts (person_id, email, password_hash, pending_name) VALUES (?, ?, ?, ?)
     ON CONFLICT (person_id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash,
       pending_name = excluded.pending_name`,
  );
  const profileMade = database.prepare('UPDATE accounts SET pending_name = NULL WHERE person_id = ?');
  const addSecret = database.prepare(
    'INSERT INTO secrets (name, value, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const secret = database.prepare('SELECT value FROM secrets WHERE name = ?');
  const session = database.prepare('SELECT data FROM sessions WHERE key = ? AND expires_at > ?');
  const putSession = database.prepare(
    `INSERT INTO sessions (key, person_id, data, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET person_id = excluded.person_id, data = excluded.data,
       expires_at = excluded.expires_at`,
  );
  const deleteSession = database.prepare('DELETE FROM sessions WHERE key = ?');
  const deleteOtherSessions = database.prepare('DELETE FROM sessions WHERE person_id = ? AND key <> ?');
  const deleteExpiredSessions = database.prepare('DELETE FROM sessions WHERE expires_at <= ?');
  const deleteExpiredSecrets = database.prepare('DELETE FROM secrets WHERE expires_at <= ?');

  const find = (email: string) => account.get(email) as unknown as Account | undefined;

  return {
    findAccount: async (email) => find(email),
    addAccount: async (added) => {
      addAccount.run(added.personId, added.email, added.passwordHash, added.pendingName);
      return find(added.email) ?? added;
    },
    putAccount: async ({ personId, email, passwordHash, pendingName }) => {
      putAccount.run(personId, email, passwordHash, pendingName);
    },
    profileMade: async (personId) => {
      profileMade.run(personId);
    },
    keepSecret: async (name, candidate, expiresAt) => {
      addSecret.run(name, candidate, expiresAt ?? null);
      return (secret.get(name) as { value: string }).value;
    },
    getSession: async (key, now) => (session.get(key, now) as { data: string } | undefined)?.data,
    putSession: async (key, personId, data, expiresAt) => {
      putSession.run(key, personId, data, expiresAt);
    },
    deleteSession: async (key) => {
      deleteSession.run(key);
    },
    deleteOtherSessions: async (personId, key) => {
      deleteOtherSessions.run(personId, key);
    },
    deleteExpired: async (now) => {
      deleteExpiredSessions.run(now);
      deleteExpiredSecrets.run(now);
    },
    close: async () => database.close(),
  };
}
