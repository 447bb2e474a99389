import { openPostgres, type Query } from '@run-edges/service/postgres';
import { canBeMistyped, spellingsOf } from '../text/spelling.ts';
import { indexedText } from './indexed-text.ts';
import type { Change, Clause, Document, Fields, Match, SearchStore, Term, Written } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE documents (
     key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id text NOT NULL UNIQUE,
     version bigint NOT NULL,
     document jsonb, -- null: deleted, and remembered so that an older write that comes late does not bring it back
     -- The words come folded and apart from each other (see words.ts). Each of these holds all that the one before it holds.
     name_words tsvector,
     main_words tsvector,
     any_words tsvector
   );
   -- Without a list of pending entries, which every search would have to read through.
   CREATE INDEX documents_by_name ON documents USING gin (name_words) WITH (fastupdate = off);
   CREATE INDEX documents_by_main ON documents USING gin (main_words) WITH (fastupdate = off);
   CREATE INDEX documents_by_any ON documents USING gin (any_words) WITH (fastupdate = off);
   CREATE TABLE words (
     word text COLLATE "C" PRIMARY KEY,
     uses integer NOT NULL -- documents with it
   );
   CREATE TABLE spellings (
     spelling text COLLATE "C" NOT NULL,
     word text COLLATE "C" NOT NULL,
     PRIMARY KEY (spelling, word)
   );`,
  // Words are told otherwise now, emoji among them: what is there is indexed anew when the store is opened.
  'CREATE TABLE outdated (since integer NOT NULL); INSERT INTO outdated VALUES (2);',
];

interface Row {
  id: string;
  version: number;
  document: Document | null;
}

/** The index in PostgreSQL. https://www.postgresql.org/docs/current/textsearch.html */
export async function openPostgresStore(url: string, onError: (error: Error) => void): Promise<SearchStore> {
  const database = await openPostgres({ url, schema: 'search', migrations: MIGRATIONS, onError });
  await database.inTransaction(indexAnew);

  return {
    write: (changes) => database.inTransaction((query) => write(query, changes)),
    match: (wanted, unwanted, afterKey, limit) => {
      const without = unwanted ? `AND NOT ${COLUMNS[unwanted.fields]} @@ $4::tsquery` : '';
      return database.query<Match>(
        `SELECT key, id, version, document FROM documents
         WHERE ${COLUMNS[wanted.fields]} @@ $1::tsquery ${without} AND key > $2 ORDER BY key LIMIT $3`,
        [toTsquery(wanted), afterKey, limit, ...(unwanted ? [toTsquery(unwanted)] : [])],
      );
    },
    areKnown: async (words) => {
      const rows = await database.query<{ found: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM words WHERE word >= asked AND word < asked || U&'\\+10FFFF') AS found
         FROM unnest($1::text[]) WITH ORDINALITY AS question (asked, place) ORDER BY place`,
        [words],
      );
      return rows.map(({ found }) => found);
    },
    wordsBeginningWith: async (beginning, limit) => {
      const rows = await database.query<{ word: string }>(
        `SELECT word FROM words WHERE word >= $1 AND word < $1 || U&'\\+10FFFF' ORDER BY word LIMIT $2`,
        [beginning, limit],
      );
      return rows.map(({ word }) => word);
    },
    spelledLike: async (words, limit) => {
      const lists = words.map(spellingsOf);
      const rows = await database.query<{ place: number; word: string }>(
        `SELECT place, word FROM unnest($1::int[]) AS place CROSS JOIN LATERAL (
           SELECT word, uses FROM words
           WHERE word IN (SELECT spellings.word FROM unnest($2::int[], $3::text[]) AS asked (of, spelling)
             JOIN spellings USING (spelling) WHERE of = place)
           ORDER BY uses DESC, word LIMIT $4) AS found`,
        [words.map((_, at) => at), lists.flatMap((spellings, at) => spellings.map(() => at)), lists.flat(), limit],
      );
      return words.map((_, at) => rows.filter(({ place }) => place === at).map(({ word }) => word));
    },
    count: async () => {
      const [row] = await database.query<{ n: number }>(
        'SELECT count(*) AS n FROM documents WHERE document IS NOT NULL',
      );
      return row?.n ?? 0;
    },
    close: () => database.close(),
  };
}

const BATCH = 500;

