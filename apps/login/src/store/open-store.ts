import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import { openSqliteStore } from './sqlite.ts';
import type { LoginStore } from './store.ts';

/** PostgreSQL where DATABASE_URL says so (its driver is loaded only then), SQLite otherwise. */
export async function openStore({ DATABASE_URL, STATE_DIR }: Config, log: FastifyBaseLogger): Promise<LoginStore> {
  if (DATABASE_URL) {
    const { openPostgresStore } = await import('./postgres.ts');
    return openPostgresStore(DATABASE_URL, (err) => log.warn({ err }, 'a connection to the database broke'));
  }
  if (!STATE_DIR) log.warn('STATE_DIR is not set: accounts and sessions end with this process');
  return openSqliteStore(STATE_DIR);
}
