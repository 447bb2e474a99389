import { afterEach, beforeEach, expect, test } from 'vitest';
import { rebuildIndex } from './rebuild-index.ts';
import { ChangeRefusedError, type SearchClient, SearchUnavailableError } from './search-client.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Change, ProfileStore } from './store/store.ts';

const input = {
  name: 'A',
  title: '',
  team: '',
  city: '',
  skills: [],
  bio: '',
  colour: 'slate' as const,
  hidden: false,
};
const { signal } = new AbortController();

let store: ProfileStore;
beforeEach(() => {
  store = openSqliteStore(undefined);
});
afterEach(() => store.close());

const searchThat = (take: (changes: readonly Change[]) => void): SearchClient => ({
  find: async () => [],
  deliver: async (changes) => take(changes),
});

test('tells search of everybody once, of who is hidden that they are gone, and says how far it is', async () => {
  await store.add(Array.from({ length: 450 }, (_, at) => ({ ...input, id: `p${at}`, email: '', hidden: at === 7 })));
  await store.put('p8', '', { ...input, name: 'B' });
  const told = new Map<string, Change>();
  const progress: number[] = [];
  const search = searchThat((changes) => {
    for (const change of changes) told.set(change.profileId, change);
  });
  await rebuildIndex(store, search, (done) => progress.push(done), signal);
  expect(told.size).toBe(450);
  expect(told.get('p7')).toEqual({ profileId: 'p7', version: 1, document: null });
  expect(told.get('p8')).toMatchObject({ version: 2, document: { name: 'B' } });
  expect(progress).toEqual([200, 400, 450]);
});

test('tries again what search could not take', async () => {
  await store.put('a', '', input);
  let calls = 0;
  const search = searchThat(() => {
    calls += 1;
    if (calls === 1) throw new SearchUnavailableError('busy');
  });
  await rebuildIndex(store, search, () => undefined, signal);
  expect(calls).toBe(2);
});

test('what search refuses ends it', async () => {
  await store.put('a', '', input);
  const search = searchThat(() => {
    throw new ChangeRefusedError('400');
  });
  await expect(rebuildIndex(store, search, () => undefined, signal)).rejects.toThrow('400');
});
