import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildApp } from './app.ts';
import {
  createGoogle,
  createLogin,
  type Issuer,
  type Listening,
  listen,
  serveKeys,
  startMetadata,
  stripped,
  until,
} from './testing/world.ts';

const SERVICE_URL = 'http://127.0.0.1:8082';
const LOGIN = 'login-run@demo.iam.gserviceaccount.com';
const OWN = 'user-profiles-run@demo.iam.gserviceaccount.com';

let google: Issuer;
let login: Issuer;
let loginKeys: Listening;
let googleKeys: Listening;
let metadata: Listening;
let search: Listening;

/** Search, as this service sees it: requests that came, and what it answers. */
const received: { method: string; url: string; headers: IncomingMessage['headers']; body: unknown }[] = [];
let searchAnswer: { status: number; body: unknown };

beforeAll(async () => {
  google = await createGoogle();
  login = await createLogin();
  googleKeys = await serveKeys(google);
  loginKeys = await serveKeys(login);
  metadata = await startMetadata(google, OWN);
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
  search = await listen(async (request, response) => {
    const { method = '', url = '', headers } = request;
    received.push({
      method,
      url,
      headers,
      body: method === 'PUT' || method === 'POST' ? await json(request) : undefined,
    });
    response.writeHead(searchAnswer.status, { 'content-type': 'application/json' });
    const { body } = searchAnswer;
    response.end(JSON.stringify(typeof body === 'function' ? body(url) : body));
  });
});
afterAll(async () => {
  for (const server of [loginKeys, googleKeys, metadata, search]) await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

let app: Awaited<ReturnType<typeof buildApp>>;
const config = () => ({
  PORT: 0,
  LOG_LEVEL: 'silent' as const,
  PLAIN_HTTP_HOSTS: '',
  SERVICE_URL,
  SEARCH_URL: search.url,
  LOGIN_URL: loginKeys.url,
  ALLOWED_CALLERS: LOGIN,
  GOOGLE_CERTS_URL: googleKeys.url,
  DEMO_PEOPLE: 3,
  DEMO_EMAIL: 'me@people.example',
});
beforeEach(async () => {
  received.length = 0;
  searchAnswer = { status: 200, body: { hits: [] } };
  app = await buildApp(config());
});
afterEach(() => app.close());

/** Headers as they come through the front end from login, for a person. */
async function headersFor(person = 'demo-0001', caller = LOGIN): Promise<Record<string, string>> {
  return {
    'x-serverless-authorization': `Bearer ${stripped(await google.sign({ aud: SERVICE_URL, email: caller }, '1h'))}`,
    authorization: `Bearer ${await login.sign({ sub: person, email: `${person}@people.example` })}`,
  };
}

const get = async (url: string, person?: string) => app.inject({ url, headers: await headersFor(person) });
const put = async (payload: unknown, person?: string, conditions: Record<string, string> = {}) =>
  app.inject({
    method: 'PUT',
    url: '/me',
    headers: { ...(await headersFor(person)), 'content-type': 'application/json', ...conditions },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

describe('own profile', () => {
  test('the demo person has one', async () => {
    expect((await get('/me')).json()).toMatchObject({ id: 'demo-0001', email: 'me@people.example', version: 1 });
  });

  test('a new person has none until they write it', async () => {
    expect((await get('/me', 'new')).statusCode).toBe(404);
    const written = await put({ name: 'New' }, 'new');
    expect(written.json()).toEqual({
      id: 'new',
      email: 'new@people.example',
      name: 'New',
      title: '',
      team: '',
      city: '',
      skills: [],
      bio: '',
      colour: 'slate',
      hidden: false,
      version: 1,
    });
    expect((await get('/me', 'new')).json()).toEqual(written.json());
  });

  test('writing the same again changes nothing, so that it may be repeated', async () => {
    const first = await put({ name: 'Twice' });
    const second = await put({ name: 'Twice' });
    expect(second.json()).toEqual(first.json());
    expect((await put({ name: 'Twice', colour: 'amber' })).json()).toMatchObject({ version: 3, colour: 'amber' });
  });

  test('a write can be bound to the version that its sender has seen', async () => {
    expect((await get('/me')).headers.etag).toBe('"1"');
    const first = await put({ name: 'First' }, undefined, { 'if-match': '"1"' });
    expect([first.statusCode, first.headers.etag]).toEqual([200, '"2"']);
    const late = await put({ name: 'Late' }, undefined, { 'if-match': '"1"' });
    expect(late.statusCode).toBe(412);
    expect(late.json()).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await get('/me')).json()).toMatchObject({ name: 'First', version: 2 });
  });

  test('a write can be bound to there being nothing yet', async () => {
    const onlyNew = { 'if-none-match': '*' };
    expect((await put({ name: 'New' }, 'new', onlyNew)).statusCode).toBe(200);
    expect((await put({ name: 'Again' }, 'new', onlyNew)).statusCode).toBe(412);
    expect((await get('/me', 'new')).json()).toMatchObject({ name: 'New', version: 1 });
    expect((await put({ name: 'Never' }, 'newer', { 'if-match': '"1"' })).statusCode).toBe(412);
    expect((await get('/me', 'newer')).statusCode).toBe(404);
  });

  test.each<Record<string, string>>([
    { 'if-match': '1' },
    { 'if-match': '"x"' },
    { 'if-match': '*' },
    { 'if-match': '"1", "2"' },
    { 'if-none-match': '"1"' },
  ])('the condition %j is 400', async (condition) => {
    expect((await put({ name: 'A' }, undefined, condition)).statusCode).toBe(400);
    expect((await get('/me')).json()).toMatchObject({ version: 1 });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no name', '{}'],
    ['blank name', '{"name":"  "}'],
    ['name as number', '{"name":1}'],
    ['long name', `{"name":"${'a'.repeat(201)}"}`],
    ['NUL', '{"name":"a\\u0000"}'],
    ['unknown colour', '{"name":"A","colour":"red; background: url(x)"}'],
    ['hidden as text', '{"name":"A","hidden":"false"}'],
    ['skills as text', '{"name":"A","skills":"C"}'],
    ['another id', '{"name":"A","id":"demo-0002"}'],
    ['an e-mail address', '{"name":"A","email":"a@x"}'],
    ['a version', '{"name":"A","version":9}'],
    ['long bio', `{"name":"A","bio":"${'a'.repeat(4_001)}"}`],
  ])('%s is 400 and nothing is stored', async (_case, payload) => {
    const answer = await put(payload);
    expect(answer.statusCode).toBe(400);
    expect((await get('/me')).json()).toMatchObject({ version: 1 });
  });
});

describe('other people', () => {
  test('are shown with their public fields', async () => {
    const answer = await get('/people/demo-0002');
    expect(Object.keys(answer.json())).toEqual(['id', 'name', 'title', 'team', 'city', 'skills', 'bio', 'colour']);
  });

  test('somebody hidden looks like nobody', async () => {
    await put({ name: 'Ghost', hidden: true }, 'demo-0002');
    const hidden = await get('/people/demo-0002');
    const absent = await get('/people/demo-9999');
    expect(hidden.statusCode).toBe(404);
    expect(hidden.body).toBe(absent.body);
  });

  test.each(['/people/a%20b', '/people/%00', `/people/${'a'.repeat(65)}`, '/people/..%2fme'])(
    '%s is 400',
    async (url) => {
      expect((await get(url)).statusCode).toBe(400);
    },
  );
});

describe('finding', () => {
  const hit = (id: string, version = 1) => ({
    id,
    version,
    cursor: `after-${id}`,
    highlights: { name: [{ text: `name of ${id}`, match: true }] },
  });

  test('asks search with an ID token in both headers and the trace of the request, and shows who is not hidden', async () => {
    await put({ name: 'Ghost', hidden: true }, 'demo-0003');
    await until(async () => (await app.inject('/health/ready')).json().pending === 0);
    received.length = 0;
    searchAnswer.body = { hits: ['demo-0003', 'demo-0002', 'gone', 'demo-0001'].map((id) => hit(id)) };
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const sent = await headersFor();
    const answer = await app.inject({ url: '/people?q=a%26b&limit=7', headers: { ...sent, traceparent } });
    expect(answer.json().people.map((person: { id: string }) => person.id)).toEqual(['demo-0002', 'demo-0001']);
    expect(answer.body).not.toContain('@');

    expect(received).toHaveLength(1);
    const { url, headers } = received[0]!;
    expect(url).toBe('/search?q=a%26b&limit=8');
    expect(headers.traceparent).toBe(traceparent);
    expect(headers.authorization).toMatch(/^Bearer /);
    expect(headers['x-serverless-authorization']).toBe(headers.authorization);
    for (const credential of Object.values(sent)) expect(Object.values(headers)).not.toContain(credential);
  });

  test.each([
    '/people',
    '/people?q=',
    `/people?q=${'a'.repeat(201)}`,
    '/people?q=a&q=b',
    '/people?q=a&limit=0',
    '/people?q=a&hidden=true',
    '/people?q=%00',
    '/people?q=%c0%af',
    '/people?q=a&cursor=',
    '/people?q=a&cursor=a.b',
    `/people?q=a&cursor=${'a'.repeat(65)}`,
  ])('%s is 400 and does not bother search', async (url) => {
    await until(async () => (await app.inject('/health/ready')).json().pending === 0);
    received.length = 0;
    expect((await get(url)).statusCode).toBe(400);
    expect(received).toEqual([]);
  });

  /** Search with these hits, from which it gives what is asked for. */
  const searchFor = (hits: ReturnType<typeof hit>[]) => {
    searchAnswer.body = (url: string) => {
      const query = new URL(url, search.url).searchParams;
      const start = hits.findIndex(({ cursor }) => cursor === query.get('cursor')) + 1;
      return { hits: hits.slice(start, start + Number(query.get('limit'))) };
    };
  };
  const pageOf = async (url: string) => {
    const { people, next } = (await get(url)).json();
    return { ids: people.map((person: { id: string }) => person.id), next };
  };

  test('a page is filled up behind who is hidden, and neither its cursor nor its end tells of them', async () => {
    const ids = Array.from({ length: 8 }, (_, at) => `p${at}`);
    for (const id of ids) await put({ name: id, hidden: ['p0', 'p2', 'p3', 'p5', 'p7'].includes(id) }, id);
    searchFor(ids.map((id) => hit(id)));
    expect(await pageOf('/people?q=p&limit=2')).toEqual({ ids: ['p1', 'p4'], next: 'after-p4' });
    expect(await pageOf('/people?q=p&limit=2&cursor=after-p4')).toEqual({ ids: ['p6'], next: null });
    expect(await pageOf('/people?q=p&limit=3')).toEqual({ ids: ['p1', 'p4', 'p6'], next: null });
    expect(await pageOf('/people?q=p&limit=1&cursor=after-p6')).toEqual({ ids: [], next: null });
  });

  test('highlights of a version that is no longer the one are not shown', async () => {
    await put({ name: 'New name' }, 'demo-0002');
    searchFor([hit('demo-0001', 1), hit('demo-0002', 1)]);
    const { people } = (await get('/people?q=name')).json();
    expect(people[0].highlights).toEqual({ name: [{ text: 'name of demo-0001', match: true }] });
    expect(people[1].highlights).toEqual({});
  });

  test('a cursor that search does not take is 400 and names the field', async () => {
    searchAnswer = { status: 400, body: {} };
    const answer = await get('/people?q=a&cursor=abc');
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ field: 'querystring/cursor', detail: expect.any(String) }]);
  });

  test.each([500, 503, 400, 404, 401, 403, 302])(
    'search answering %i is 503 here, without its words',
    async (status) => {
      searchAnswer = { status, body: { detail: 'inner words' } };
      const answer = await get('/people?q=a');
      expect(answer.statusCode).toBe(503);
      expect(answer.body).not.toContain('inner words');
    },
  );

  test('what search cannot be asked does not stop the rest', async () => {
    searchAnswer = { status: 503, body: {} };
    expect((await get('/me')).statusCode).toBe(200);
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
  });
});

