import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Directory, engines, type Profile, startDirectory } from '../support/directory.ts';

const HIDDEN = Array.from({ length: 12 }, (_, at) => `hidden${at}`);
const SHOWN = Array.from({ length: 12 }, (_, at) => `shown${at}`);
/** The same in everything that can be looked for. */
const profile: Profile = {
  name: 'Quillon Ferrante',
  team: 'Cartography',
  city: 'Valparaíso',
  skills: ['Falconry'],
  bio: 'Knows the obsidian archive.',
};

describe.each(engines)('hidden profiles on %s', (engine) => {
  let directory: Directory;
  beforeAll(async () => {
    directory = await startDirectory(engine);
    // In turns, so that in every order of the index hidden people stand between the others.
    for (const [at, shown] of SHOWN.entries()) {
      await write(HIDDEN[at] ?? '', { ...profile, hidden: true });
      await write(shown, profile);
    }
    await directory.indexed();
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  const write = async (person: string, body: Profile) =>
    expect(await directory.as(person, 'PUT', '/me', body)).toMatchObject({ status: 200 });
  const page = async (q: string, limit: number, cursor?: string, person = 'shown0') => {
    const query = new URLSearchParams({ q, limit: `${limit}`, ...(cursor && { cursor }) });
    const { status, body } = await directory.as(person, 'GET', `/people?${query}`);
    expect(status).toBe(200);
    return { ids: body.people.map(({ id }: { id: string }) => id) as string[], next: body.next as string | null };
  };
  const walk = async (q: string, limit: number, person?: string) => {
    const ids: string[] = [];
    let cursor: string | null | undefined;
    do {
      const { ids: more, next } = await page(q, limit, cursor ?? undefined, person);
      expect(more.length).toBe(next === null ? more.length : limit);
      ids.push(...more);
      cursor = next;
    } while (cursor !== null);
    return ids;
  };

  test.each([
    'Quillon Ferrante',
    'q',
    'ferr',
    'quilon',
    'ferrnate',
    'cartography',
    'valparaiso',
    'falconry quillon',
    'obsidian',
    'hidden0',
    'hidden',
    'true',
  ])('nobody finds them by %s, on pages of any size', async (q) => {
    for (const limit of [1, 5, 100]) {
      const ids = await walk(q, limit);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => id.startsWith('hidden'))).toEqual([]);
      if (!q.startsWith('hidden') && q !== 'true') expect(ids.toSorted()).toEqual(SHOWN.toSorted());
    }
  });

  test('nor do they find each other, or themselves', async () => {
    expect((await walk('quillon', 7, 'hidden3')).filter((id) => id.startsWith('hidden'))).toEqual([]);
  });

  test('nobody is shown one, whoever asks, and the answer is that for nobody', async () => {
    const nobody = await directory.as('shown0', 'GET', '/people/nobody');
    for (const person of ['shown0', 'stranger', 'hidden0', 'hidden1'])
      expect(await directory.as(person, 'GET', '/people/hidden0')).toEqual(nobody);
    expect((await directory.as('hidden0', 'GET', '/me')).body).toMatchObject({ id: 'hidden0', hidden: true });
  });

  test('cursors that were given before somebody hid go on without them', async () => {
    const first = await page('obsidian', 4);
    const next = (await page('obsidian', 8, first.next ?? '')).ids;
    const leaving = next[0] ?? '';
    await write(leaving, { ...profile, hidden: true });
    const after = (await page('obsidian', 8, first.next ?? '')).ids;
    expect(after).not.toContain(leaving);
    expect(after).toEqual(next.filter((id) => id !== leaving));
    await write(leaving, profile);
    await directory.indexed();
  });

  test.each(['0', 'MC4w', 'Ni45OTk5LkFBQUFBQUFB', 'a'.repeat(64)])('a made-up cursor (%s) is 400', async (cursor) => {
    const { status, body } = await directory.as('shown0', 'GET', `/people?q=quillon&cursor=${cursor}`);
    expect(status).toBe(400);
    expect(body.errors[0].field).toBe('querystring/cursor');
  });

  test('no moment of hiding and showing again lets anybody find them once they were told that they are hidden', async () => {
    const who = 'flicker';
    let hiddenSince: number | undefined;
    let going = true;
    const seen: string[] = [];
    const ask = async () => {
      while (going) {
        // Asked and answered while hidden, as who hid was told: nobody may see them then.
        const asked = hiddenSince;
        const { ids } = await page('quillon', 100);
        const shown = await directory.as('shown0', 'GET', `/people/${who}`);
        if (asked !== undefined && asked === hiddenSince && (ids.includes(who) || shown.status !== 404))
          seen.push(`${ids} ${shown.status}`);
      }
    };
    const asking = [ask(), ask(), ask()];
    for (let round = 0; round < 25; round += 1) {
      await write(who, { ...profile, bio: `obsidian ${round}` });
      await write(who, { ...profile, bio: `obsidian ${round}`, hidden: true });
      hiddenSince = round;
      await page('quillon', 100);
      hiddenSince = undefined;
    }
    going = false;
    await Promise.all(asking);
    expect(seen).toEqual([]);
  });

  test('an index that has not heard of it yet finds nobody, and repeats no word that was taken back', async () => {
    await write('tardy', { ...profile, bio: 'obsidian chrysalis' });
    await write('edited', { ...profile, bio: 'obsidian chrysalis' });
    await directory.indexed();
    expect((await walk('chrysalis', 10)).toSorted()).toEqual(['edited', 'tardy']);
    // search hears of nothing while it stands still, and what it was sent then comes late or again.
    directory.search.pause();
    await write('tardy', { ...profile, bio: 'obsidian chrysalis', hidden: true });
    await write('edited', profile);
    directory.search.resume();
    const { body } = await directory.as('shown0', 'GET', '/people?q=chrysalis');
    expect(JSON.stringify(body)).not.toContain('tardy');
    expect(JSON.stringify(body)).not.toContain('chrysalis');
    await directory.indexed();
    expect(await walk('chrysalis', 10)).toEqual([]);
  });
});
