import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { EmulatorError } from '../internal/errors.ts';
import type { NewTask, Task } from './task.ts';

/**
 * Whatever is to be delivered, in one table. What a call has changed outlives the end of the process, however that comes
 * about, once the call has returned.
 */
export interface TaskStore {
  /** What is done meanwhile is kept as a whole or, where it throws, not at all. */
  together(work: () => void): void;
  /** All of them or, where it throws, none. */
  add(tasks: readonly NewTask[]): void;
  /** Those that have something. */
  senders(): readonly string[];
  /** When the next one of a sender is due; undefined where none waits. */
  nextDue(sender: string): number | undefined;
  /** Takes what is due, first come first served; of one key one at a time. Each counts as attempted from now on. */
  lease(sender: string, now: number, most: number): readonly Task[];
  /** This one, due or not; undefined where it is under way, or over. */
  leaseOne(task: Task, now: number): Task | undefined;
  /** It waits again. */
  later(task: Task, due: number, status: number): void;
  /** It is over, and these come of it. */
  done(task: Task, next?: readonly NewTask[]): void;
  find(sender: string, name: string): Task | undefined;
  /** Those of a sender in the order in which they are due. */
  list(sender: string): readonly Task[];
  remove(task: Task): void;
  /** All of a sender. */
  purge(sender: string): void;
  /** A name that must not be used again until then. */
  block(name: string, until: number): void;
  isBlocked(name: string, now: number): boolean;
  close(): void;
}

/** Waits, is under way, or waits behind another of its key. */
const WAITING = 0;
const LEASED = 1;
const BEHIND = 2;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sender TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  due REAL NOT NULL,
  created_at REAL NOT NULL,
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  answers INTEGER NOT NULL DEFAULT 0,
  last_status INTEGER NOT NULL DEFAULT 0,
  first_at REAL NOT NULL DEFAULT 0,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (sender, state, due, id);
CREATE INDEX IF NOT EXISTS tasks_key ON tasks (sender, key, id) WHERE key <> '';
CREATE INDEX IF NOT EXISTS tasks_name ON tasks (sender, name);
CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
`;

/** @param file undefined: in memory. @throws EmulatorError STATE_INVALID */
export function openTaskStore(file: string | undefined): TaskStore {
  try {
    return taskStore(openDatabase(file));
  } catch (error) {
    if (file === undefined) throw error;
    const { message } = error as Error;
    throw new EmulatorError(
      'STATE_INVALID',
      `What is to be delivered cannot be read in ${file}: ${message}.`,
      'End the other emulator that has this state folder; or move the file away: what was not delivered yet is then lost.',
    );
  }
}

function openDatabase(file: string | undefined): DatabaseSync {
  if (file !== undefined) makePrivate(file);
  // A release of Node that has none is told so before, and would not get as far as that by an import.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(file ?? ':memory:', { timeout: 1000 });
  try {
    // One process alone: two would deliver the same. NORMAL holds against the end of the process.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > 1) throw new Error('it is of another version');
    database.exec(SCHEMA);
    // Whoever had it under way is gone.
    database.exec(`UPDATE tasks SET state = ${WAITING} WHERE state = ${LEASED}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Its owner's alone, and no way to another file. */
function makePrivate(file: string): void {
  const descriptor = openSync(
    file,
    constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    0o600,
  );
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('it is no regular file');
  } finally {
    closeSync(descriptor);
  }
}

const COLUMNS = `id, sender, name, key, due, created_at AS createdAt, attempt AS attempts, answers, last_status AS lastStatus, first_at AS firstAt, body`;

