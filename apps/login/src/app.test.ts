import type { Service } from '@run-edges/service';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { buildApp } from './app.ts';
import { ada, EMAIL, PASSWORD, useLogin } from './testing/use-login.ts';

const login = useLogin();
const { visit, post, csrf, signIn, beSignedIn, answerJson, received } = login;

describe('the address of the sign-in form', () => {
  test.each([
    ['/sign-in', '/'],
    ['/sign-in?next=%2Fpeople%3Fq%3Dada', '/?next=%2Fpeople%3Fq%3Dada'],
  ])('%s leads to the page', async (url, location) => {
    const { statusCode, headers } = await visit(url);
    expect({ statusCode, location: headers.location }).toEqual({ statusCode: 303, location });
  });

  test('leads nowhere else', async () => {
    expect((await visit('/sign-in?next=https://elsewhere.example')).statusCode).toBe(400);
  });
});

describe('what people write', () => {
  test('has the direction of its own letters, in forms and on pages', async () => {
    await beSignedIn();
    const own = await visit('/me');
    expect(own.body).toMatch(/<h1 dir="auto">/);
    const edit = await visit('/me/edit');
    for (const field of ['name', 'title', 'team', 'city', 'skills', 'bio'])
      expect(edit.body).toMatch(new RegExp(`<(?:input|textarea) id="${field}" dir="auto"`));
    for (const field of ['email', 'password'])
      expect((await visit('/sign-up')).body).not.toMatch(new RegExp(`id="${field}" dir="auto"`));
  });
});