test('without the edge to search, or a public login, it runs and says 503', async () => {
  const { SEARCH_URL: _, ...withoutSearch } = config();
  await using lonely = await buildApp(withoutSearch);
  expect((await lonely.inject({ url: '/people?q=a', headers: await headersFor() })).statusCode).toBe(503);
  expect((await lonely.inject({ url: '/me', headers: await headersFor() })).statusCode).toBe(200);
  expect((await lonely.inject('/health/ready')).json()).toEqual({ status: 'ok', people: 3, pending: 3 });

  const { LOGIN_URL: __, ...withoutLogin } = config();
  await using keyless = await buildApp(withoutLogin);
  expect((await keyless.inject({ url: '/me', headers: await headersFor() })).statusCode).toBe(503);
});

describe('outbox', () => {
  test('what is written reaches search, with versions that count up', async () => {
    await until(async () => (await app.inject('/health/ready')).json().pending === 0);
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /documents']);
    const { changes } = received[0]!.body as { changes: { id: string; version: number }[] };
    expect(changes.map(({ id, version }) => [id, version])).toEqual([
      ['demo-0001', 1],
      ['demo-0002', 1],
      ['demo-0003', 1],
    ]);
    await put({ name: 'One' });
    await put({ name: 'Two' });
    await put({ name: 'Two', hidden: true });
    await until(async () => (await app.inject('/health/ready')).json().pending === 0);
    const own = received.filter(({ url }) => url.startsWith('/documents/demo-0001'));
    expect(
      own.map(({ method, url, body }) => [method, url, (body as { version?: number } | undefined)?.version]),
    ).toEqual([
      ['PUT', '/documents/demo-0001', 2],
      ['PUT', '/documents/demo-0001', 3],
      ['DELETE', '/documents/demo-0001?version=4', undefined],
    ]);
    expect(own[0]?.body).toEqual({ version: 2, name: 'One', title: '', team: '', city: '', skills: [], bio: '' });
  });
});

