import { inTransaction, openSqlite } from '@run-edges/service/sqlite';
import { isUnchanged, searchDocument } from './profile.ts';
import {
  LONGEST_HOLD_MS,
  type OutboxEntry,
  type Profile,
  type ProfileInput,
  type ProfileStore,
  type SearchDocument,
} from './store.ts';

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

/** Profiles and outbox in SQLite: in a file of `stateDir`, in memory without. One instance at a time serves a file. */
export function openSqliteStore(stateDir: string | undefined): ProfileStore {
  const database = openSqlite({ name: 'user-profiles', stateDir, migrations: MIGRATIONS });
  // Nobody holds what a process that has ended held.
  database.exec('UPDATE outbox SET not_before = 0 WHERE not_before > 0');
  const select = database.prepare('SELECT * FROM profiles WHERE id = ?');
  const selectVisible = database.prepare(
    `SELECT profiles.* FROM json_each(?) AS wanted JOIN profiles ON profiles.id = wanted.value
     WHERE NOT hidden ORDER BY wanted.key`,
  );
  const upsert = database.prepare(
    `INSERT INTO profiles (id, email, name, title, team, city, skills, bio, colour, hidden, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title, team = excluded.team,
       city = excluded.city, skills = excluded.skills, bio = excluded.bio, colour = excluded.colour,
       hidden = excluded.hidden, version = version + 1
     RETURNING *`,
  );
  const selectBehind = database.prepare('SELECT * FROM profiles WHERE id > ? ORDER BY id LIMIT ?');
  const countProfiles = database.prepare('SELECT count(*) AS n FROM profiles');
  const enqueue = database.prepare('INSERT INTO outbox (profile_id, version, document) VALUES (?, ?, ?)');
  const due = database.prepare(
    `SELECT sequence, profile_id, version, document FROM outbox AS change
     WHERE not_before NOT BETWEEN ? + 1 AND ? AND NOT EXISTS (
       SELECT 1 FROM outbox AS older WHERE older.profile_id = change.profile_id AND older.sequence < change.sequence)
     ORDER BY sequence LIMIT ?`,
  );
  const remove = database.prepare('DELETE FROM outbox WHERE sequence IN (SELECT value FROM json_each(?))');
  const hold = database.prepare('UPDATE outbox SET not_before = ? WHERE sequence IN (SELECT value FROM json_each(?))');
  const countPending = database.prepare('SELECT count(*) AS n FROM outbox');

  const find = (id: string): Profile | undefined => {
    const row = select.get(id) as unknown as ProfileRow | undefined;
    return row && toProfile(row);
  };

  /** Must run inside a transaction: the profile and its change are stored together or not at all. */
  function write(id: string, email: string, input: ProfileInput): Profile {
    const { name, title, team, city, skills, bio, colour, hidden } = input;
    const row = upsert.get(id, email, name, title, team, city, JSON.stringify(skills), bio, colour, hidden ? 1 : 0);
    const profile = toProfile(row as unknown as ProfileRow);
    const document = searchDocument(profile);
    enqueue.run(id, profile.version, document && JSON.stringify(document));
    return profile;
  }

  return {
    get: async (id) => find(id),
    getVisible: async (ids) => (selectVisible.all(JSON.stringify(ids)) as unknown as ProfileRow[]).map(toProfile),
    put: async (id, email, input, expected) =>
      inTransaction(database, () => {
        const before = find(id);
        if (expected !== undefined && expected !== (before?.version ?? 0)) return undefined;
        return before && isUnchanged(before, input) ? before : write(id, email, input);
      }),
    add: async (people) =>
      inTransaction(database, () => {
        for (const { id, email, ...input } of people) if (!select.get(id)) write(id, email, input);
      }),
    list: async (afterId, limit) => (selectBehind.all(afterId, limit) as unknown as ProfileRow[]).map(toProfile),
    count: async () => (countProfiles.get() as { n: number }).n,
    claim: async (holdFor, limit) =>
      inTransaction(database, () => {
        const now = Date.now();
        const claimed = (due.all(now, now + LONGEST_HOLD_MS, limit) as unknown as OutboxRow[]).map(toEntry);
        hold.run(now + holdFor, JSON.stringify(claimed.map(({ sequence }) => sequence)));
        return claimed;
      }),
    acknowledge: async (sequences) => {
      remove.run(JSON.stringify(sequences));
    },
    hold: async (sequences, holdFor) => {
      hold.run(Date.now() + holdFor, JSON.stringify(sequences));
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
  const parsed = document === null ? null : (JSON.parse(document) as SearchDocument);
  return { sequence, profileId: profile_id, version, document: parsed };
}
