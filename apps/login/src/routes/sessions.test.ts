import { describe, expect, test } from 'vitest';
import { useLogin } from '../testing/use-login.ts';

const login = useLogin();
const { visit, post, csrf, signIn } = login;

describe('sessions', () => {
  test('all others of a person can be ended, and this one stays', async () => {
    await signIn();
    const other = login.jar.header;
    login.jar.clear();
    await signIn();
    const answer = await post('/sign-out-elsewhere', { _csrf: await csrf('/people') });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/me?note=ended']);
    expect((await visit('/me')).statusCode).toBe(200);
    expect((await login.app.inject({ url: '/me', headers: { cookie: other } })).statusCode).toBe(303);
  });

  test.each(['/sign-out', '/sign-out-elsewhere'])('%s takes a form with its token and nothing else', async (url) => {
    await signIn();
    expect((await post(url, {})).statusCode).toBe(403);
    expect((await post(url, { _csrf: await csrf('/people'), who: 'all' })).statusCode).toBe(400);
    expect((await visit('/people')).statusCode).toBe(200);
  });
});