describe('who may come in', () => {
  const answerTo = (headers: Record<string, string>) => app.inject({ url: '/me', headers });

  test('nobody without the two tokens, nor with one of them', async () => {
    const { authorization, 'x-serverless-authorization': service } = (await headersFor()) as Record<string, string>;
    expect((await answerTo({})).statusCode).toBe(401);
    expect((await answerTo({ authorization: authorization! })).statusCode).toBe(401);
    expect((await answerTo({ 'x-serverless-authorization': service! })).statusCode).toBe(401);
  });

  test.each(['search-run@demo.iam.gserviceaccount.com', 'stranger@demo.iam.gserviceaccount.com', OWN])(
    '%s may not call',
    async (caller) => {
      expect((await answerTo(await headersFor('demo-0001', caller))).statusCode).toBe(403);
    },
  );

  test('a service token for another audience is refused', async () => {
    const token = stripped(await google.sign({ aud: 'http://127.0.0.1:8083', email: LOGIN }, '1h'));
    const headers = { ...(await headersFor()), 'x-serverless-authorization': `Bearer ${token}` };
    expect((await answerTo(headers)).statusCode).toBe(401);
  });

  test.each<[string, () => Promise<string>]>([
    ['expired', () => login.sign({ sub: 'demo-0001' }, '-1 minute')],
    ['for somebody else', () => login.sign({ sub: 'demo-0001', aud: 'search' })],
    ['of another issuer', () => login.sign({ sub: 'demo-0001', iss: 'https://evil.example' })],
    ['without a person', () => login.sign({})],
    ['with a person that is no id', () => login.sign({ sub: '../admin' })],
    ['of another key', async () => (await createLogin()).sign({ sub: 'demo-0001' })],
    ['of Google', () => google.sign({ sub: 'demo-0001', iss: 'login', aud: 'user-profiles' })],
    [
      'signed with a shared secret',
      () =>
        new SignJWT({ iss: 'login', aud: 'user-profiles', sub: 'demo-0001' })
          .setProtectedHeader({ alg: 'HS256', kid: 'login-key' })
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(new TextEncoder().encode(JSON.stringify(login.jwks))),
    ],
    ['not signed', async () => `${(await login.sign({ sub: 'demo-0001' })).replace(/[^.]+$/, '')}x`],
    ['no token', async () => 'nonsense'],
    [
      'that outlives what login issues',
      async () => {
        const { privateKey } = await generateKeyPair('ES256');
        return new SignJWT({ iss: 'login', aud: 'user-profiles', sub: 'demo-0001', iat: 1 })
          .setProtectedHeader({ alg: 'ES256', kid: 'login-key' })
          .setExpirationTime('10y')
          .sign(privateKey);
      },
    ],
  ])('a user token %s is 401, and the answer does not say why', async (_case, token) => {
    const answer = await answerTo({ ...(await headersFor()), authorization: `Bearer ${await token()}` });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.json()).toEqual({ title: 'Unauthorized', status: 401 });
  });

  test('login out of reach is 503, not 401', async () => {
    const gone = await listen(() => {});
    await gone[Symbol.asyncDispose]();
    await using lonely = await buildApp({ ...config(), LOGIN_URL: gone.url });
    const answer = await lonely.inject({ url: '/me', headers: await headersFor() });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain(gone.url);
  });
});