function taskStore(database: DatabaseSync): TaskStore {
  const insert = database.prepare(
    `INSERT INTO tasks (sender, name, key, due, created_at, state, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const firstOfKey = database.prepare(
    `SELECT id FROM tasks WHERE sender = ? AND key = ? AND key <> '' ORDER BY id LIMIT 1`,
  );
  const due = database.prepare(
    `SELECT due FROM tasks WHERE sender = ? AND state = ${WAITING} ORDER BY due, id LIMIT 1`,
  );
  const take = database.prepare(
    `SELECT ${COLUMNS} FROM tasks WHERE sender = ? AND state = ${WAITING} AND due <= ? ORDER BY due, id LIMIT ?`,
  );
  const leased = database.prepare(
    `UPDATE tasks SET state = ${LEASED}, attempt = attempt + 1, first_at = CASE first_at WHEN 0 THEN ? ELSE first_at END WHERE id = ?`,
  );
  const waiting = database.prepare(`SELECT ${COLUMNS} FROM tasks WHERE id = ? AND state <> ${LEASED}`);
  const waits = database.prepare(
    `UPDATE tasks SET state = ${WAITING}, due = ?, last_status = ?, answers = ? WHERE id = ?`,
  );
  const advanced = database.prepare(`UPDATE tasks SET state = ${WAITING} WHERE id = ? AND state = ${BEHIND}`);
  const removed = database.prepare('DELETE FROM tasks WHERE id = ?');
  const purged = database.prepare('DELETE FROM tasks WHERE sender = ?');
  const named = database.prepare(`SELECT ${COLUMNS} FROM tasks WHERE sender = ? AND name = ? LIMIT 1`);
  const all = database.prepare(`SELECT ${COLUMNS} FROM tasks WHERE sender = ? ORDER BY due, id`);
  const blocked = database.prepare('INSERT OR REPLACE INTO names (name, until) VALUES (?, ?)');
  const blocking = database.prepare('SELECT until FROM names WHERE name = ?');
  const forgotten = database.prepare('DELETE FROM names WHERE until <= ?');

  const distinct = database.prepare('SELECT DISTINCT sender FROM tasks').all() as unknown as { sender: string }[];
  const known = new Set(distinct.map(({ sender }) => sender));

  function inTransaction<Result>(work: () => Result): Result {
    if (database.isTransaction) return work();
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  function put({ sender, name, key, due, createdAt, body }: NewTask): void {
    const state = key !== '' && firstOfKey.get(sender, key) !== undefined ? BEHIND : WAITING;
    insert.run(sender, name, key, due, createdAt, state, JSON.stringify(body));
    known.add(sender);
  }

  /** It goes, and the next of its key has its turn. */
  function takeAway({ id, sender, key }: Task): void {
    removed.run(id);
    const next = key === '' ? undefined : (firstOfKey.get(sender, key) as { id: number } | undefined);
    if (next !== undefined) advanced.run(next.id);
  }

  return {
    together: inTransaction,
    add(tasks) {
      inTransaction(() => {
        for (const task of tasks) put(task);
      });
    },
    senders: () => [...known],
    nextDue(sender) {
      const row = due.get(sender) as { due: number } | undefined;
      return row?.due;
    },
    lease(sender, now, most) {
      const found = take.all(sender, now, most) as unknown as Row[];
      if (found.length === 0) return [];
      inTransaction(() => {
        for (const { id } of found) leased.run(now, id);
      });
      return found.map((row) => begun(row, now));
    },
    leaseOne({ id }, now) {
      const row = waiting.get(id) as unknown as Row | undefined;
      if (row === undefined) return undefined;
      leased.run(now, id);
      return begun(row, now);
    },
    later: ({ id, answers }, at, status) =>
      void waits.run(at, status, answers + (status > 0 && status < 500 ? 1 : 0), id),
    done: (task, next = []) =>
      inTransaction(() => {
        takeAway(task);
        for (const one of next) put(one);
      }),
    find(sender, name) {
      const row = named.get(sender, name) as unknown as Row | undefined;
      return row === undefined ? undefined : taskOf(row);
    },
    list: (sender) => (all.all(sender) as unknown as Row[]).map(taskOf),
    remove: (task) => inTransaction(() => takeAway(task)),
    purge(sender) {
      purged.run(sender);
      known.delete(sender);
    },
    block(name, until) {
      blocked.run(name, until);
    },
    isBlocked(name, now) {
      forgotten.run(now);
      return blocking.get(name) !== undefined;
    },
    close: () => database.close(),
  };
}

type Row = Omit<Task, 'body'> & { readonly body: string };

function begun(row: Row, now: number): Task {
  const task = taskOf(row);
  return { ...task, attempts: task.attempts + 1, firstAt: task.firstAt || now };
}

function taskOf(row: Row): Task {
  return { ...row, body: JSON.parse(row.body) };
}