describe('signing in', () => {
  test('leads to the own profile, with two tokens for two questions', async () => {
    const answer = await signIn();
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/me');
    const page = await visit('/me');
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<title>My profile · People directory</title>');

    const { url, headers } = received[0]!;
    expect(url).toBe('/me');
    const { keys } = (await login.app.inject('/.well-known/jwks.json')).json();
    const userToken = headers.authorization!.replace('Bearer ', '');
    const { payload, protectedHeader } = await jwtVerify(userToken, createLocalJWKSet({ keys }), { issuer: 'login' });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: 'demo-0001', aud: 'user-profiles', email: EMAIL });
    expect(payload.exp! - payload.iat!).toBe(300);
    const idToken = String(headers['x-serverless-authorization']).replace('Bearer ', '');
    expect(decodeJwt(idToken)).toMatchObject({
      aud: login.config.USER_PROFILES_URL,
      email: 'login-run@demo.iam.gserviceaccount.com',
    });
    expect(headers.traceparent).toMatch(/^00-/);
    expect(headers.cookie).toBeUndefined();
  });

  test('a wrong password and an unknown person get the same answer', async () => {
    const answers = [];
    for (const [email, password] of [
      [EMAIL, 'wrong'],
      ['nobody@people.example', PASSWORD],
    ] as const) {
      const answer = await post('/sign-in', { _csrf: await csrf(), email, password });
      expect(answer.statusCode).toBe(422);
      answers.push(answer.body.replace(/_csrf" value="[^"]+/, '').replace(email, ''));
    }
    expect(answers[0]).toContain('role="alert"');
    expect(answers[0]).toBe(answers[1]);
    expect((await visit('/me')).headers.location).toBe('/');
  });

  test('right after the start it waits for the demo account to be made', async () => {
    const { STATE_DIR: _, ...fresh } = login.config;
    await login.app.close();
    login.app = await buildApp({ ...fresh, DEMO_PASSWORD: PASSWORD });
    expect((await signIn()).headers.location).toBe('/me');
  });

  test('the address may be typed in capitals', async () => {
    const answer = await post('/sign-in', {
      _csrf: await csrf(),
      email: ` ${EMAIL.toUpperCase()}`,
      password: PASSWORD,
    });
    expect(answer.headers.location).toBe('/me');
  });

  test.each(['/people/demo-0002', '/people', '/people?q=a%26b+%22c%22', '/people?q=a&cursor=abc_-'])(
    'leads on to %s for whoever came for that',
    async (url) => {
      const { location = '' } = (await visit(url)).headers;
      const page = await visit(location);
      const next = /name="next" value="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
      expect(next).toBe(url);
      const _csrf = await csrf();
      expect((await post('/sign-in', { _csrf, email: EMAIL, password: 'wrong', next })).body).toContain('name="next"');
      expect((await post('/sign-in', { _csrf, email: EMAIL, password: PASSWORD, next })).headers.location).toBe(url);
      expect((await visit(location)).headers.location).toBe(url);
    },
  );

  test.each([
    'https://elsewhere.example/',
    '//elsewhere.example/people',
    '/\\elsewhere.example',
    '/people/../sign-out',
    '/people?q=a#b',
    '/people\r\nset-cookie: a=b',
    'javascript:alert(1)',
    '',
  ])('leads nowhere outside: %j', async (next) => {
    expect((await visit(`/?${new URLSearchParams({ next })}`)).statusCode).toBe(400);
    const answer = await post('/sign-in', { _csrf: await csrf(), email: EMAIL, password: PASSWORD, next });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers.location).toBeUndefined();
  });

  test.each(['/people?q=%3Cb%3E&x=1', '/people/a%20b', '/me/edit'])('%s leads to the start', async (url) => {
    expect((await visit(url)).headers.location).toBe('/');
  });

  test('what was typed comes back escaped', async () => {
    const answer = await post('/sign-in', { _csrf: await csrf(), email: '"><script>', password: 'x' });
    expect(answer.body).toContain('value="&quot;&gt;&lt;script&gt;"');
  });

  test.each<[string, Record<string, string> | string]>([
    ['no e-mail address', { password: 'x' }],
    ['no password', { email: EMAIL }],
    ['empty password', { email: EMAIL, password: '' }],
    ['long password', { email: EMAIL, password: 'x'.repeat(1_001) }],
    ['long e-mail address', { email: 'x'.repeat(255), password: 'x' }],
    ['unknown field', { email: EMAIL, password: 'x', admin: '1' }],
  ])('%s is 400', async (_case, fields) => {
    const answer = await post('/sign-in', { _csrf: await csrf(), ...(fields as Record<string, string>) });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
  });

  test.each<[string, string]>([
    ['a repeated field', '&email=a&email=b&password=x'],
    ['NUL', '&email=a%00&password=x'],
    ['broken UTF-8', '&email=%ff&password=x'],
    ['broken percent encoding', '&email=%&password=x'],
    ['a raw byte', '&email=\u00ff&password=x'],
    ['nothing', ''],
  ])('%s is refused', async (_case, rest) => {
    const answer = await post('/sign-in', `_csrf=${encodeURIComponent(await csrf())}${rest}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
  });

  test.each([
    ['application/json', '{"email":"a","password":"b"}', 415],
    ['application/json', '[[[[[[[[', 415],
    ['text/plain', 'email=a', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/x-www-form-urlencoded', `password=${'x'.repeat(70_000)}`, 413],
  ])('a form as %s is %i', async (type, payload, status) => {
    const headers = { 'content-type': type };
    expect((await login.app.inject({ method: 'POST', url: '/sign-in', headers, payload })).statusCode).toBe(status);
  });
});

describe('forms from elsewhere', () => {
  const fields = { email: EMAIL, password: PASSWORD };

  test('without the cookie, without the token, or with a wrong one: 403', async () => {
    expect((await post('/sign-in', fields)).statusCode).toBe(403);
    await visit('/');
    expect((await post('/sign-in', fields)).statusCode).toBe(403);
    expect((await post('/sign-in', { ...fields, _csrf: 'x' })).statusCode).toBe(403);
  });

  test('the token of a page from before the sign-in does not sign out', async () => {
    const before = await csrf();
    await beSignedIn();
    expect((await post('/sign-out', { _csrf: before })).statusCode).toBe(403);
    expect((await visit('/me')).statusCode).toBe(200);
  });
});

describe('sessions', () => {
  test('the cookie is out of reach for scripts and other sites, and new after the sign-in', async () => {
    const answer = await signIn();
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat().filter((line) => line.startsWith('session='));
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).not.toMatch(/; Secure/);
    const first = login.jar.get('session');
    await post('/sign-out', { _csrf: await csrf('/people') });
    await signIn();
    expect(login.jar.get('session')).not.toBe(first);
  });

  test('on https the cookies are secure and bound to the host', async () => {
    await using secured = await buildApp({ ...login.config, SERVICE_URL: 'https://login.example' });
    const page = await secured.inject({ url: '/', headers: { 'x-forwarded-proto': 'https' } });
    expect(page.headers['set-cookie']).toMatch(/^__Host-csrf=.*; Secure/);
    expect(page.headers['strict-transport-security']).toBeDefined();
  });

  test('signing out ends the session for whoever has the cookie', async () => {
    await signIn();
    const stolen = login.jar.header;
    const answer = await post('/sign-out', { _csrf: await csrf('/people') });
    expect(answer.headers.location).toBe('/');
    expect((await login.app.inject({ url: '/me', headers: { cookie: stolen } })).statusCode).toBe(303);
  });

  test('a restart keeps people signed in and the key of the user tokens', async () => {
    await beSignedIn();
    await using restarted = await buildApp(login.config);
    expect((await restarted.inject({ url: '/me', headers: { cookie: login.jar.header } })).statusCode).toBe(200);
    const keys = async (service: Service) => (await service.inject('/.well-known/jwks.json')).json();
    expect(await keys(restarted)).toEqual(await keys(login.app));
  });

  test.each(['session=nonsense', 'session=a.b', `session=${'x'.repeat(3_000)}`, 'session=%00', 'session'])(
    'the cookie %s is nobody',
    async (cookie) => {
      expect((await login.app.inject({ url: '/me', headers: { cookie } })).statusCode).toBe(303);
    },
  );

  test('visitors leave no session', async () => {
    await visit('/');
    expect(login.jar.get('session')).toBeUndefined();
  });
});

describe('people', () => {
  beforeEach(beSignedIn);

  test('what others wrote is escaped', async () => {
    answerJson({ people: [{ ...ada, highlights: {} }], next: null });
    const { body } = await visit('/people?q=ada');
    expect(body).toContain('Ada &lt;b&gt;Lovelace&lt;/b&gt;');
    expect(body).toContain('href="/people/demo-0002"');
    answerJson(ada);
    expect((await visit('/people/demo-0002')).body).toContain('&quot;&amp;');
  });

  test('what is looked for is escaped, and reaches user-profiles as it was typed', async () => {
    answerJson({ people: [], next: null });
    const q = `<script>alert("1")</script> a&b=c' OR name:*`;
    const { body, statusCode } = await visit(`/people?${new URLSearchParams({ q })}`);
    expect(statusCode).toBe(200);
    expect(body).not.toContain('<script>');
    expect(body).toContain('Nobody matches');
    expect(new URL(received[0]!.url, 'http://x').searchParams.get('q')).toBe(q);
  });

  test.each(['/people', '/people?q=', '/people?q=%20'])('%s shows the form and asks nobody', async (url) => {
    const { body, statusCode } = await visit(url);
    expect(statusCode).toBe(200);
    expect(body).toContain('<label for="q">');
    expect(received).toEqual([]);
  });

  test.each([
    [`/people?q=${'a'.repeat(201)}`, 400],
    ['/people?q=a&q=b', 400],
    ['/people?q=a&x=1', 400],
    ['/people?q=%00', 400],
    ['/people?q=a&cursor=', 400],
    ['/people?q=a&cursor=%3Cb%3E', 400],
    [`/people?q=a&cursor=${'a'.repeat(65)}`, 400],
    ['/people?q=%ff', 400],
    ['/people/a%20b', 400],
    ['/people/%00', 400],
    ['/%', 400],
    ['/people/..%2f..%2fdocuments', 400],
    ['/nowhere', 404],
    ['/healthz', 404],
  ])('%s is %i', async (url, status) => {
    const answer = await visit(url);
    expect(answer.statusCode).toBe(status);
    expect(received).toEqual([]);
  });

  test('nobody is 404', async () => {
    answerJson({ title: 'Not Found' }, 404);
    expect((await visit('/people/demo-9999')).statusCode).toBe(404);
  });

  test('who has no profile yet is told so', async () => {
    answerJson({ title: 'Not Found' }, 404);
    const { body, statusCode } = await visit('/me');
    expect(statusCode).toBe(200);
    expect(body).toContain('not in the directory yet');
  });
});

describe('when user-profiles fails', () => {
  beforeEach(beSignedIn);

  const html = (status: number, heading: string) => {
    const body = `<html><head><title>${status}</title></head><body><h1>Error: ${heading}</h1></body></html>`;
    login.profilesAnswer = (_request, response) =>
      void response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  };

  test.each<[string, number, () => void]>([
    ['an error inside', 503, () => answerJson({ detail: 'inner words' }, 500)],
    ['unavailable', 503, () => answerJson({ detail: 'inner words' }, 503)],
    ['refusal by itself', 502, () => answerJson({ detail: 'inner words' }, 403)],
    ['refusal by the front end', 502, () => html(403, 'Forbidden')],
    ['no JSON', 503, () => html(200, 'inner words')],
    [
      'refusal of what was asked',
      400,
      () => answerJson({ errors: [{ field: 'querystring/cursor', detail: 'is not' }] }, 400),
    ],
    ['refusal without a reason', 400, () => answerJson({}, 400)],
    ['refusal without JSON', 503, () => html(400, 'inner words')],
    ['hanging up', 503, () => (login.profilesAnswer = (_request, response) => void response.destroy())],
    [
      'a redirect',
      502,
      () =>
        (login.profilesAnswer = (_request, response) => void response.writeHead(302, { location: 'http://x/' }).end()),
    ],
  ])('%s becomes a page with %i', async (_case, status, fail) => {
    fail();
    for (const url of ['/me', '/people?q=a', '/people/demo-0002']) {
      const answer = await visit(url);
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.body).toContain('<h1>');
      expect(answer.body).not.toMatch(/inner words|Error:| at |\.ts/);
    }
  });
});

