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
];

/** Accounts, sessions and secrets in SQLite: in a file of `stateDir`, in memory without. */
export function openSqliteStore(stateDir: string | undefined): LoginStore {
  const database = openSqlite({ name: 'login', stateDir, migrations: MIGRATIONS });
  const account = database.prepare(
    'SELECT person_id AS personId, email, password_hash AS passwordHash FROM accounts WHERE email = ?',
  );
  const putAccount = database.prepare(
    `INSERT INTO accounts (person_id, email, password_hash) VALUES (?, ?, ?)
     ON CONFLICT (person_id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash`,
  );
  const addSecret = database.prepare('INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const secret = database.prepare('SELECT value FROM secrets WHERE name = ?');
  const session = database.prepare('SELECT data FROM sessions WHERE key = ? AND expires_at > ?');
  const putSession = database.prepare(
    `INSERT INTO sessions (key, data, expires_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
  );
  const deleteSession = database.prepare('DELETE FROM sessions WHERE key = ?');
  const deleteExpired = database.prepare('DELETE FROM sessions WHERE expires_at <= ?');

  return {
    findAccount: async (email) => account.get(email) as unknown as Account | undefined,
    putAccount: async ({ personId, email, passwordHash }) => {
      putAccount.run(personId, email, passwordHash);
    },
    keepSecret: async (name, candidate) => {
      addSecret.run(name, candidate);
      return (secret.get(name) as { value: string }).value;
    },
    getSession: async (key, now) => (session.get(key, now) as { data: string } | undefined)?.data,
    putSession: async (key, data, expiresAt) => {
      putSession.run(key, data, expiresAt);
    },
    deleteSession: async (key) => {
      deleteSession.run(key);
    },
    deleteExpiredSessions: async (now) => {
      deleteExpired.run(now);
    },
    close: async () => database.close(),
  };
}
