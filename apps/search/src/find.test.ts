import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { find } from './find.ts';
import type { Document, SearchStore } from './store/store.ts';
import { engines } from './testing/engines.ts';
import { ada, grace } from './testing/people.ts';

const nobody: Document = { name: 'X', title: '', team: '', city: '', skills: [], bio: '' };

describe.each(engines)('find on $name', ({ open }) => {
  let store: SearchStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const ids = async (text: string, limit = 10) => (await find(store, text, undefined, limit)).map((hit) => hit.id);
  const put = async (people: Record<string, Partial<Document>>) => {
    for (const [id, person] of Object.entries(people)) {
      await store.write([{ id, version: 1, document: { ...nobody, ...person } }]);
    }
  };

  test('a whole name comes before its beginning, a name before the rest, and the biography last', async () => {
    await put({
      bio: { bio: 'once met Ada' },
      skill: { skills: ['Ada'] },
      city: { city: 'Adana' },
      longer: { name: 'Adaline Moss' },
      surname: { name: 'Moss Ada' },
      other: { name: 'Moss' },
    });
    expect(await ids('ada')).toEqual(['surname', 'longer', 'skill', 'city', 'bio']);
  });

  test('words may stand in different fields and in any order', async () => {
    await put({ ada, grace });
    expect(await ids('engineer zurich ada')).toEqual(['ada']);
    expect(await ids('lovelace ada')).toEqual(['ada']);
  });

  test.each([
    ['a letter left out', 'lovlace'],
    ['a letter added', 'lovellace'],
    ['another letter', 'lovekace'],
    ['two letters swapped', 'loevlace'],
    ['the first letter wrong', 'kovelace'],
    ['the first letter left out', 'ovelace'],
    ['the last letter wrong', 'lovelacr'],
    ['beside a word that is right', 'ada lovlace'],
    ['in a short name', 'add lovelace'],
    ['in a title', 'enginer ada'],
    ['in a skill', 'typescirpt ada'],
    ['in the biography', 'progrem'],
    ['in the beginning of a word', 'lovelc'],
    ['a letter left out of the beginning of a word', 'loelac'],
    ['a letter too many in the beginning of a word', 'ada lovvel'],
  ])('one mistake is forgiven: %s', async (_case, text) => {
    await put({ ada, x: nobody });
    expect(await ids(text)).toEqual(['ada']);
  });

  test.each(['lvlace', 'lovelacexy', 'ab', 'xyz', '2o12'])('%s is not taken for a mistake', async (text) => {
    await put({ ada: { ...ada, bio: '2012 ac' } });
    expect(await ids(text)).toEqual([]);
  });

  test('who was meant as typed comes before who may have been meant', async () => {
    await put({ marc: { name: 'Marc Kim' }, mark: { name: 'Mark Kim' }, marks: { name: 'Kim', bio: 'marks' } });
    expect(await ids('mark')).toEqual(['mark', 'marks', 'marc']);
    expect(await ids('marx kim')).toEqual(['marc', 'mark', 'marks'].slice(0, 2));
  });

  test.each(['김', '김민', '東京', 'Łukasz', 'नमस्ते', 'สวัสดี', 'ﬁn'])('finds %s', async (text) => {
    await put({ one: { name: `${text}준 x` } });
    expect(await ids(text)).toEqual(['one']);
  });

  test('page by page gives everybody once, in the order of one long page, whatever is written in between', async () => {
    const people = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [
        `p${at}`,
        [{ name: `Ada ${at}` }, { name: `Adam ${at}` }, { city: 'Adana' }, { bio: 'ada' }, { name: 'Ida' }][at % 5] ??
          {},
      ]),
    );
    await put(people);
    const whole = await ids('ada', 100);
    expect(whole).toHaveLength(48);
    const seen: string[] = [];
    let after: Parameters<typeof find>[2];
    for (let page = 0; ; page += 1) {
      const hits = await find(store, 'ada', after, 7);
      if (hits.length === 0) break;
      seen.push(...hits.map((hit) => hit.id));
      after = hits.at(-1)?.position;
      // Somebody whom the walk has passed changes, and somebody new comes.
      await store.write([
        { id: seen[0] ?? '', version: page + 2, document: { ...nobody, name: 'Ada' } },
        { id: `new${page}`, version: 1, document: { ...nobody, name: 'Zoe' } },
      ]);
    }
    expect(seen).toEqual(whole);
  });

  test('limit bounds the answer', async () => {
    await put({ ada, grace });
    expect(await ids('ada', 1)).toEqual(['ada']);
  });
});

describe.each(engines)('find on $name among two people', ({ open }) => {
  let store: SearchStore;
  beforeAll(async () => {
    store = await open();
    await store.write([
      { id: 'ada', version: 1, document: ada },
      { id: 'grace', version: 1, document: grace },
    ]);
  });
  afterAll(() => store.close());

  test.each([
    ['ada', ['ada', 'grace']],
    ['ADA lov', ['ada']],
    ['zurich', ['ada']],
    ['ZÜRICH', ['ada']],
    ['Zu\u0308rich', ['ada']],
    ['typescript', ['ada', 'grace']],
    ['hop adm', ['grace']],
    ["o'reilly", ['ada']],
    ['c++', ['ada', 'grace']],
    ['ada nobody', []],
    ['love lace', []],
    ['velace', []],
  ])('%s finds %j, best first', async (text, expected) => {
    expect((await find(store, text, undefined, 10)).map((hit) => hit.id)).toEqual(expected);
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
    "' | 'ada':*",
    'ada & !grace <-> x',
    '<script>alert(1)</script>',
    '\\',
    '%',
    '_',
    '\ud800',
    '\u202e',
    '\u0301',
    '½ ﷺ',
    'a"b"c"*',
    'a'.repeat(200),
    'é'.repeat(200),
    'a '.repeat(100),
    Array.from({ length: 66 }, (_, at) => at.toString(36)).join(' '),
  ])('%j is text, never syntax', async (text) => {
    await expect(find(store, text, undefined, 10)).resolves.toBeInstanceOf(Array);
    expect(await store.count()).toBe(2);
  });
});