/** Whoever comes second waits at the row, and finds it gone. */
async function indexAnew(query: Query): Promise<void> {
  if ((await query('DELETE FROM outdated RETURNING since')).length === 0) return;
  await query('LOCK TABLE documents IN EXCLUSIVE MODE');
  await query('TRUNCATE words, spellings');
  for (let last = ''; ; ) {
    const rows = await query<Row>(
      'SELECT id, version, document FROM documents WHERE document IS NOT NULL AND id > $1 ORDER BY id LIMIT $2',
      [last, BATCH],
    );
    if (rows.length === 0) return;
    await store(query, rows);
    await countWords(query, rows, new Map());
    last = rows.at(-1)?.id ?? last;
  }
}

async function write(query: Query, changes: readonly Change[]): Promise<Written[]> {
  const stored = await lock(query, [...new Set(changes.map(({ id }) => id))].sort());
  const before = new Map(stored.map((row) => [row.id, row]));
  const after = new Map(before);
  const written = changes.map(({ id, version, document }): Written => {
    const known = after.get(id)?.version ?? 0;
    if (known >= version) return { id, version: known, applied: false };
    after.set(id, { id, version, document });
    return { id, version, applied: true };
  });
  const changed = [...after.values()].filter((row) => row !== before.get(row.id));
  await store(query, changed);
  await countWords(query, changed, before);
  return written;
}

/** Makes the rows that are missing and locks all, in one order: whoever else writes one of them waits. */
async function lock(query: Query, ids: readonly string[]): Promise<Row[]> {
  await query('INSERT INTO documents (id, version) SELECT unnest($1::text[]), 0 ON CONFLICT DO NOTHING', [ids]);
  return query<Row>('SELECT id, version, document FROM documents WHERE id = ANY($1) ORDER BY id FOR UPDATE', [ids]);
}

async function store(query: Query, rows: readonly Row[]): Promise<void> {
  const values = rows.map(({ id, version, document }) => {
    const { name, main, bio } = document ? indexedText(document) : { name: [], main: [], bio: [] };
    return {
      id,
      version,
      document,
      name: toTsvector(name),
      main: toTsvector([...name, ...main]),
      any: toTsvector([...name, ...main, ...bio]),
    };
  });
  await query(
    `UPDATE documents SET version = new.version, document = nullif(new.document, 'null'), name_words = new.name::tsvector,
       main_words = new.main::tsvector, any_words = new.any::tsvector
     FROM jsonb_to_recordset($1) AS new (id text, version bigint, document jsonb, name text, main text, "any" text)
     WHERE documents.id = new.id`,
    [JSON.stringify(values)],
  );
}

/** Words that no document has any more are forgotten, with their spellings. */
async function countWords(query: Query, changed: readonly Row[], before: ReadonlyMap<string, Row>): Promise<void> {
  const more = new Map<string, number>();
  const count = (document: Document | null | undefined, by: number) => {
    for (const word of document ? indexedText(document).words : []) more.set(word, (more.get(word) ?? 0) + by);
  };
  for (const row of changed) {
    count(before.get(row.id)?.document, -1);
    count(row.document, 1);
  }
  // In one order, so that two writers never wait for each other.
  const counted = [...more].filter(([, by]) => by !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = await query<{ word: string; uses: number }>(
    `INSERT INTO words (word, uses) SELECT * FROM unnest($1::text[], $2::int[])
     ON CONFLICT (word) DO UPDATE SET uses = words.uses + excluded.uses RETURNING word, uses`,
    [counted.map(([word]) => word), counted.map(([, by]) => by)],
  );
  const fresh = rows.filter(({ word, uses }) => uses === more.get(word) && canBeMistyped(word));
  await query(
    'INSERT INTO spellings (spelling, word) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [fresh.flatMap(({ word }) => spellingsOf(word)), fresh.flatMap(({ word }) => spellingsOf(word).map(() => word))],
  );
  const unused = rows.filter(({ uses }) => uses === 0).map(({ word }) => word);
  if (unused.length === 0) return;
  await query('DELETE FROM words WHERE word = ANY($1)', [unused]);
  await query('DELETE FROM spellings WHERE (spelling, word) IN (SELECT * FROM unnest($1::text[], $2::text[]))', [
    unused.flatMap(spellingsOf),
    unused.flatMap((word) => spellingsOf(word).map(() => word)),
  ]);
}

const COLUMNS: Record<Fields, string> = { name: 'name_words', main: 'main_words', any: 'any_words' };

// Words hold letters, digits, marks and emoji alone, so that quotes keep them from being syntax.
const toTsvector = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

function toTsquery({ every }: Clause): string {
  const term = ({ word, beginning }: Term) => `'${word}'${beginning ? ':*' : ''}`;
  return every.map((terms) => `(${terms.map(term).join(' | ')})`).join(' & ');
}
