import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inTransaction, openSqlite } from './open-sqlite.ts';

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
