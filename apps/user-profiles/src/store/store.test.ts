import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, postgresUrl, throwError } from '@run-edges/service/testing/test-database';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { engines } from '../testing/engines.ts';
import { openPostgresStore } from './postgres.ts';
import { openSqliteStore } from './sqlite.ts';
import { LONGEST_HOLD_MS, type ProfileInput, type ProfileStore } from './store.ts';

const ada: ProfileInput = {
  name: 'Ada',
  title: 'Engineer',
  team: 'Engines',
  city: 'London',
  skills: ['C', 'Ünïcode'],
  bio: "It's <b>me</b>",
  colour: 'blue' as const,
  hidden: false,
};

describe.each(engines)('$name', ({ open }) => {
  let store: ProfileStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  /** Writes a profile as often as it is asked, each time another way. */
  let writes = 0;
  const put = (id: string, hidden = false) => {
    writes += 1;
    return store.put(id, `${id}@x`, { ...ada, bio: `${writes}`, hidden });
  };
  const claimed = async (holdFor = 0) =>
    (await store.claim(holdFor, 10)).map(({ profileId, version }) => `${profileId}${version}`);

  describe('profiles', () => {
    test('a profile comes back as it was put, its version counts up, its e-mail address stays', async () => {
      expect(await store.put('ada', 'ada@x', ada)).toEqual({ ...ada, id: 'ada', email: 'ada@x', version: 1 });
      const second = await store.put('ada', 'other@x', { ...ada, name: 'Ada L.', skills: [] });
      expect(second).toEqual({ ...ada, name: 'Ada L.', skills: [], id: 'ada', email: 'ada@x', version: 2 });
      expect(await store.get('ada')).toEqual(second);
      expect(await store.get('eve')).toBeUndefined();
    });

    test('a write that changes nothing is none', async () => {
      const first = await store.put('ada', '', ada);
      expect(await store.put('ada', '', { ...ada })).toEqual(first);
      expect(await store.pending()).toBe(1);
    });

    test('a write that expects another version is none', async () => {
      expect(await store.put('ada', '', ada, 1)).toBeUndefined();
      expect(await store.put('ada', '', ada, 0)).toMatchObject({ version: 1 });
      expect(await store.put('ada', '', { ...ada, bio: '' }, 0)).toBeUndefined();
      expect(await store.put('ada', '', { ...ada, bio: '' }, 1)).toMatchObject({ version: 2 });
      expect(await store.pending()).toBe(2);
    });

    test('of writes at the same time that expect one version, one is made', async () => {
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, at) => store.put('ada', '', { ...ada, bio: `${at}` }, 0)),
      );
      expect(all.filter(Boolean)).toHaveLength(1);
      expect(await store.pending()).toBe(1);
    });

    test('getVisible keeps the order of the ids and leaves out hidden and unknown people', async () => {
      await put('a');
      await put('b', true);
      await put('c');
      const visible = await store.getVisible(['c', 'x', 'b', 'a', "'", 'c']);
      expect(visible.map((profile) => profile.id)).toEqual(['c', 'a', 'c']);
    });

    test('add takes whom it does not know, all or nobody', async () => {
      await put('a');
      const broken = { ...ada, id: 'z', email: 'z@x', name: null as unknown as string };
      await expect(store.add([{ ...ada, id: 'b', email: 'b@x' }, broken])).rejects.toThrow();
      expect(await store.count()).toBe(1);
      await store.add([
        { ...ada, id: 'a', email: 'other@x' },
        { ...ada, id: 'b', email: 'b@x', hidden: true },
      ]);
      expect(await store.get('a')).toMatchObject({ email: 'a@x', version: 1 });
      expect(await store.get('b')).toEqual({ ...ada, id: 'b', email: 'b@x', hidden: true, version: 1 });
      expect((await store.claim(0, 10)).map(({ profileId, document }) => [profileId, document === null])).toEqual([
        ['a', false],
        ['b', true],
      ]);
    });

    test('list walks through all, in the order of ids', async () => {
      for (const id of ['b', 'B', 'a', '_', '1']) await put(id);
      const first = await store.list('', 2);
      const rest = await store.list(first[1]?.id ?? '', 10);
      expect([...first, ...rest].map(({ id }) => id)).toEqual(['1', 'B', '_', 'a', 'b']);
    });
  });

  describe('outbox', () => {
    test('holds every write, and a deletion for who hides', async () => {
      await store.put('ada', '', ada);
      await store.put('bob', '', { ...ada, hidden: true });
      const { hidden: _, colour: __, ...document } = ada;
      expect(await store.claim(0, 10)).toEqual([
        { sequence: 1, profileId: 'ada', version: 1, document },
        { sequence: 2, profileId: 'bob', version: 1, document: null },
      ]);
    });

    test('gives the next change of a profile only when the one before is acknowledged', async () => {
      await put('ada');
      await put('ada');
      await put('bob');
      expect(await claimed()).toEqual(['ada1', 'bob1']);
      await store.acknowledge([1]);
      expect(await claimed()).toEqual(['ada2', 'bob1']);
      await store.acknowledge([2, 3]);
      expect(await store.pending()).toBe(0);
    });

    test('what is claimed is held, and later changes of its profile with it, until its time', async () => {
      await put('ada');
      await put('ada');
      expect(await claimed(LONGEST_HOLD_MS)).toEqual(['ada1']);
      await put('bob');
      expect(await claimed()).toEqual(['bob1']);
      await store.hold([1], 1);
      await vi.waitFor(async () => expect(await claimed()).toEqual(['ada1', 'bob1']));
      await store.hold([1], LONGEST_HOLD_MS);
      expect(await claimed()).toEqual(['bob1']);
      await store.hold([1], 0);
      expect(await claimed()).toEqual(['ada1', 'bob1']);
    });

    test.each(['ahead', 'behind'])(
      'what was held while the clock was an hour %s waits no longer than ever',
      async (how) => {
        await put('ada');
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (how === 'ahead' ? 1 : -1) * 3_600_000 });
        expect(await claimed(10)).toEqual(['ada1']);
        vi.useRealTimers();
        await vi.waitFor(async () => expect(await claimed()).toEqual(['ada1']));
      },
    );

    test('claims at the same time share the changes, none twice', async () => {
      for (let at = 0; at < 40; at += 1) await put(`p${at}`);
      const all = await Promise.all(Array.from({ length: 6 }, () => store.claim(LONGEST_HOLD_MS, 10)));
      const ids = all.flat().map(({ profileId }) => profileId);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await store.claim(LONGEST_HOLD_MS, 100);
      expect(ids.length + rest.length).toBe(40);
    });
  });
});

