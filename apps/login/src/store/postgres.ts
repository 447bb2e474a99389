import { openPostgres } from '@run-edges/service/postgres';
import type { Account, LoginStore } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE accounts (
     person_id text PRIMARY KEY,
     email text NOT NULL UNIQUE,
     password_hash text NOT NULL,
     pending_name text
   );
   CREATE TABLE sessions (
     key text PRIMARY KEY,
     person_id text, -- null: nobody is signed in
     data text NOT NULL,
     expires_at bigint NOT NULL -- milliseconds since the epoch
   );
   CREATE INDEX sessions_by_expiry ON sessions (expires_at);
   CREATE INDEX sessions_by_person ON sessions (person_id);
   CREATE TABLE secrets (
     name text PRIMARY KEY,
     value text NOT NULL,
     expires_at bigint -- null: never
   );`,
];

const ACCOUNT = 'person_id AS "personId", email, password_hash AS "passwordHash", pending_name AS "pendingName"';

/** Accounts, sessions and secrets in PostgreSQL; any number of instances share them. */
export async function openPostgresStore(url: string, onError: (error: Error) => void): Promise<LoginStore> {
  const { query, close } = await openPostgres({ url, schema: 'login', migrations: MIGRATIONS, onError });

  async function find(email: string): Promise<Account | undefined> {
    const [account] = await query<Account>(`SELECT ${ACCOUNT} FROM accounts WHERE email = $1`, [email]);
    return account;
  }

  return {
    findAccount: find,
    addAccount: async (added) => {
      await query(
        `INSERT INTO accounts (person_id, email, password_hash, pending_name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (email) DO NOTHING`,
        [added.personId, added.email, added.passwordHash, added.pendingName],
      );
      return (await find(added.email)) ?? added;
    },
    putAccount: async ({ personId, email, passwordHash, pendingName }) => {
      await query(
        `INSERT INTO accounts (person_id, email, password_hash, pending_name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash,
           pending_name = excluded.pending_name`,
        [personId, email, passwordHash, pendingName],
      );
    },
    profileMade: async (personId) => {
      await query('UPDATE accounts SET pending_name = NULL WHERE person_id = $1', [personId]);
    },
    keepSecret: async (name, candidate, expiresAt) => {
      await query('INSERT INTO secrets (name, value, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        name,
        candidate,
        expiresAt ?? null,
      ]);
      const [kept] = await query<{ value: string }>('SELECT value FROM secrets WHERE name = $1', [name]);
      return kept?.value ?? candidate;
    },
    getSession: async (key, now) => {
      const [session] = await query<{ data: string }>('SELECT data FROM sessions WHERE key = $1 AND expires_at > $2', [
        key,
        now,
      ]);
      return session?.data;
    },
    putSession: async (key, personId, data, expiresAt) => {
      await query(
        `INSERT INTO sessions (key, person_id, data, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET person_id = excluded.person_id, data = excluded.data,
           expires_at = excluded.expires_at`,
        [key, personId, data, expiresAt],
      );
    },
    deleteSession: async (key) => {
      await query('DELETE FROM sessions WHERE key = $1', [key]);
    },
    deleteOtherSessions: async (personId, key) => {
      await query('DELETE FROM sessions WHERE person_id = $1 AND key <> $2', [personId, key]);
    },
    deleteExpired: async (now) => {
      await query('DELETE FROM sessions WHERE expires_at <= $1', [now]);
      await query('DELETE FROM secrets WHERE expires_at <= $1', [now]);
    },
    close,
  };
}