test('without the edge to user-profiles it runs, and says that it may not ask', async () => {
  await beSignedIn();
  const { USER_PROFILES_URL: _, ...withoutEdge } = login.config;
  await using lonely = await buildApp(withoutEdge);
  const answer = await lonely.inject({ url: '/me', headers: { cookie: login.jar.header } });
  expect(answer.statusCode).toBe(502);
  expect(answer.body).toContain('may not ask the directory');
});

describe('pages', () => {
  test('allow no script and no style but the own files, and are not kept', async () => {
    const { headers, body } = await visit('/');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';connect-src 'self';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
    );
    expect(headers['cache-control']).toBe('no-store');
    expect(body).not.toMatch(/<script(?! type="module" src="\/assets\/)|<style| style=| on\w+=/);
  });

  test.each([
    ['/assets/style.css', 'text/css; charset=utf-8'],
    ['/assets/search.js', 'text/javascript; charset=utf-8'],
    ['/assets/icon.svg', 'image/svg+xml'],
  ])('%s is served', async (url, type) => {
    const answer = await login.app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(type);
  });

  test.each(['/assets/', '/assets/../package.json', '/assets/%2e%2e/package.json', '/assets/x.css'])(
    '%s is not',
    async (url) => {
      expect((await login.app.inject(url)).statusCode).toBe(404);
    },
  );

  test('the published key is public', async () => {
    const { keys } = (await login.app.inject('/.well-known/jwks.json')).json();
    // Around midnight there are two: `user-token.test.ts` goes through the day.
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys)
      expect(key).toEqual({
        kty: 'EC',
        crv: 'P-256',
        alg: 'ES256',
        use: 'sig',
        x: expect.any(String),
        y: expect.any(String),
        kid: expect.any(String),
      });
  });
});
