import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { indexFed } from './support/containers.ts';
import { edgesFile } from './support/repository.ts';

const demo = { DEMO_PEOPLE: '50', DEMO_EMAIL: 'ada@example.com', DEMO_PASSWORD: 'run-edges-demo' };

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startEmulator({ edges: edgesFile, env: { login: demo, 'user-profiles': demo, search: demo } });
  await indexFed(cloud);
});
afterAll(() => cloud.stop());

/** A browser's cookies, without the browser. */
function visitor(origin: string) {
  const cookies = new Map<string, string>();
  return async (path: string, form?: Record<string, string>) => {
    const response = await fetch(`${origin}${path}`, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return { status: response.status, location: response.headers.get('location'), body: await response.text() };
  };
}

const csrfOf = (page: string) => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';

test('a person signs in, sees the own profile and finds others, over every declared edge', async () => {
  const visit = visitor(cloud.service('login').url);
  const form = { email: demo.DEMO_EMAIL, password: demo.DEMO_PASSWORD, _csrf: csrfOf((await visit('/')).body) };
  expect(await visit('/sign-in', form)).toMatchObject({ status: 303, location: '/me' });
  const me = await visit('/me');
  expect(me.status).toBe(200);
  expect(me.body).toContain(demo.DEMO_EMAIL);

  const found = await visit('/people?q=engineer');
  expect(found.status).toBe(200);
  const person = /href="(\/people\/demo-\d+)"/.exec(found.body)?.[1] ?? '';
  expect((await visit(person)).status).toBe(200);

  const edges = cloud.decisions.list().map(({ caller, receiver, status }) => `${caller} -> ${receiver} ${status}`);
  expect(edges).toContain('login -> user-profiles 200');
  expect(edges).toContain('user-profiles -> search 200');
  expect(edges.filter((edge) => edge.startsWith('login -> search'))).toEqual([]);
});

test('without signing in there is no profile, and a wrong password does not help', async () => {
  const visit = visitor(cloud.service('login').url);
  expect(await visit('/me')).toMatchObject({ status: 303, location: '/' });
  const form = { email: demo.DEMO_EMAIL, password: 'wrong', _csrf: csrfOf((await visit('/')).body) };
  expect((await visit('/sign-in', form)).status).toBe(422);
  expect((await visit('/me')).status).toBe(303);
  expect((await visit('/sign-in', { ...form, password: demo.DEMO_PASSWORD, _csrf: 'forged' })).status).toBe(403);
});

test('somebody hidden is on no page of any answer, from the moment on that they hide', async () => {
  const visit = visitor(cloud.service('login').url);
  const form = { email: demo.DEMO_EMAIL, password: demo.DEMO_PASSWORD, _csrf: csrfOf((await visit('/')).body) };
  await visit('/sign-in', form);
  /** Everybody whom a question finds, over all its pages. */
  const everybody = async (q: string) => {
    const found: string[] = [];
    let next: string | undefined = `/people?${new URLSearchParams({ q })}`;
    while (next !== undefined) {
      const { status, body } = await visit(next);
      expect(status).toBe(200);
      found.push(...[...body.matchAll(/href="\/people\/([\w-]+)"/g)].map(([, id = '']) => id));
      next = /id="more" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    }
    return found;
  };
  const setHidden = async (hidden: boolean) =>
    visit('/me/visibility', { hidden: String(hidden), _csrf: csrfOf((await visit('/me')).body) });

  // One letter that many begin with, so that there are several pages; a typo; words of the profile.
  const questions = ['a', 'joined', 'ada okoye', 'okoey', 'okoy'];
  for (const q of questions) expect(await everybody(q), `before: ${q}`).toContain('demo-0001');
  expect((await everybody('joined')).length).toBe(50);

  expect(await setHidden(true)).toMatchObject({ status: 303, location: '/me?note=hidden' });
  for (const q of questions) expect(await everybody(q), `hidden: ${q}`).not.toContain('demo-0001');
  expect((await everybody('joined')).length).toBe(49);
  const absent = await visit('/people/demo-9999');
  const hidden = await visit('/people/demo-0001');
  expect(hidden.status).toBe(404);
  const withoutTokens = (body: string) => body.replaceAll(/_csrf" value="[^"]+/g, '');
  expect(withoutTokens(hidden.body)).toBe(withoutTokens(absent.body));

  expect(await setHidden(false)).toMatchObject({ status: 303, location: '/me?note=shown' });
  expect((await visit('/people/demo-0001')).status).toBe(200);
});

test('login is told the address of user-profiles alone', () => {
  expect(cloud.service('login').env).toMatchObject({ USER_PROFILES_URL: cloud.service('user-profiles').url });
  expect(cloud.service('login').env).not.toHaveProperty('SEARCH_URL');
});