test('a file keeps profiles and changes over a restart, and nobody holds them any more', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'profiles-'));
  const first = openSqliteStore(stateDir);
  await first.put('ada', 'ada@x', ada);
  await first.claim(LONGEST_HOLD_MS, 1);
  await first.close();
  const second = openSqliteStore(stateDir);
  expect(await second.get('ada')).toMatchObject({ version: 1 });
  expect(await second.claim(0, 1)).toHaveLength(1);
  await second.close();
  rmSync(stateDir, { recursive: true });
});

test.skipIf(!postgresUrl)(
  'on PostgreSQL an instance whose clock is ahead takes nothing that another one holds',
  async () => {
    const url = await emptyDatabase('user_profiles');
    const [one, two] = await Promise.all([openPostgresStore(url, throwError), openPostgresStore(url, throwError)]);
    await one.put('held', '', ada);
    expect(await one.claim(LONGEST_HOLD_MS, 100)).toHaveLength(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + LONGEST_HOLD_MS / 2 });
    expect(await two.claim(LONGEST_HOLD_MS, 100)).toEqual([]);
    vi.setSystemTime(Date.now() + LONGEST_HOLD_MS);
    expect(await two.claim(LONGEST_HOLD_MS, 100)).toEqual([]);
    vi.useRealTimers();
    await Promise.all([one.close(), two.close()]);
  },
);

test.skipIf(!postgresUrl)('on PostgreSQL two instances share the outbox', async () => {
  const url = await emptyDatabase('user_profiles');
  const [one, two] = await Promise.all([openPostgresStore(url, throwError), openPostgresStore(url, throwError)]);
  await one.put('shared', '', ada);
  const claims = await Promise.all([one.claim(LONGEST_HOLD_MS, 100), two.claim(LONGEST_HOLD_MS, 100)]);
  expect(claims.flat().filter(({ profileId }) => profileId === 'shared')).toHaveLength(1);
  await Promise.all([one.close(), two.close()]);
});
