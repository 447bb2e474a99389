import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from './sqlite.ts';
import type { ProfileInput, ProfileStore } from './store.ts';

const ada: ProfileInput = {
  name: 'Ada',
  title: 'Engineer',
  team: 'Engines',
  city: 'London',
  skills: ['C', 'Ünïcode'],
  bio: "It's <b>me</b>",
  colour: 'blue',
  hidden: false,
};

let store: ProfileStore;
beforeEach(() => {
  store = openSqliteStore(undefined);
});
afterEach(() => store.close());

describe('profiles', () => {
  test('a profile comes back as it was put, its version counts up, its e-mail address stays', async () => {
    expect(await store.put('ada', 'ada@x', ada)).toEqual({ ...ada, id: 'ada', email: 'ada@x', version: 1 });
    const second = await store.put('ada', 'other@x', { ...ada, name: 'Ada L.' });
    expect(second).toEqual({ ...ada, name: 'Ada L.', id: 'ada', email: 'ada@x', version: 2 });
    expect(await store.get('ada')).toEqual(second);
    expect(await store.get('eve')).toBeUndefined();
  });

  test('getVisible keeps the order of the ids and leaves out hidden and unknown people', async () => {
    await store.put('a', '', ada);
    await store.put('b', '', { ...ada, hidden: true });
    await store.put('c', '', ada);
    expect((await store.getVisible(['c', 'x', 'b', 'a', "'"])).map((profile) => profile.id)).toEqual(['c', 'a']);
  });

  test('seed is all or nothing', async () => {
    const broken = { ...ada, id: 'b', email: 'b@x', name: null as unknown as string };
    await expect(store.seed([{ ...ada, id: 'a', email: 'a@x' }, broken])).rejects.toThrow();
    expect(await store.isEmpty()).toBe(true);
    expect(await store.pending()).toBe(0);
  });
});

describe('outbox', () => {
  test('holds every write, and a deletion for who hides', async () => {
    await store.put('ada', '', ada);
    await store.put('bob', '', { ...ada, hidden: true });
    const { hidden: _, colour: __, ...document } = ada;
    expect(await store.dueChanges(0, 10)).toEqual([
      { sequence: 1, profileId: 'ada', version: 1, document },
      { sequence: 2, profileId: 'bob', version: 1, document: undefined },
    ]);
  });

  test('gives the next change of a profile only when the one before is acknowledged', async () => {
    await store.put('ada', '', ada);
    await store.put('ada', '', { ...ada, bio: '' });
    await store.put('bob', '', ada);
    const due = async () => (await store.dueChanges(0, 10)).map(({ profileId, version }) => `${profileId}${version}`);
    expect(await due()).toEqual(['ada1', 'bob1']);
    await store.acknowledge(1);
    expect(await due()).toEqual(['ada2', 'bob1']);
  });

  test('a postponed change holds back its profile alone, until its time', async () => {
    await store.put('ada', '', ada);
    await store.put('ada', '', { ...ada, bio: '' });
    await store.put('bob', '', ada);
    await store.postpone(1, 1_000);
    expect((await store.dueChanges(999, 10)).map((change) => change.sequence)).toEqual([3]);
    expect((await store.dueChanges(1_000, 10)).map((change) => change.sequence)).toEqual([1, 3]);
  });

  test('survives a restart together with its profile', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'profiles-'));
    const first = openSqliteStore(stateDir);
    await first.put('ada', 'ada@x', ada);
    await first.close();
    const second = openSqliteStore(stateDir);
    expect(await second.get('ada')).toMatchObject({ version: 1 });
    expect(await second.pending()).toBe(1);
    await second.close();
    rmSync(stateDir, { recursive: true });
  });
});
