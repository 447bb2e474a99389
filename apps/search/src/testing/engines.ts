import { emptyDatabase, postgresUrl, throwError } from '@run-edges/service/testing/test-database';
import { openPostgresStore } from '../store/postgres.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { SearchStore } from '../store/store.ts';

interface Engine {
  name: string;
  /** Opens an empty store. */
  open: () => Promise<SearchStore>;
}

/** Every engine: the same tests run on all. */
export const engines: Engine[] = [
  { name: 'SQLite', open: async () => openSqliteStore(undefined) },
  ...(postgresUrl ? [{ name: 'PostgreSQL', open: openPostgresEmpty }] : []),
];

async function openPostgresEmpty(): Promise<SearchStore> {
  return openPostgresStore(await emptyDatabase('search'), throwError);
}
