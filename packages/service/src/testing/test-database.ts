import { inject } from 'vitest';
import { openPostgres } from '../open-postgres.ts';
import { createDatabase } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string | undefined;
  }
}

/** URL of the PostgreSQL server that `.config/postgres.ts` starts for a test run; undefined where there is none to be had. */
export const postgresUrl: string | undefined = inject('postgresUrl');

let database: Promise<string> | undefined;

/** URL of the one PostgreSQL database that a test file has, where nothing is left in a service's schema. */
export async function emptyDatabase(schema: string): Promise<string> {
  database ??= createDatabase(postgresUrl ?? '');
  const url = await database;
  const cleaner = await openPostgres({ url, schema: 'cleaner', migrations: [], onError: throwError });
  await cleaner.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await cleaner.close();
  return url;
}

/** For connections that break where none should. */
export function throwError(error: Error): never {
  throw error;
}
