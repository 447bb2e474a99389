import pg from 'pg';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, or `postgres://user:password@/database?host=/folder/of/socket`. */
  url: string;
  /** Schema of the service's tables, made when it is missing: services that share a database do not meet. */
  schema: string;
  /** The schema as a list of steps: a step that ran once never runs again, so steps are only ever appended. */
  migrations: readonly string[];
  /** Hears of connections that broke while no statement ran; the next one opens another. */
  onError: (error: Error) => void;
}

/** Runs one statement; resolves to its rows. */
export type Query = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

export interface Postgres {
  query: Query;
  /** Runs work in one transaction: all of it or, when it rejects, nothing. */
  inTransaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** The database cannot be reached, or does not answer in time: nobody's fault who asks, so 503. */
export class DatabaseUnavailableError extends Error {
  override name = 'DatabaseUnavailableError';
  readonly statusCode = 503;
}

/** Small databases allow some dozens of connections, and there may be many instances. */
const MAX_CONNECTIONS = 5;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;
/** One instance may wait for another one that migrates. */
const MIGRATION_MS = 120_000;

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, shut down, too busy, too slow.
const UNAVAILABLE = /^(08|57P|53|57014$|55P03$)|^E[A-Z]+$/;
const INT8 = 20;

/** Opens a service's PostgreSQL database with its schema up to date. */
export async function openPostgres({ url, schema, migrations, onError }: PostgresOptions): Promise<Postgres> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: schema,
    options: `-c search_path=${schema}`,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 60_000,
    statement_timeout: STATEMENT_MS,
    // The server's limit comes first; this one is for a server that is gone without a word.
    query_timeout: STATEMENT_MS + 2_000,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    keepAlive: true,
    // Counters stay far below 2^53.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  });
  // Also of one that breaks while a transaction has it and no statement runs, which nobody else would hear.
  pool.on('connect', (client) => client.on('error', onError));
  pool.on('error', () => undefined);
  try {
    await transact(pool, (query) => migrate(query, schema, migrations), MIGRATION_MS);
  } catch (cause) {
    await pool.end();
    const { host, database } = new pg.Client({ connectionString: url });
    throw new Error(
      `the database ${database} at ${host} cannot be opened (${textOf(cause as Error)}): see DATABASE_URL`,
      {
        cause,
      },
    );
  }
  return {
    query: (text, values) => withClient(pool, (client) => run(client, text, values)),
    inTransaction: (work) => transact(pool, work),
    close: () => pool.end(),
  };
}

/** The lock makes instances that start together take turns; who comes second finds nothing left to do. */
async function migrate(query: Query, schema: string, migrations: readonly string[]): Promise<void> {
  await query(`SET LOCAL statement_timeout = ${MIGRATION_MS}`);
  await query('SELECT pg_advisory_xact_lock(hashtext($1))', [`migrations of ${schema}`]);
  await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await query('CREATE TABLE IF NOT EXISTS migrations (steps integer NOT NULL)');
  const [row] = await query<{ steps: number }>('SELECT steps FROM migrations');
  const ran = row?.steps ?? 0;
  for (const step of migrations.slice(ran)) await query(step);
  if (!row) await query('INSERT INTO migrations VALUES ($1)', [migrations.length]);
  else if (ran < migrations.length) await query('UPDATE migrations SET steps = $1', [migrations.length]);
}

async function transact<Result>(
  pool: pg.Pool,
  work: (query: Query) => Promise<Result>,
  timeout?: number,
): Promise<Result> {
  return withClient(pool, async (client) => {
    await run(client, 'BEGIN');
    try {
      const result = await work((text, values) => run(client, text, values, timeout));
      await run(client, 'COMMIT');
      return result;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) await run(client, 'ROLLBACK');
      throw error;
    }
  });
}

/** Whatever keeps a connection from being had is an outage; one that broke is thrown away, and what it had begun with it. */
async function withClient<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((cause: Error) => {
    throw new DatabaseUnavailableError(`the database cannot be reached: ${textOf(cause)}`, { cause });
  });
  let broken = false;
  try {
    return await work(client);
  } catch (error) {
    broken = error instanceof DatabaseUnavailableError;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Errors of the connection become 503; those of the statement are ours to mend. */
async function run<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values?: unknown[],
  timeout?: number,
): Promise<Row[]> {
  try {
    // Without values the simple protocol, which takes the several statements of a migration.
    const { rows } = await client.query<Row>({
      text,
      ...(values && { values }),
      ...(timeout && { query_timeout: timeout }),
    });
    return rows;
  } catch (error) {
    const { code } = error as { code?: string };
    // The driver's own time limits and broken connections carry no code.
    if (code !== undefined && !UNAVAILABLE.test(code)) throw error;
    throw new DatabaseUnavailableError(`the database does not answer: ${textOf(error as Error)}`, { cause: error });
  }
}

/** Errors of a connection that was tried at several addresses have a code alone. */
function textOf(error: Error & { code?: string }): string {
  return error.message || (error.code ?? error.name);
}
