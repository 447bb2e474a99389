import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseUnavailableError, openPostgres, type Postgres } from './open-postgres.ts';
import { createDatabase } from './testing/postgres-server.ts';
import { postgresUrl } from './testing/test-database.ts';

describe.skipIf(!postgresUrl)('openPostgres', () => {
  let url: string;
  const opened: Postgres[] = [];
  beforeAll(async () => {
    url = await createDatabase(postgresUrl ?? '');
  });
  afterAll(() => Promise.all(opened.map((database) => database.close())));

  async function open(schema: string, migrations: string[], at = url): Promise<Postgres> {
    const database = await openPostgres({ url: at, schema, migrations, onError: () => undefined });
    opened.push(database);
    return database;
  }
  const first = 'CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL)';
  const second = "INSERT INTO notes VALUES (1, 'from the second step')";

  test('every step runs once, in order, also on a schema from before', async () => {
    await open('a', [first]);
    for (let round = 0; round < 2; round += 1) {
      const database = await open('a', [first, second]);
      expect(await database.query('SELECT * FROM notes')).toHaveLength(1);
    }
  });

  test('instances that start together migrate once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => open('together', [first, second])));
    expect(await all[0]?.query('SELECT * FROM notes')).toHaveLength(1);
  });

  test('a step that fails leaves nothing behind', async () => {
    await expect(open('b', [first, 'nonsense'])).rejects.toThrow(/cannot be opened \(syntax error/);
    await open('b', [first]);
  });

  test('schemas do not meet, and a newer release keeps its steps', async () => {
    await open('c', [first, second]);
    await open('c', [first]);
    const c = await open('c', [first, second]);
    const d = await open('d', [first]);
    expect(await c.query('SELECT * FROM notes')).toHaveLength(1);
    expect(await d.query('SELECT * FROM notes')).toHaveLength(0);
  });

  test('a transaction that rejects changes nothing', async () => {
    const database = await open('e', [first]);
    const work = database.inTransaction(async (query) => {
      await query('INSERT INTO notes VALUES ($1, $2)', [1, 'one']);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.query('SELECT * FROM notes')).toHaveLength(0);
  });

  test('a connection that the server ends is 503 for who uses it, and the next query works', async () => {
    const database = await open('f', [first]);
    const ended = database.query('SELECT pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a database that lets nobody in is 503, and works again when it does', async () => {
    const own = await createDatabase(postgresUrl ?? '');
    const name = new URL(own).pathname.slice(1);
    const database = await open('f', [first], own);
    const admin = await open('admin', []);
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await expect(database.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(database.inTransaction((query) => query('SELECT 1'))).rejects.toMatchObject({ statusCode: 503 });
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    expect(await database.inTransaction((query) => query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  test('a connection that breaks within a transaction is not used again', async () => {
    const database = await open('f2', [first]);
    const work = database.inTransaction(async (query) => {
      await query('INSERT INTO notes VALUES ($1, $2)', [1, 'one']);
      const [row] = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [row?.pid]);
      await database.query('SELECT pg_sleep(0.1)');
      await query('SELECT 1');
    });
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(await database.query('SELECT * FROM notes')).toEqual([]);
  });

  test('a mistake in a statement is no outage', async () => {
    const database = await open('g', []);
    await expect(database.query('SELECT nonsense')).rejects.not.toBeInstanceOf(DatabaseUnavailableError);
  });

  test('big integers are numbers', async () => {
    const database = await open('h', []);
    expect(await database.query('SELECT 2::int8 ^ 40 AS a, count(*) AS b FROM migrations')).toEqual([
      { a: 2 ** 40, b: 1 },
    ]);
  });

  test('what cannot be reached is named, without the password', async () => {
    const gone = Object.assign(new URL(url), { port: '1' }).href;
    await expect(open('i', [], gone)).rejects.toThrow(
      /^the database test_\w+ at 127\.0\.0\.1 cannot be opened \(.*ECONNREFUSED.*\): see DATABASE_URL$/,
    );
    // As Cloud SQL's sockets are named.
    await expect(open('j', [], 'postgresql://me:secret@/people?host=/cloudsql/p:r:i')).rejects.toThrow(
      /^the database people at \/cloudsql\/p:r:i cannot be opened \(.*ENOENT.*\): see DATABASE_URL$/,
    );
    const wrong = Object.assign(new URL(url), { password: 'wrong-secret' }).href;
    const refused = open('i', [], wrong);
    await expect(refused).rejects.toThrow(/password authentication failed/);
    await expect(refused).rejects.not.toThrow(/wrong-secret/);
  });
});
