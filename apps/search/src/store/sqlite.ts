import { inTransaction, openSqlite } from '@run-edges/service/sqlite';
import { matchExpression } from './match-expression.ts';
import type { Document, Hit, SearchStore, Written } from './store.ts';

const MIGRATIONS = [
  // A deleted document leaves its row behind, so that an older write that comes late cannot bring it back.
  // The text is kept in the index alone (contentless): user-profiles owns it.
  `CREATE TABLE documents (
     key INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     version INTEGER NOT NULL,
     deleted INTEGER NOT NULL
   ) STRICT;
   CREATE VIRTUAL TABLE document_text USING fts5(
     name, title, team, city, skills, bio,
     content = '', contentless_delete = 1,
     tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
   );`,
];

/** A name counts most, a word of the bio least; in the order of the columns. */
const WEIGHTS = '10.0, 4.0, 4.0, 3.0, 3.0, 1.0';

/** The index in SQLite with FTS5: in a file of `stateDir`, in memory without. */
export function openSqliteStore(stateDir: string | undefined): SearchStore {
  const database = openSqlite({ name: 'search', stateDir, migrations: MIGRATIONS });
  const known = database.prepare('SELECT key, version FROM documents WHERE id = ?');
  const insert = database.prepare('INSERT INTO documents (id, version, deleted) VALUES (?, ?, ?)');
  const update = database.prepare('UPDATE documents SET version = ?, deleted = ? WHERE key = ?');
  const removeText = database.prepare('DELETE FROM document_text WHERE rowid = ?');
  const insertText = database.prepare(
    'INSERT INTO document_text (rowid, name, title, team, city, skills, bio) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const match = database.prepare(
    `SELECT documents.id AS id, bm25(document_text, ${WEIGHTS}) AS score
     FROM document_text JOIN documents ON documents.key = document_text.rowid
     WHERE document_text MATCH ? ORDER BY score, documents.id LIMIT ?`,
  );
  const live = database.prepare('SELECT count(*) AS n FROM documents WHERE NOT deleted');

  function write(id: string, version: number, document: Document | undefined): Written {
    return inTransaction(database, () => {
      const row = known.get(id) as { key: number; version: number } | undefined;
      if (row && row.version >= version) return { version: row.version, applied: false };
      const deleted = document ? 0 : 1;
      let key: number | bigint;
      if (row) {
        key = row.key;
        removeText.run(key);
        update.run(version, deleted, key);
      } else {
        key = insert.run(id, version, deleted).lastInsertRowid;
      }
      if (document) {
        const { name, title, team, city, skills, bio } = document;
        insertText.run(key, name, title, team, city, skills.join(' '), bio);
      }
      return { version, applied: true };
    });
  }

  return {
    put: async (id, version, document) => write(id, version, document),
    delete: async (id, version) => write(id, version, undefined),
    find: async (text, limit) => {
      const expression = matchExpression(text);
      return expression ? (match.all(expression, limit) as unknown as Hit[]) : [];
    },
    count: async () => (live.get() as { n: number }).n,
    close: async () => database.close(),
  };
}
