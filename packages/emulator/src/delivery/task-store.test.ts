import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewTask } from './task.ts';
import { openTaskStore, type TaskStore } from './task-store.ts';

const task = (name: string, change: Partial<NewTask> = {}): NewTask => ({
  sender: 'a',
  name,
  key: '',
  due: 0,
  createdAt: 0,
  body: { name },
  ...change,
});
const names = (tasks: readonly NewTask[]) => tasks.map(({ name }) => name);

let folder: string;
let file: string;
let store: TaskStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-tasks-'));
  file = join(folder, 'delivery.db');
  store = openTaskStore(file);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function again(): void {
  store.close();
  store = openTaskStore(file);
}

describe('what is due is leased', () => {
  test('in its order, once, and no more than is asked for', () => {
    store.add([
      task('late', { due: 20 }),
      task('first', { due: 5 }),
      task('second', { due: 5 }),
      task('never', { due: 99 }),
    ]);
    expect(names(store.lease('a', 20, 2))).toEqual(['first', 'second']);
    expect(names(store.lease('a', 20, 9))).toEqual(['late']);
    expect(store.lease('a', 20, 9)).toEqual([]);
    expect(store.nextDue('a')).toBe(99);
    expect(store.nextDue('b')).toBeUndefined();
  });

  test('and counted before anybody is told of it', () => {
    store.add([task('x')]);
    expect(store.lease('a', 7, 1)).toMatchObject([{ attempts: 1, firstAt: 7, lastStatus: 0, answers: 0 }]);
    again();
    expect(store.lease('a', 9, 1)).toMatchObject([{ attempts: 2, firstAt: 7, body: { name: 'x' } }]);
  });

  test('by its sender alone', () => {
    store.add([task('x'), task('y', { sender: 'b' })]);
    expect(names(store.lease('b', 0, 9))).toEqual(['y']);
    expect(store.senders()).toEqual(['a', 'b']);
  });
});

describe('of one key', () => {
  const key = 'k';
  test('one is under way, until it is over; a retry keeps the rest behind it', () => {
    store.add([task('1', { key }), task('2', { key }), task('other', { key: 'l' })]);
    const [first] = store.lease('a', 0, 9);
    expect(first?.name).toBe('1');
    if (first === undefined) return;
    store.later(first, 50, 500);
    expect(store.lease('a', 10, 9)).toEqual([]);
    const [second] = store.lease('a', 50, 9);
    expect(second).toMatchObject({ name: '1', attempts: 2, lastStatus: 500 });
    if (second !== undefined) store.done(second);
    expect(names(store.lease('a', 50, 9))).toEqual(['2']);
  });

  test('the rest goes on behind one that was taken away, also after the end of the process', () => {
    store.add([task('1', { key }), task('2', { key })]);
    store.lease('a', 0, 9);
    again();
    const first = store.find('a', '1');
    if (first !== undefined) store.remove(first);
    expect(names(store.lease('a', 0, 9))).toEqual(['2']);
  });
});

describe('what is over', () => {
  test('goes, and what comes of it is there in the same moment', () => {
    store.add([task('x')]);
    const [leased] = store.lease('a', 0, 1);
    if (leased !== undefined) store.done(leased, [task('letter', { sender: 'b' })]);
    expect(store.list('a')).toEqual([]);
    expect(names(store.list('b'))).toEqual(['letter']);
  });

  test('is undone as a whole where a part of it fails', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => store.add([task('x'), task('y', { body: loop })])).toThrow(TypeError);
    expect(store.list('a')).toEqual([]);
  });

  test('counts answers, but for those of 5xx', () => {
    store.add([task('x')]);
    for (const status of [404, 500, 0, 429, 503]) {
      const [leased] = store.lease('a', 0, 1);
      if (leased !== undefined) store.later(leased, 0, status);
    }
    expect(store.find('a', 'x')).toMatchObject({ attempts: 5, answers: 2, lastStatus: 503 });
  });
});

test('a name is blocked until its time', () => {
  store.block('t', 100);
  expect([store.isBlocked('t', 99), store.isBlocked('other', 0), store.isBlocked('t', 100)]).toEqual([
    true,
    false,
    false,
  ]);
});

describe('the file', () => {
  test('is its owner’s alone', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is not read by two', () => {
    expect(() => openTaskStore(file)).toThrow(/cannot be read in .*delivery\.db: .*locked/);
  });

  test.each([
    ['is no database', (at: string) => writeFileSync(at, 'not a database, and longer than a header of one'.repeat(20))],
    ['is a link', (at: string) => symlinkSync('/dev/null', at)],
    [
      'may not be read',
      (at: string) => {
        writeFileSync(at, '');
        chmodSync(at, 0);
      },
    ],
  ])('that %s is refused, and it is said what to do', (_, make) => {
    const other = join(folder, 'other.db');
    make(other);
    if (process.getuid?.() === 0 && _ === 'may not be read') return;
    expect(() => openTaskStore(other)).toThrow(
      expect.objectContaining({ code: 'STATE_INVALID', mend: expect.stringContaining('move the file away') }),
    );
  });
});
