import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from './sqlite.ts';
import type { Document, SearchStore } from './store.ts';

const ada: Document = {
  name: 'Ada Lovelace',
  title: 'Principal Engineer',
  team: 'Analytical Engines',
  city: 'Zürich',
  skills: ['TypeScript', 'C++'],
  bio: "Wrote the first program; reads O'Reilly books.",
};
const grace: Document = { ...ada, name: 'Grace Hopper', title: 'Admiral', city: 'New York', bio: 'Met Ada once.' };

let store: SearchStore;
beforeEach(() => {
  store = openSqliteStore(undefined);
});
afterEach(() => store.close());

const ids = async (text: string, limit = 10) => (await store.find(text, limit)).map((hit) => hit.id);

describe('find', () => {
  beforeEach(async () => {
    await store.put('ada', 1, ada);
    await store.put('grace', 1, grace);
  });

  test.each([
    ['ada', ['ada', 'grace']],
    ['ADA lov', ['ada']],
    ['zurich', ['ada']],
    ['typescript', ['grace', 'ada']],
    ['hop adm', ['grace']],
    ["o'reilly", ['ada']],
    ['c++', ['grace', 'ada']],
    ['ada nobody', []],
  ])('%s finds %j, best first', async (text, expected) => {
    expect(await ids(text)).toEqual(expected);
  });

  test.each([
    '"',
    '""',
    '*',
    '***',
    'AND',
    'NOT ada',
    'ada OR',
    'name:',
    'name:ada',
    '(ada',
    'ada)',
    'NEAR(ada grace, 2)',
    '^ada',
    '-ada',
    '{name title}: ada',
    "'; DROP TABLE documents; --",
    '<script>alert(1)</script>',
    '\ud800',
    '\u202e',
    'a"b"c"*',
    'a'.repeat(200),
    'a '.repeat(100),
  ])('%j is text, never syntax', async (text) => {
    await expect(store.find(text, 10)).resolves.toBeInstanceOf(Array);
    expect(await store.count()).toBe(2);
  });

  test('limit bounds the answer', async () => {
    expect(await ids('ada', 1)).toEqual(['ada']);
  });
});

describe('versions', () => {
  test('the same write twice changes nothing', async () => {
    expect(await store.put('ada', 3, ada)).toEqual({ version: 3, applied: true });
    expect(await store.put('ada', 3, grace)).toEqual({ version: 3, applied: false });
    expect(await ids('lovelace')).toEqual(['ada']);
  });

  test('an older write never overwrites a newer one', async () => {
    await store.put('ada', 3, ada);
    expect(await store.put('ada', 2, grace)).toEqual({ version: 3, applied: false });
    expect(await ids('hopper')).toEqual([]);
  });

  test('a newer write replaces the old text', async () => {
    await store.put('ada', 1, ada);
    expect(await store.put('ada', 2, grace)).toEqual({ version: 2, applied: true });
    expect(await ids('lovelace')).toEqual([]);
    expect(await ids('hopper')).toEqual(['ada']);
    expect(await store.count()).toBe(1);
  });

  test('what was deleted is not found, and an older write does not bring it back', async () => {
    await store.put('ada', 1, ada);
    expect(await store.delete('ada', 3)).toEqual({ version: 3, applied: true });
    expect(await store.put('ada', 2, ada)).toEqual({ version: 3, applied: false });
    expect(await ids('ada')).toEqual([]);
    await store.put('ada', 4, ada);
    expect(await ids('ada')).toEqual(['ada']);
  });

  test('a deletion that overtakes the write it deletes wins', async () => {
    await store.delete('ada', 2);
    expect(await store.put('ada', 1, ada)).toEqual({ version: 2, applied: false });
    expect(await store.count()).toBe(0);
  });

  test('an old deletion is ignored', async () => {
    await store.put('ada', 2, ada);
    expect(await store.delete('ada', 1)).toEqual({ version: 2, applied: false });
    expect(await store.count()).toBe(1);
  });
});

test('a file keeps the index over a restart', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'search-'));
  const first = openSqliteStore(stateDir);
  await first.put('ada', 1, ada);
  await first.close();
  const second = openSqliteStore(stateDir);
  expect((await second.find('ada', 10)).map((hit) => hit.id)).toEqual(['ada']);
  await second.close();
  rmSync(stateDir, { recursive: true });
});
