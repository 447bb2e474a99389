import { inTransaction, openSqlite } from '@run-edges/service/sqlite';
import { isUnchanged, searchDocument } from './profile.ts';
import type { OutboxEntry, Profile, ProfileInput, ProfileStore, SearchDocument } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE profiles (
     id TEXT PRIMARY KEY,
     email TEXT NOT NULL,
     name TEXT NOT NULL,
     title TEXT NOT NULL,
     team TEXT NOT NULL,
     city TEXT NOT NULL,
     skills TEXT NOT NULL, -- a JSON array
     bio TEXT NOT NULL,
     hidden INTEGER NOT NULL,
     version INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE outbox (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     profile_id TEXT NOT NULL,
     version INTEGER NOT NULL,
     document TEXT, -- JSON; null: delete
     not_before INTEGER NOT NULL DEFAULT 0 -- milliseconds since the epoch
   ) STRICT;
   CREATE INDEX outbox_by_profile ON outbox (profile_id, sequence);`,
  "ALTER TABLE profiles ADD COLUMN colour TEXT NOT NULL DEFAULT 'slate'",
];

type ProfileRow = Omit<Profile, 'skills' | 'hidden'> & { skills: string; hidden: number };

/** Profiles and outbox in SQLite: in a file of `stateDir`, in memory without. */
export function openSqliteStore(stateDir: string | undefined): ProfileStore {
  const database = openSqlite({ name: 'user-profiles', stateDir, migrations: MIGRATIONS });
  const select = database.prepare('SELECT * FROM profiles WHERE id = ?');
  const selectVisible = database.prepare(
    `SELECT profiles.* FROM json_each(?) AS wanted JOIN profiles ON profiles.id = wanted.value
     WHERE NOT hidden ORDER BY wanted.key`,
  );
  const upsert = database.prepare(
    `INSERT INTO profiles (id, email, name, title, team, city, skills, bio, colour, hidden, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title, team = excluded.team,
       city = excluded.city, skills = excluded.skills, bio = excluded.bio, colour = excluded.colour, hidden = excluded.hidden, version = version + 1
     RETURNING *`,
  );
  const enqueue = database.prepare('INSERT INTO outbox (profile_id, version, document) VALUES (?, ?, ?)');
  const any = database.prepare('SELECT EXISTS (SELECT 1 FROM profiles) AS found');
  const due = database.prepare(
    `SELECT sequence, profile_id, version, document FROM outbox AS change
     WHERE not_before <= ? AND NOT EXISTS (
       SELECT 1 FROM outbox AS older WHERE older.profile_id = change.profile_id AND older.sequence < change.sequence)
     ORDER BY sequence LIMIT ?`,
  );
  const remove = database.prepare('DELETE FROM outbox WHERE sequence = ?');
  const hold = database.prepare('UPDATE outbox SET not_before = ? WHERE sequence = ?');
  const countPending = database.prepare('SELECT count(*) AS n FROM outbox');

  const find = (id: string): Profile | undefined => {
    const row = select.get(id) as unknown as ProfileRow | undefined;
    return row && toProfile(row);
  };

  /** Must run inside a transaction: the profile and its change are stored together or not at all. */
  function write(id: string, email: string, input: ProfileInput): Profile {
    const before = find(id);
    if (before && isUnchanged(before, input)) return before;
    const { name, title, team, city, skills, bio, colour, hidden } = input;
    const row = upsert.get(id, email, name, title, team, city, JSON.stringify(skills), bio, colour, hidden ? 1 : 0);
    const profile = toProfile(row as unknown as ProfileRow);
    const document = searchDocument(profile);
    enqueue.run(id, profile.version, document ? JSON.stringify(document) : null);
    return profile;
  }

  return {
    get: async (id) => find(id),
    getVisible: async (ids) => (selectVisible.all(JSON.stringify(ids)) as unknown as ProfileRow[]).map(toProfile),
    put: async (id, email, input, expected) =>
      inTransaction(database, () => {
        const present = find(id)?.version ?? 0;
        return expected === undefined || expected === present ? write(id, email, input) : undefined;
      }),
    seed: async (people) =>
      inTransaction(database, () => {
        let count = 0;
        for (const { id, email, ...input } of people) {
          write(id, email, input);
          count += 1;
        }
        return count;
      }),
    isEmpty: async () => (any.get() as { found: number }).found === 0,
    dueChanges: async (now, limit) => (due.all(now, limit) as unknown as OutboxRow[]).map(toEntry),
    acknowledge: async (sequence) => {
      remove.run(sequence);
    },
    postpone: async (sequence, until) => {
      hold.run(until, sequence);
    },
    pending: async () => (countPending.get() as { n: number }).n,
    close: async () => database.close(),
  };
}

function toProfile(row: ProfileRow): Profile {
  return { ...row, skills: JSON.parse(row.skills) as string[], hidden: row.hidden !== 0 };
}

interface OutboxRow {
  sequence: number;
  profile_id: string;
  version: number;
  document: string | null;
}

function toEntry({ sequence, profile_id, version, document }: OutboxRow): OutboxEntry {
  const parsed = document === null ? undefined : (JSON.parse(document) as SearchDocument);
  return { sequence, profileId: profile_id, version, document: parsed };
}
