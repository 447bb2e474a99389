import { inTransaction, openSqlite } from '@run-edges/service/sqlite';
import { canBeMistyped, spellingsOf } from '../text/spelling.ts';
import { type IndexedText, indexedText } from './indexed-text.ts';
import type { Change, Clause, Document, Fields, Match, SearchStore, Term, Written } from './store.ts';

const MIGRATIONS = [
  `CREATE TABLE documents (
     key INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     version INTEGER NOT NULL,
     document TEXT -- JSON; null: deleted, and remembered so that an older write that comes late does not bring it back
   ) STRICT;
   -- The words come folded and apart from each other (see words.ts): all that this tokenizer does is split at spaces.
   CREATE VIRTUAL TABLE document_text USING fts5(
     name, main, bio,
     content = '', contentless_delete = 1, detail = column, tokenize = 'ascii', prefix = '1 2 3 4'
   );
   CREATE TABLE words (
     word TEXT PRIMARY KEY,
     uses INTEGER NOT NULL -- documents with it
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE spellings (
     spelling TEXT NOT NULL,
     word TEXT NOT NULL,
     PRIMARY KEY (spelling, word)
   ) STRICT, WITHOUT ROWID;`,
  // Words are told otherwise now, emoji among them: what is there is indexed anew when the store is opened.
  'CREATE TABLE outdated (since INTEGER NOT NULL) STRICT; INSERT INTO outdated VALUES (2);',
];

/** The index in SQLite with FTS5: in a file of `stateDir`, in memory without. https://www.sqlite.org/fts5.html */
export function openSqliteStore(stateDir: string | undefined): SearchStore {
  const database = openSqlite({ name: 'search', stateDir, migrations: MIGRATIONS });
  // 32 MB of pages: lists of common words are read again and again.
  database.exec('PRAGMA cache_size = -32768');
  const known = database.prepare('SELECT key, version, document FROM documents WHERE id = ?');
  const insert = database.prepare('INSERT INTO documents (id, version, document) VALUES (?, ?, ?)');
  const update = database.prepare('UPDATE documents SET version = ?, document = ? WHERE key = ?');
  const removeText = database.prepare('DELETE FROM document_text WHERE rowid = ?');
  const insertText = database.prepare('INSERT INTO document_text (rowid, name, main, bio) VALUES (?, ?, ?, ?)');
  const match = database.prepare(
    `SELECT documents.key, id, version, document
     FROM document_text JOIN documents ON documents.key = document_text.rowid
     WHERE document_text MATCH ? AND document_text.rowid > ? ORDER BY document_text.rowid LIMIT ?`,
  );
  const beginningWith = database.prepare('SELECT word FROM words WHERE word >= ? AND word < ? ORDER BY word LIMIT ?');
  const spelledLike = database.prepare(
    `SELECT word FROM words WHERE word IN (SELECT word FROM spellings JOIN json_each(?) ON spelling = value)
     ORDER BY uses DESC, word LIMIT ?`,
  );
  const useWord = database.prepare(
    'INSERT INTO words (word, uses) VALUES (?, 1) ON CONFLICT DO UPDATE SET uses = uses + 1 RETURNING uses',
  );
  const leaveWord = database.prepare('UPDATE words SET uses = uses - 1 WHERE word = ? RETURNING uses');
  const removeWord = database.prepare('DELETE FROM words WHERE word = ?');
  const addSpelling = database.prepare('INSERT INTO spellings (spelling, word) VALUES (?, ?)');
  const removeSpelling = database.prepare('DELETE FROM spellings WHERE spelling = ? AND word = ?');
  const live = database.prepare('SELECT count(*) AS n FROM documents WHERE document IS NOT NULL');

  inTransaction(database, indexAnew);

  function indexAnew(): void {
    if (database.prepare('DELETE FROM outdated RETURNING since').all().length === 0) return;
    database.exec(
      `INSERT INTO document_text (document_text) VALUES ('delete-all'); DELETE FROM words; DELETE FROM spellings`,
    );
    const all = database.prepare('SELECT key, document FROM documents WHERE document IS NOT NULL');
    for (const { key, document } of all.all() as { key: number; document: string }[]) {
      const text = indexedText(JSON.parse(document) as Document);
      insertText.run(key, text.name.join(' '), text.main.join(' '), text.bio.join(' '));
      countWords(undefined, text);
    }
  }

  function write({ id, version, document }: Change): Written {
    const row = known.get(id) as { key: number; version: number; document: string | null } | undefined;
    if (row && row.version >= version) return { id, version: row.version, applied: false };
    const body = document && JSON.stringify(document);
    const key = row?.key ?? insert.run(id, version, body).lastInsertRowid;
    const before = row?.document ? indexedText(JSON.parse(row.document) as Document) : undefined;
    const after = document ? indexedText(document) : undefined;
    if (row) update.run(version, body, key);
    if (before) removeText.run(key);
    if (after) insertText.run(key, after.name.join(' '), after.main.join(' '), after.bio.join(' '));
    countWords(before, after);
    return { id, version, applied: true };
  }

  /** Words that no document has any more are forgotten, with their spellings. */
  function countWords(before: IndexedText | undefined, after: IndexedText | undefined): void {
    for (const word of after?.words ?? []) {
      if (before?.words.has(word)) continue;
      const { uses } = useWord.get(word) as { uses: number };
      if (uses === 1 && canBeMistyped(word)) for (const spelling of spellingsOf(word)) addSpelling.run(spelling, word);
    }
    for (const word of before?.words ?? []) {
      if (after?.words.has(word)) continue;
      const { uses } = leaveWord.get(word) as { uses: number };
      if (uses > 0) continue;
      removeWord.run(word);
      for (const spelling of spellingsOf(word)) removeSpelling.run(spelling, word);
    }
  }

  function wordsBeginningWith(beginning: string, limit: number): string[] {
    const rows = beginningWith.all(beginning, `${beginning}\u{10ffff}`, limit) as { word: string }[];
    return rows.map(({ word }) => word);
  }

  return {
    write: async (changes) => inTransaction(database, () => changes.map(write)),
    match: async (wanted, unwanted, afterKey, limit) => {
      const expression = unwanted ? `(${toFts(wanted)}) NOT (${toFts(unwanted)})` : toFts(wanted);
      const rows = match.all(expression, afterKey, limit) as unknown as (Omit<Match, 'document'> & {
        document: string;
      })[];
      return rows.map((row) => ({ ...row, document: JSON.parse(row.document) as Document }));
    },
    areKnown: async (words) => words.map((word) => wordsBeginningWith(word, 1).length > 0),
    wordsBeginningWith: async (beginning, limit) => wordsBeginningWith(beginning, limit),
    spelledLike: async (words, limit) =>
      words.map((word) =>
        (spelledLike.all(JSON.stringify(spellingsOf(word)), limit) as { word: string }[]).map((row) => row.word),
      ),
    count: async () => (live.get() as { n: number }).n,
    close: async () => database.close(),
  };
}

const COLUMNS: Record<Fields, string> = { name: '{name} : ', main: '{name main} : ', any: '' };

/** A clause in FTS5's syntax; words hold letters, digits, marks and emoji alone, so that quotes keep them from being syntax. */
function toFts({ fields, every }: Clause): string {
  const term = ({ word, beginning }: Term) => `"${word}"${beginning ? ' *' : ''}`;
  return `${COLUMNS[fields]}(${every.map((terms) => `(${terms.map(term).join(' OR ')})`).join(' AND ')})`;
}
