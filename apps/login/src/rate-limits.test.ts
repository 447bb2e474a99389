import { createService, type Service } from '@run-edges/service';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addPages, sendErrorPage } from './pages.ts';
import { addRateLimits } from './rate-limits.ts';
import { addSignInRoutes } from './routes/sign-in.ts';
import { addSignUpRoutes } from './routes/sign-up.ts';
import { addSessions } from './sessions.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { LoginStore } from './store/store.ts';
import { CookieJar } from './testing/world.ts';

/** The forms with their limits, over accounts of which nobody knows the password: hashing 100 would take its time. */
let app: Service;
let jar: CookieJar;
let store: LoginStore;
beforeEach(async () => {
  app = createService({ name: 'login', logLevel: 'silent', renderProblem: sendErrorPage });
  store = openSqliteStore(undefined);
  await addSessions(app, store, false);
  await addPages(app, false);
  const failures = await addRateLimits(app);
  const accounts = { signIn: async () => undefined, signUp: async () => undefined };
  addSignInRoutes(app, accounts, failures);
  addSignUpRoutes(app, accounts, failures);
  jar = new CookieJar();
});
afterEach(async () => {
  await app.close();
  await store.close();
});

async function csrf() {
  const page = await app.inject('/');
  jar.take(page.headers['set-cookie']);
  return /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
}

const post = (url: string, fields: Record<string, string>, headers: Record<string, string>) =>
  app.inject({
    method: 'POST',
    url,
    headers: { cookie: jar.header, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });

/** Cheap to refuse: the limit counts before anybody looks at the form. */
const knock = (path: string, forwardedFor: string) =>
  app.inject({ method: 'POST', url: path, headers: { 'x-forwarded-for': forwardedFor } });
const statuses = async (count: number, path: string, forwardedFor: (attempt: number) => string) => {
  const seen = new Set<number>();
  for (let attempt = 0; attempt < count; attempt += 1) {
    seen.add((await knock(path, forwardedFor(attempt))).statusCode);
  }
  return [...seen];
};

describe.each(['/sign-in', '/sign-up'])('%s', (path) => {
  test('one address gets so many attempts, and a page that says when there are more', async () => {
    expect(await statuses(30, path, () => '192.0.2.1')).toEqual([403]);
    const refused = await knock(path, '192.0.2.1');
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['content-type']).toMatch(/^text\/html/);
    expect(refused.body).toContain('Too many attempts');
    expect((await knock(path, '192.0.2.2')).statusCode).toBe(403);
  });

  test('what a client writes into X-Forwarded-For itself makes it nobody else', async () => {
    expect(await statuses(30, path, (attempt) => `10.0.0.${attempt}, 192.0.2.1`)).toEqual([403]);
    expect((await knock(path, '10.1.1.1, 192.0.2.1')).statusCode).toBe(429);
    expect((await knock(path, '192.0.2.1, 192.0.2.9')).statusCode).toBe(403);
  });

  test('the addresses of one IPv6 network are one', async () => {
    expect(await statuses(30, path, (attempt) => `2001:db8:1:2::${attempt}`)).toEqual([403]);
    expect((await knock(path, '2001:db8:1:2:ffff::1')).statusCode).toBe(429);
    expect((await knock(path, '2001:db8:1:3::1')).statusCode).toBe(403);
  });
});

test('pages are not limited', async () => {
  for (let visit = 0; visit < 100; visit += 1) expect((await app.inject('/')).statusCode).toBe(200);
});

test('an address takes 100 wrong passwords from wherever they come, then none, and others are as before', async () => {
  const _csrf = await csrf();
  const attempt = (path: string, email: string, from: number) =>
    post(
      path,
      { _csrf, ...(path === '/sign-up' && { name: 'A' }), email, password: 'not the password' },
      { 'x-forwarded-for': `192.0.${from}.1` },
    );
  for (let from = 0; from < 100; from += 1) {
    expect((await attempt(from % 2 ? '/sign-in' : '/sign-up', 'ada@people.example', from)).statusCode).toBe(422);
  }
  for (const path of ['/sign-in', '/sign-up']) {
    const refused = await attempt(path, ' ADA@people.example', 200);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await attempt(path, 'nobody@people.example', 200)).statusCode).toBe(422);
  }
});
