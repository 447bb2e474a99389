import { openPostgres, type Query } from '@run-edges/service/postgres';
import { isUnchanged, searchDocument } from './profile.ts';
import { LONGEST_HOLD_MS, type OutboxEntry, type Profile, type ProfileInput, type ProfileStore } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE profiles (
     id text COLLATE "C" PRIMARY KEY,
     email text NOT NULL,
     name text NOT NULL,
     title text NOT NULL,
     team text NOT NULL,
     city text NOT NULL,
     skills text[] NOT NULL,
     bio text NOT NULL,
     colour text NOT NULL,
     hidden boolean NOT NULL,
     version integer NOT NULL
   );
   CREATE TABLE outbox (
     sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     profile_id text COLLATE "C" NOT NULL,
     version integer NOT NULL,
     document jsonb, -- null: delete
     not_before bigint NOT NULL DEFAULT 0 -- milliseconds since the epoch
   );
   CREATE INDEX outbox_by_profile ON outbox (profile_id, sequence);`,
];

/** Milliseconds since the epoch, by the one clock that all instances share: their own may differ. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

const FIELDS = 'id, email, name, title, team, city, skills, bio, colour, hidden, version';

/** Profiles and outbox in PostgreSQL; any number of instances share them. */
export async function openPostgresStore(url: string, onError: (error: Error) => void): Promise<ProfileStore> {
  const { query, inTransaction, close } = await openPostgres({
    url,
    schema: 'user_profiles',
    migrations: MIGRATIONS,
    onError,
  });
  const count = async (table: string) => {
    const [row] = await query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
    return row?.n ?? 0;
  };

  return {
    get: (id) => find(query, id),
    getVisible: (ids) =>
      query<Profile>(
        `SELECT ${FIELDS} FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place) JOIN profiles USING (id)
         WHERE NOT hidden ORDER BY place`,
        [ids],
      ),
    put: (id, email, input, expected) =>
      inTransaction(async (within) => {
        // Writers of one profile take turns, also of one that is not there yet.
        await within('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
        const before = await find(within, id);
        if (expected !== undefined && expected !== (before?.version ?? 0)) return undefined;
        if (before && isUnchanged(before, input)) return before;
        return write(within, id, email, input);
      }),
    add: (people) =>
      inTransaction(async (within) => {
        const added = await within<Profile>(
          `INSERT INTO profiles (${FIELDS}) SELECT ${FIELDS} FROM jsonb_to_recordset($1) AS new (id text, email text,
             name text, title text, team text, city text, skills text[], bio text, colour text, hidden boolean,
             version integer)
           ON CONFLICT DO NOTHING RETURNING ${FIELDS}`,
          [JSON.stringify(people.map((person) => ({ ...person, version: 1 })))],
        );
        const changes = added.map((profile) => ({ id: profile.id, document: searchDocument(profile) }));
        await within(
          `INSERT INTO outbox (profile_id, version, document)
           SELECT id, 1, nullif(document, 'null') FROM jsonb_to_recordset($1) AS new (id text, document jsonb)`,
          [JSON.stringify(changes)],
        );
      }),
    list: (afterId, limit) =>
      query<Profile>(`SELECT ${FIELDS} FROM profiles WHERE id > $1 ORDER BY id LIMIT $2`, [afterId, limit]),
    count: () => count('profiles'),
    claim: async (holdFor, limit) => {
      // An instance steps over what another one is about to claim, so that they share the work.
      const claimed = await query<OutboxEntry>(
        `WITH due AS (
           SELECT sequence FROM outbox AS change WHERE not_before NOT BETWEEN ${NOW} + 1 AND ${NOW} + ${LONGEST_HOLD_MS} AND NOT EXISTS (
             SELECT 1 FROM outbox AS older
             WHERE older.profile_id = change.profile_id AND older.sequence < change.sequence)
           ORDER BY sequence LIMIT $2 FOR UPDATE SKIP LOCKED)
         UPDATE outbox SET not_before = ${NOW} + $1 FROM due WHERE outbox.sequence = due.sequence
         RETURNING outbox.sequence, profile_id AS "profileId", version, document`,
        [holdFor, limit],
      );
      return claimed.sort((a, b) => a.sequence - b.sequence);
    },
    acknowledge: async (sequences) => {
      await query('DELETE FROM outbox WHERE sequence = ANY($1)', [sequences]);
    },
    hold: async (sequences, holdFor) => {
      await query(`UPDATE outbox SET not_before = ${NOW} + $1 WHERE sequence = ANY($2)`, [holdFor, sequences]);
    },
    pending: () => count('outbox'),
    close,
  };
}

async function find(query: Query, id: string): Promise<Profile | undefined> {
  const [profile] = await query<Profile>(`SELECT ${FIELDS} FROM profiles WHERE id = $1`, [id]);
  return profile;
}

/** Must run inside a transaction: the profile and its change are stored together or not at all. */
async function write(query: Query, id: string, email: string, input: ProfileInput): Promise<Profile> {
  const { name, title, team, city, skills, bio, colour, hidden } = input;
  const [profile] = await query<Profile>(
    `INSERT INTO profiles (${FIELDS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title, team = excluded.team,
       city = excluded.city, skills = excluded.skills, bio = excluded.bio, colour = excluded.colour,
       hidden = excluded.hidden, version = profiles.version + 1
     RETURNING ${FIELDS}`,
    [id, email, name, title, team, city, skills, bio, colour, hidden],
  );
  if (!profile) throw new Error('PostgreSQL returned no row of what it has written');
  const document = searchDocument(profile);
  await query('INSERT INTO outbox (profile_id, version, document) VALUES ($1, $2, $3)', [
    id,
    profile.version,
    document && JSON.stringify(document),
  ]);
  return profile;
}
