import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { find } from '../find.ts';
import { engines } from '../testing/engines.ts';
import { ada, grace } from '../testing/people.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Document, SearchStore } from './store.ts';

describe.each(engines)('$name', ({ open }) => {
  let store: SearchStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const put = async (id: string, version: number, document: Document | null) => {
    const [written] = await store.write([{ id, version, document }]);
    return written;
  };
  const ids = async (text: string) => (await find(store, text, undefined, 10)).map((hit) => hit.id);

  test('emoji are found, however they are drawn and tinted, and beside words', async () => {
    const bio = '👍🏽 for 👩🏽‍💻❤️ in 🇩🇪, not 🇫🇷';
    await put('ada', 1, { ...ada, bio });
    await put('grace', 1, { ...grace, skills: ['🦀 Rust', "'🐍'"] });
    for (const text of ['👍', '👍🏿', '👩‍💻', '👩', '❤', '❤️', '🇩🇪', 'ada 👍', '🇩🇪 👩🏻‍💻'])
      expect(await ids(text), text).toEqual(['ada']);
    for (const text of ['🦀', '🦀🐍', 'rust 🦀', '🐍']) expect(await ids(text), text).toEqual(['grace']);
    for (const text of ['🇪🇫', '🐙', '🦀👍']) expect(await ids(text), text).toEqual([]);
    await put('ada', 2, ada);
    expect(await ids('👍')).toEqual([]);
  });

  test('the same write twice changes nothing', async () => {
    expect(await put('ada', 3, ada)).toEqual({ id: 'ada', version: 3, applied: true });
    expect(await put('ada', 3, grace)).toEqual({ id: 'ada', version: 3, applied: false });
    expect(await ids('lovelace')).toEqual(['ada']);
  });

  test('an older write never overwrites a newer one', async () => {
    await put('ada', 3, ada);
    expect(await put('ada', 2, grace)).toEqual({ id: 'ada', version: 3, applied: false });
    expect(await ids('hopper')).toEqual([]);
  });

  test('a newer write replaces the old text', async () => {
    await put('ada', 1, ada);
    expect(await put('ada', 2, grace)).toEqual({ id: 'ada', version: 2, applied: true });
    expect(await ids('lovelace')).toEqual([]);
    expect(await ids('hopper')).toEqual(['ada']);
    expect(await store.count()).toBe(1);
  });

  test('what was deleted is not found, and an older write does not bring it back', async () => {
    await put('ada', 1, ada);
    expect(await put('ada', 3, null)).toEqual({ id: 'ada', version: 3, applied: true });
    expect(await put('ada', 2, ada)).toEqual({ id: 'ada', version: 3, applied: false });
    expect(await put('ada', 3, ada)).toEqual({ id: 'ada', version: 3, applied: false });
    expect(await ids('ada')).toEqual([]);
    await put('ada', 4, ada);
    expect(await ids('ada')).toEqual(['ada']);
  });

  test('a deletion that overtakes the write it deletes wins', async () => {
    await put('ada', 2, null);
    expect(await put('ada', 1, ada)).toEqual({ id: 'ada', version: 2, applied: false });
    expect(await store.count()).toBe(0);
  });

  test('an old deletion is ignored', async () => {
    await put('ada', 2, ada);
    expect(await put('ada', 1, null)).toEqual({ id: 'ada', version: 2, applied: false });
    expect(await store.count()).toBe(1);
  });

  test('many changes at once are applied in their order, also of one document', async () => {
    const written = await store.write([
      { id: 'ada', version: 1, document: ada },
      { id: 'grace', version: 1, document: grace },
      { id: 'ada', version: 2, document: null },
      { id: 'ada', version: 1, document: ada },
    ]);
    expect(written.map(({ version, applied }) => [version, applied])).toEqual([
      [1, true],
      [1, true],
      [2, true],
      [2, false],
    ]);
    expect(await ids('ada')).toEqual(['grace']);
  });

  test('many changes at once are all stored or none', async () => {
    const broken = { ...grace, skills: null as unknown as string[] };
    const changes = [
      { id: 'ada', version: 1, document: ada },
      { id: 'grace', version: 1, document: broken },
    ];
    await expect(store.write(changes)).rejects.toThrow();
    expect(await store.count()).toBe(0);
    expect(await ids('ada')).toEqual([]);
  });

  test('two that write versions of one document at the same time leave the newer', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => put('ada', ((at * 7) % 20) + 1, { ...ada, name: `Ada ${at}` })),
    );
    expect(await put('ada', 20, ada)).toEqual({ id: 'ada', version: 20, applied: false });
    expect(await store.count()).toBe(1);
  });

  test('words of letters beyond the first plane are words, however long', async () => {
    await put('x', 1, { ...ada, name: '𓀕𓅹𓘼', bio: '𝒜'.repeat(60) });
    expect(await ids('𓀕𓅹')).toEqual(['x']);
    expect(await store.spelledLike(['𓀕𓘼'], 10)).toEqual([['𓀕𓅹𓘼']]);
  });

  test('words that nobody has any more are forgotten', async () => {
    await put('ada', 1, ada);
    await put('grace', 1, grace);
    expect(await store.areKnown(['lovel', 'engi'])).toEqual([true, true]);
    expect(await store.spelledLike(['lovlace'], 10)).toEqual([['lovelace']]);
    await put('ada', 2, null);
    expect(await store.areKnown(['lovel', 'engi'])).toEqual([false, true]);
    expect(await store.spelledLike(['lovlace'], 10)).toEqual([[]]);
  });
});

test('a file keeps the index over a restart', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'search-'));
  const first = openSqliteStore(stateDir);
  await first.write([{ id: 'ada', version: 1, document: ada }]);
  await first.close();
  const second = openSqliteStore(stateDir);
  expect((await find(second, 'ada', undefined, 10)).map((hit) => hit.id)).toEqual(['ada']);
  await second.close();
  rmSync(stateDir, { recursive: true });
});

test('an index of before, whose words were told otherwise, is made anew when it is opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'search-'));
  try {
    const before = openSqliteStore(folder);
    await before.write([{ id: 'ada', version: 1, document: { ...ada, bio: '🦀 ok' } }]);
    await before.close();
    const database = new DatabaseSync(join(folder, 'search.sqlite'));
    database.exec("DELETE FROM words WHERE word = '🦀'; INSERT INTO words VALUES ('\ufe0f', 1)");
    database.exec("INSERT INTO document_text (document_text) VALUES ('delete-all')");
    database.exec('DROP TABLE outdated; PRAGMA user_version = 1');
    database.close();
    const after = openSqliteStore(folder);
    expect((await find(after, '🦀', undefined, 10)).map(({ id }) => id)).toEqual(['ada']);
    expect((await find(after, 'lovelace', undefined, 10)).map(({ id }) => id)).toEqual(['ada']);
    expect(await after.areKnown(['\ufe0f'])).toEqual([false]);
    await after.write([{ id: 'ada', version: 2, document: null }]);
    expect(await after.areKnown(['🦀', 'lovelace'])).toEqual([false, false]);
    await after.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
