import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface SqliteOptions {
  /** Name of the file, without its ending. */
  name: string;
  /** Folder of the file, made when it is missing; without it the database lives in memory. */
  stateDir?: string | undefined;
  /** The schema as a list of steps: a step that ran once never runs again, so steps are only ever appended. */
  migrations: readonly string[];
}

/** Another instance may be migrating. */
const OPEN_MS = 5_000;
/** A statement waits for another program's transaction, and the whole process with it: no longer than nobody minds. */
const BUSY_MS = 200;

/** Opens a service's SQLite database with its schema up to date. */
export function openSqlite({ name, stateDir, migrations }: SqliteOptions): DatabaseSync {
  const path = stateDir ? join(stateDir, `${name}.sqlite`) : ':memory:';
  try {
    if (stateDir) mkdirSync(stateDir, { recursive: true });
    const database = new DatabaseSync(path, { timeout: OPEN_MS });
    // WAL lets readers go on while one writes; NORMAL is durable against a crash of the process.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    migrate(database, migrations);
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the database ${path} cannot be opened (${reason}): mend or remove it, or set STATE_DIR`, {
      cause,
    });
  }
}

/** `user_version` counts the steps that have run; the write lock makes two instances that start together take turns. */
function migrate(database: DatabaseSync, migrations: readonly string[]): void {
  inTransaction(database, () => {
    const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
    for (const step of migrations.slice(row.user_version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${Math.max(row.user_version, migrations.length)}`);
  });
}

/** Runs work in one write transaction: all of it or, when it throws, nothing. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A disk that is full, for one, has ended it already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
