import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { inTransaction, openSqlite } from './open-sqlite.ts';
import { toProblem } from './problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const first = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)';
const second = "INSERT INTO notes (text) VALUES ('from the second step')";

describe('openSqlite', () => {
  test('every step runs once, in order, also on a file from before', () => {
    const stateDir = join(folder, 'deep', 'er');
    openSqlite({ name: 'a', stateDir, migrations: [first] }).close();
    for (let round = 0; round < 2; round += 1) {
      const database = openSqlite({ name: 'a', stateDir, migrations: [first, second] });
      expect(database.prepare('SELECT count(*) AS n FROM notes').get()).toMatchObject({ n: 1 });
      database.close();
    }
  });

  test('a step that fails leaves nothing behind', () => {
    expect(() => openSqlite({ name: 'b', stateDir: folder, migrations: [first, 'nonsense'] })).toThrow();
    const database = openSqlite({ name: 'b', stateDir: folder, migrations: [first] });
    database.close();
  });

  test('what is no database is named, with the reason', () => {
    writeFileSync(join(folder, 'e.sqlite'), 'x'.repeat(5_000));
    expect(() => openSqlite({ name: 'e', stateDir: folder, migrations: [] })).toThrow(
      /e\.sqlite cannot be opened \(file is not/,
    );
    expect(() => openSqlite({ name: 'x', stateDir: join(folder, 'e.sqlite'), migrations: [] })).toThrow(/STATE_DIR/);
  });

  test('a file from a newer release keeps its version', () => {
    openSqlite({ name: 'c', stateDir: folder, migrations: [first, second] }).close();
    openSqlite({ name: 'c', stateDir: folder, migrations: [first] }).close();
    const database = openSqlite({ name: 'c', stateDir: folder, migrations: [first, second] });
    expect(database.prepare('SELECT count(*) AS n FROM notes').get()).toMatchObject({ n: 1 });
    database.close();
  });
});

describe('when the database cannot do it just now', () => {
  const problemOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return toProblem(error);
    }
    return undefined;
  };

  test('another program that writes is waited for no longer than the whole process may stand still', () => {
    const database = openSqlite({ name: 'f', stateDir: folder, migrations: [first] });
    const other = new DatabaseSync(join(folder, 'f.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    expect(problemOf(() => inTransaction(database, () => database.exec(second)))).toMatchObject({ status: 503 });
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 200 });
    other.exec('ROLLBACK');
    inTransaction(database, () => database.exec(second));
    other.close();
    database.close();
  });

  test('a disk that is full is 503, and what comes after it works', () => {
    const database = openSqlite({ name: 'g', stateDir: folder, migrations: [first] });
    database.exec('PRAGMA max_page_count = 4');
    const fill = () =>
      inTransaction(database, () => database.prepare('INSERT INTO notes (text) VALUES (?)').run('x'.repeat(100_000)));
    expect(problemOf(fill)).toMatchObject({ status: 503 });
    database.exec('PRAGMA max_page_count = 4000');
    expect(problemOf(fill)).toBeUndefined();
    database.close();
  });

  test('a mistake of ours stays 500', () => {
    const database = openSqlite({ name: 'h', migrations: [first] });
    expect(problemOf(() => database.exec('nonsense'))).toMatchObject({ status: 500 });
    expect(problemOf(() => database.exec('INSERT INTO notes (text) VALUES (NULL)'))).toMatchObject({ status: 500 });
    database.close();
  });
});

test('a transaction that SQLite has ended itself says why', () => {
  const database = openSqlite({ name: 'i', migrations: [first] });
  expect(() =>
    inTransaction(database, () => database.exec("INSERT OR ROLLBACK INTO notes (id, text) VALUES (1, 'a'), (1, 'b')")),
  ).toThrow(/UNIQUE/);
  database.close();
});

test('inTransaction undoes everything when the work throws', () => {
  const database = openSqlite({ name: 'd', migrations: [first] });
  expect(() =>
    inTransaction(database, () => {
      database.exec(second);
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.prepare('SELECT count(*) AS n FROM notes').get()).toMatchObject({ n: 0 });
});
