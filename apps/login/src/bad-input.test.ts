import { beforeEach, describe, expect, test } from 'vitest';
import { ada, useLogin } from './testing/use-login.ts';

const login = useLogin();
const { visit, post, csrf, beSignedIn, answerJson, received } = login;
beforeEach(beSignedIn);

/** Words of other languages than ours, which must stay words. */
const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '</textarea></title><script>alert(1)</script>',
  'javascript:alert(1)',
  '<%= 7 * 7 %>',
  ['{{7*7}}$', '{7*7}#{7*7}'].join(''),
  "' OR '1'='1' --",
  "'; DROP TABLE accounts; --",
  '" NEAR(name, 2) AND NOT *',
  'name:^a* OR -b',
  '../../../../etc/passwd',
  '%00%ff%c0%af',
  '\r\nset-cookie: session=x',
  '\u202egnp.exe\u200b\ufeff',
  'a\u0300\u0301'.repeat(30),
  '𝒜😀'.repeat(20),
  '__proto__',
];
/** What only markup would contain, were it not escaped. */
const ALIVE = /<script>|<img src=x|<svg\/onload|<%|\b49\b/;

/** A page without the tokens of its forms, in which anything may stand by chance. */
const withoutTokens = (page: string) => page.replace(/(name="_csrf" value=")[^"]*/g, '$1');

const FORM = {
  version: '7',
  name: 'Ada',
  title: '',
  team: '',
  city: '',
  skills: '',
  bio: '',
  colour: 'plum',
};

describe.each(PAYLOADS)('%j', (payload) => {
  test('as a search, with and without results that quote it', async () => {
    const fragments = [{ text: payload, match: true }];
    const person = {
      id: 'a',
      name: payload,
      title: payload,
      team: payload,
      city: payload,
      skills: [payload],
      bio: payload,
    };
    const highlights = { name: fragments, title: fragments, team: fragments, skills: [fragments], bio: fragments };
    for (const people of [[], [{ ...person, colour: payload, highlights }]]) {
      answerJson({ people, next: null });
      const answer = await visit(`/people?${new URLSearchParams({ q: payload })}`);
      expect(answer.statusCode).toBe(200);
      expect(withoutTokens(answer.body)).not.toMatch(ALIVE);
      expect(new URL(received.at(-1)?.url ?? '', 'http://x').searchParams.get('q')).toBe(payload.trim());
    }
  });

  test('as the profile of somebody', async () => {
    const person = {
      id: 'a',
      name: payload,
      title: payload,
      team: payload,
      city: payload,
      skills: [payload],
      bio: payload,
    };
    answerJson({ ...person, colour: payload, email: payload, hidden: false, version: 7 });
    for (const url of ['/people/a', '/me', '/me/edit']) {
      const answer = await visit(url);
      expect(answer.statusCode).toBe(200);
      expect(withoutTokens(answer.body)).not.toMatch(ALIVE);
    }
  });

  test('in each part of an address', async () => {
    answerJson({ ...ada, people: [], next: null });
    const encoded = encodeURIComponent(payload);
    for (const url of [
      `/people/${encoded}`,
      `/people?q=a&cursor=${encoded}`,
      `/people?${encoded}=a`,
      `/me?note=${encoded}`,
      `/me/edit?note=${encoded}`,
      `/${encoded}`,
      `/assets/${encoded}`,
    ]) {
      const { statusCode, body } = await visit(url);
      // One of them has the letters of an id and of a cursor.
      const answered = payload === '__proto__' && /^\/people(\/|\?q)/.test(url);
      expect(answered ? [200] : [400, 404], url).toContain(statusCode);
      expect(withoutTokens(body)).not.toMatch(ALIVE);
    }
    expect(received.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('in each field of each form', async () => {
    const _csrf = await csrf('/me/edit');
    const texts = ['name', 'title', 'team', 'city', 'skills', 'bio'];
    for (const field of [...texts, 'version', 'colour', 'hidden', payload]) {
      received.length = 0;
      const answer = await post('/me/edit', { _csrf, ...FORM, [field]: payload });
      expect(withoutTokens(answer.body)).not.toMatch(ALIVE);
      if (texts.includes(field)) {
        expect(answer.statusCode).toBe(303);
        const [write] = received;
        expect(JSON.stringify(write?.body)).toContain(JSON.stringify(payload.trim().split(',')[0]).slice(1, -1));
      } else {
        expect(answer.statusCode, field).toBe(400);
        expect(received).toEqual([]);
      }
    }
    for (const [url, fields] of [
      ['/me/visibility', { hidden: payload }],
      ['/sign-out', { [payload]: payload }],
      ['/sign-out-elsewhere', { [payload]: payload }],
    ] as const) {
      const answer = await post(url, { _csrf, ...fields });
      expect(answer.statusCode, url).toBe(400);
      expect(withoutTokens(answer.body)).not.toMatch(ALIVE);
    }
    expect((await post('/sign-out', { _csrf: payload })).statusCode).toBe(403);
    expect((await visit('/people')).statusCode).toBe(200);
  });
});
