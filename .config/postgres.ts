import type { TestProject } from 'vitest/node';
import {
  NoPostgresError,
  type PostgresServer,
  startPostgresServer,
} from '../packages/service/src/testing/postgres-server.ts';
import type {} from '../packages/service/src/testing/test-database.ts';

let server: PostgresServer | undefined;

/** Starts the one PostgreSQL server of a run; without one, the suites run on SQLite alone, and say so. */
export async function setup({ provide }: TestProject): Promise<void> {
  try {
    server = await startPostgresServer();
    provide('postgresUrl', server.url);
  } catch (error) {
    if (!(error instanceof NoPostgresError)) throw error;
    console.error(`Not tested on PostgreSQL: ${error.message}`);
  }
}

export async function teardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
}
