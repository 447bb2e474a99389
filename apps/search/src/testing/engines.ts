import { openPostgres } from '@run-edges/service/postgres';
import { createDatabase } from '@run-edges/service/testing/postgres-server';
import { postgresUrl } from '@run-edges/service/testing/postgres-url';
import { openPostgresStore } from '../store/postgres.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { SearchStore } from '../store/store.ts';

interface Engine {
  name: string;
  /** Opens an empty store. */
  open: () => Promise<SearchStore>;
}

let database: Promise<string> | undefined;
const fail = (error: Error) => {
  throw error;
};

/** Every engine: the same tests run on all. A test file has one PostgreSQL database, emptied for each test. */
export const engines: Engine[] = [
  { name: 'SQLite', open: async () => openSqliteStore(undefined) },
  ...(postgresUrl ? [{ name: 'PostgreSQL', open: openEmpty }] : []),
];

async function openEmpty(): Promise<SearchStore> {
  database ??= createDatabase(postgresUrl ?? '');
  const url = await database;
  const cleaner = await openPostgres({ url, schema: 'cleaner', migrations: [], onError: fail });
  await cleaner.query('DROP SCHEMA IF EXISTS search CASCADE');
  await cleaner.close();
  return openPostgresStore(url, fail);
}
