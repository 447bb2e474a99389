import { openSqliteStore } from '../store/sqlite.ts';
import type { SearchStore } from '../store/store.ts';

/** Every engine, each with a way to open an empty store: the same tests run on all. */
export const engines: { name: string; open: () => Promise<SearchStore> }[] = [
  { name: 'SQLite', open: async () => openSqliteStore(undefined) },
];
