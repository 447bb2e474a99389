import { once } from 'node:events';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FrontEndError } from '../errors.ts';
import { type LocalServer, mint, type SigningKey, signingKey, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES } from '../testing/google-pages.ts';
import { createServiceClient, type ServiceClient, type ServiceClientOptions } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { clearTokenCache } from './token-cache.ts';

const key: SigningKey = await signingKey('k');
const ALICE = 'alice-run@demo.iam.gserviceaccount.com';
const source: TokenSource = { identity: 'test', fetchIdToken: (aud) => mint(key, { aud }) };

let receiver: LocalServer;
beforeEach(async () => {
  clearTokenCache();
  receiver = await startServer(({ method, url, headers, body }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, path: url.pathname + url.search, headers, body }));
  });
});
afterEach(() => receiver[Symbol.asyncDispose]());

const client = (options: Partial<ServiceClientOptions> = {}): ServiceClient =>
  createServiceClient({ url: receiver.origin, source, ...options });
const bearerSent = (header = 'authorization'): unknown => receiver.requests.at(-1)?.headers[header];
const echoed = async (reply: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await reply).json()) as Record<string, unknown>;

describe('a call', () => {
  test('carries the ID token for the origin of the receiver', async () => {
    await client({ url: `${receiver.origin}/v1/` }).fetch('find');
    const token = String(bearerSent()).slice(7);
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      aud: receiver.origin,
    });
    expect(receiver.requests.at(-1)?.url.pathname).toBe('/v1/find');
  });

  test.each([
    ['/a?b=c', '/a?b=c'],
    ['a', '/v1/a'],
    ['', '/v1/'],
    ['../x', '/x'],
  ])('to %j goes to %s', async (target, path) => {
    expect(await echoed(client({ url: `${receiver.origin}/v1/` }).fetch(target))).toMatchObject({ path });
  });

  test('takes a URL object, a method, a body and headers in all shapes', async () => {
    const url = new URL('/x', receiver.origin);
    const shapes = [{ 'x-one': '1' }, new Headers({ 'x-one': '1' }), [['x-one', '1']] as [string, string][]];
    for (const headers of shapes) {
      const seen = await echoed(client({ header: 'both' }).fetch(url, { method: 'PUT', body: 'text', headers }));
      expect(seen).toMatchObject({
        method: 'PUT',
        body: 'text',
        headers: { 'x-one': '1', authorization: expect.stringMatching(/^Bearer ey/) },
      });
      expect(bearerSent('x-serverless-authorization')).toBe(bearerSent());
    }
  });

  test('is not changed by what a wrapper of fetch wrote into the one before', async () => {
    const own = globalThis.fetch;
    const wrapper: typeof fetch = (input, init = {}) => {
      if (init.headers instanceof Headers) init.headers.append('x-wrapped', 'once');
      return own(input, init);
    };
    vi.stubGlobal('fetch', wrapper);
    const wrapped = client({ header: 'both' });
    vi.unstubAllGlobals();
    for (let call = 0; call < 2; call += 1) {
      expect((await echoed(wrapped.fetch('/'))).headers).toMatchObject({ 'x-wrapped': 'once' });
      expect(bearerSent('x-serverless-authorization')).toBe(bearerSent());
    }
    await client().fetch('/');
    expect(bearerSent('x-serverless-authorization')).toBeUndefined();
    expect(bearerSent()).toMatch(/^Bearer ey/);
  });

  test('leaves Authorization to the application', async () => {
    await client().fetch('/', { headers: { Authorization: 'Bearer person' } });
    expect(bearerSent()).toBe('Bearer person');
    expect(bearerSent('x-serverless-authorization')).toMatch(/^Bearer ey/);
  });

  test("sends what the application set for IAP: Proxy-Authorization, and a token of this service's own in Authorization", async () => {
    const own = `Bearer ${await mint(key, { aud: '1234-abc.apps.googleusercontent.com' })}`;
    await client().fetch('/', { headers: { authorization: own, 'proxy-authorization': own } });
    expect([bearerSent(), bearerSent('proxy-authorization')]).toEqual([own, own]);
    expect(bearerSent('x-serverless-authorization')).toMatch(/^Bearer ey/);
  });

  test.each(['https://evil.example/', '//evil.example/x', '\\\\evil.example', 'http://127.0.0.1:1/', 'http://['])(
    'to %j is refused',
    async (target) => {
      await expect(client().fetch(target)).rejects.toMatchObject({ code: 'RUN_AUTH_ORIGIN_REFUSED' });
      expect(receiver.requests).toHaveLength(0);
    },
  );

  test('relays no credential it received', async () => {
    const received = {
      authorization: `Bearer ${await mint(key, { aud: 'us', email: 'them@p.iam.gserviceaccount.com' })}`,
    };
    await expect(client().fetch('/', { headers: received })).rejects.toMatchObject({
      code: 'RUN_AUTH_CREDENTIAL_RELAYED',
    });
    expect(receiver.requests).toHaveLength(0);
  });

  test('without a token is not made', async () => {
    const failing: TokenSource = { identity: 'failing', fetchIdToken: () => Promise.reject(new Error('down')) };
    await expect(client({ source: failing }).fetch('/')).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED' });
    expect(receiver.requests).toHaveLength(0);
  });

  test('waits for a token no longer than its signal says', async () => {
    const hanging: TokenSource = { identity: 'hanging', fetchIdToken: () => new Promise(() => {}) };
    const slow = client({ source: hanging });
    await expect(slow.fetch('/', { signal: AbortSignal.timeout(10) })).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(slow.fetch('/', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const quick: TokenSource = { identity: 'quick', fetchIdToken: (aud) => mint(key, { aud }) };
    const reply = await client({ source: quick }).fetch('/', { signal: new AbortController().signal });
    expect(reply.status).toBe(200);
  });

  test('goes through a dispatcher of undici', async () => {
    const agent = new Agent();
    const connected = once(agent, 'connect');
    expect((await client({ dispatcher: agent }).fetch('/')).status).toBe(200);
    await connected;
    await agent.close();
  });
});

describe('a redirect', () => {
  const redirectTo = (location: string | undefined, status = 302): void => {
    const { answer } = receiver;
    receiver.answer = (request, response) => {
      if (request.url.pathname !== '/from') return answer(request, response);
      return response.writeHead(status, location === undefined ? {} : { location }).end('moved');
    };
  };

  test('within the origin is followed, with the token', async () => {
    redirectTo('/to?x');
    expect(await echoed(client().fetch('/from'))).toMatchObject({ path: '/to?x' });
    expect(bearerSent()).toMatch(/^Bearer ey/);
  });

  test.each([
    [303, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'text'],
    [307, 'POST', 'POST', 'text'],
    [308, 'POST', 'POST', 'text'],
  ])('%i of %s becomes %s, as the Fetch standard says', async (status, method, becomes, body) => {
    redirectTo('/to', status);
    const seen = await echoed(
      client().fetch('/from', { method, body: 'text', headers: { 'content-type': 'text/plain', 'x-one': '1' } }),
    );
    expect(seen).toMatchObject({ method: becomes, body, headers: { 'x-one': '1' } });
    expect((seen.headers as Record<string, string>)['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  test('303 of HEAD stays HEAD', async () => {
    redirectTo('/to', 303);
    expect((await client().fetch('/from', { method: 'HEAD' })).status).toBe(200);
    expect(receiver.requests.at(-1)).toMatchObject({ method: 'HEAD' });
  });

  test.each([
    ['another origin', 'http://127.0.0.1:1/'],
    ['another scheme', 'https://127.0.0.1/'],
    ['itself, forever', '/from'],
    ['an invalid URL', 'http://['],
  ])('to %s is refused', async (_what, location) => {
    redirectTo(location);
    await expect(client().fetch('/from')).rejects.toMatchObject({ code: 'RUN_AUTH_REDIRECT_REFUSED' });
    expect(receiver.requests.length).toBeLessThanOrEqual(21);
  });

  test('to another server: not one request gets there', async () => {
    await using stranger = await startServer((_request, response) => response.end());
    redirectTo(`${stranger.origin}/`);
    await expect(client().fetch('/from')).rejects.toMatchObject({ code: 'RUN_AUTH_REDIRECT_REFUSED' });
    expect(stranger.requests).toHaveLength(0);
  });

  test('without Location is a response, as the Fetch standard says', async () => {
    redirectTo(undefined);
    expect((await client().fetch('/from')).status).toBe(302);
    await expect(client().fetch('/from', { redirect: 'error' })).rejects.toMatchObject({
      code: 'RUN_AUTH_REDIRECT_REFUSED',
    });
  });

  test('that was followed is told', async () => {
    redirectTo('/to');
    for (const dispatcher of [undefined, new Agent()]) {
      const made = client(dispatcher === undefined ? {} : { dispatcher });
      expect(await made.fetch('/from')).toMatchObject({ redirected: true, url: `${receiver.origin}/to` });
      expect(await made.fetch('/')).toMatchObject({ redirected: false, url: `${receiver.origin}/` });
      await dispatcher?.close();
    }
  });

  test('is left to the caller who wants it', async () => {
    redirectTo('https://elsewhere.example/');
    const reply = await client().fetch('/from', { redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([302, 'https://elsewhere.example/']);
    await expect(client().fetch('/from', { redirect: 'error' })).rejects.toMatchObject({
      code: 'RUN_AUTH_REDIRECT_REFUSED',
    });
  });

  test('of a stream cannot be followed', async () => {
    redirectTo('/to', 307);
    const body = new Blob(['text']).stream();
    await expect(client().fetch('/from', { method: 'POST', body, duplex: 'half' })).rejects.toMatchObject({
      code: 'RUN_AUTH_REDIRECT_REFUSED',
    });
  });
});

describe("the front end's page", () => {
  const answerWith = (status: number, body: string, type = 'text/html; charset=UTF-8'): void => {
    receiver.answer = (_request, response) =>
      response.writeHead(status, { 'content-type': type, server: 'Google Frontend' }).end(body);
  };

  test.each([
    [401, 'RUN_AUTH_FRONT_END_UNAUTHORIZED', '--add-custom-audiences='],
    [403, 'RUN_AUTH_FRONT_END_FORBIDDEN', `--member=serviceAccount:${ALICE} --role=roles/run.invoker`],
    [404, 'RUN_AUTH_FRONT_END_NOT_FOUND', 'ingress'],
  ] as const)('of %i is %s', async (status, code, mend) => {
    answerWith(status, GOOGLE_PAGES[status]);
    const error = await client()
      .fetch('/x')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FrontEndError);
    expect(error).toMatchObject({
      code,
      status,
      receiver: receiver.origin,
      audience: receiver.origin,
      caller: ALICE,
      mend: expect.stringContaining(mend),
    });
  });

  test('is a response for those who want one', async () => {
    answerWith(403, GOOGLE_PAGES[403]);
    const reply = await client({ frontEndErrors: 'respond' }).fetch('/x');
    expect([reply.status, await reply.text()]).toEqual([403, GOOGLE_PAGES[403]]);
  });

  test.each([
    [403, '{"title":"Forbidden"}', 'application/problem+json'],
    [403, '<h1>Not yours</h1>', 'text/html'],
    [401, GOOGLE_PAGES[403], 'text/html'],
    [403, GOOGLE_PAGES[403], 'text/plain'],
    [404, '', 'text/html'],
    [500, GOOGLE_PAGES[403], 'text/html'],
    [404, `${'x'.repeat(100_000)}${GOOGLE_PAGES[404]}`, 'text/html'],
  ])("is told from the application's own %i %.20s", async (status, body, type) => {
    answerWith(status, body, type);
    const reply = await client().fetch('/x');
    expect([reply.status, await reply.text()]).toEqual([status, body]);
  });

  test('has no body when nobody asked for one', async () => {
    answerWith(403, GOOGLE_PAGES[403]);
    expect((await client().fetch('/x', { method: 'HEAD' })).status).toBe(403);
  });

  test('without a type is no page', async () => {
    receiver.answer = (_request, response) => response.writeHead(404).end();
    expect((await client().fetch('/x')).status).toBe(404);
  });
});

describe('a client', () => {
  test('shares its token with every other of the same identity and audience', async () => {
    let fetches = 0;
    const counted = (): TokenSource => ({
      identity: 'counted',
      fetchIdToken: (aud) => {
        fetches += 1;
        return mint(key, { aud });
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => client({ source: counted() }).fetch('/')));
    expect(fetches).toBe(1);
  });

  test('fetches its token ahead', async () => {
    let fetches = 0;
    const counted: TokenSource = {
      identity: 'ahead',
      fetchIdToken: (aud) => {
        fetches += 1;
        return mint(key, { aud });
      },
    };
    const ahead = client({ source: counted });
    await ahead.prefetch();
    await ahead.fetch('/');
    expect(fetches).toBe(1);
    expect([ahead.origin, ahead.audience]).toEqual([receiver.origin, receiver.origin]);
  });

  test('calls a machine that is not this one as Node does', async () => {
    // An address of no machine, which leads here all the same.
    const url = receiver.origin.replace('127.0.0.1', '0.0.0.0');
    expect((await client({ url, plainHttpHosts: ['0.0.0.0'] }).fetch('/')).status).toBe(200);
  });

  test('gives its headers and its token to who calls by other means, from the cache', async () => {
    let fetches = 0;
    const fetchIdToken = (aud: string): Promise<string> => mint(key, { aud, jti: String(fetches++) });
    const own = (header: 'authorization' | 'x-serverless-authorization' | 'both'): ServiceClient =>
      client({ source: { identity: 'other means', fetchIdToken }, header });
    const bearer = `Bearer ${await own('both').token()}`;
    const person = { authorization: 'Bearer person', 'x-one': '1' };
    expect(await own('authorization').headers()).toEqual({ authorization: bearer });
    expect(await own('x-serverless-authorization').headers()).toEqual({ 'x-serverless-authorization': bearer });
    expect(await own('both').headers()).toEqual({ authorization: bearer, 'x-serverless-authorization': bearer });
    expect(await own('both').headers(person)).toEqual({ ...person, 'x-serverless-authorization': bearer });
    await own('both').fetch('/');
    expect(bearerSent()).toBe(bearer);
    expect(fetches).toBe(1);
    const received = {
      authorization: `Bearer ${await mint(key, { aud: 'us', email: 'them@p.iam.gserviceaccount.com' })}`,
    };
    await expect(own('both').headers(received)).rejects.toMatchObject({ code: 'RUN_AUTH_CREDENTIAL_RELAYED' });
  });

  test('gives another token once one was refused, and not again and again', async () => {
    let fetches = 0;
    const fetchIdToken = (aud: string): Promise<string> => mint(key, { aud, jti: String(fetches++) });
    const own = client({ source: { identity: 'refused', fetchIdToken } });
    const first = await own.token();
    for (let call = 0; call < 3; call += 1) own.refused(first);
    const second = await own.token();
    expect(second).not.toBe(first);
    own.refused(first);
    expect(await own.token()).toBe(second);
    for (let call = 0; call < 10; call += 1) own.refused(await own.token());
    expect(fetches).toBeLessThanOrEqual(4);
  });

  test('without a token gives no headers', async () => {
    const failing: TokenSource = { identity: 'none', fetchIdToken: () => Promise.reject(new Error('down')) };
    for (const call of [client({ source: failing }).headers(), client({ source: failing }).token()])
      await expect(call).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED' });
  });

  test.each<[string, Record<string, unknown>]>([
    ['RUN_AUTH_OPTION_INVALID', { url: undefined }],
    ['RUN_AUTH_URL_INVALID', { url: '' }],
    ['RUN_AUTH_URL_INSECURE', { url: 'http://search.example' }],
    ['RUN_AUTH_AUDIENCE_INVALID', { audience: '' }],
    ['RUN_AUTH_OPTION_INVALID', { header: 'cookie' }],
    ['RUN_AUTH_OPTION_INVALID', { tokenTimeout: 0 }],
    ['RUN_AUTH_OPTION_INVALID', { tokenTimeout: 1.5 }],
    ['RUN_AUTH_OPTION_INVALID', { frontEndErrors: 'ignore' }],
    ['RUN_AUTH_OPTION_INVALID', { impersonate: 'x@p.iam.gserviceaccount.com' }],
    ['RUN_AUTH_OPTION_INVALID', { adience: 'x' }],
  ])('with a wrong option is refused at once: %s %j', (code, wrong) => {
    expect(() => client(wrong)).toThrow(expect.objectContaining({ code }));
  });

  test('takes all right options', () => {
    client({ header: 'x-serverless-authorization', tokenTimeout: 1, frontEndErrors: 'respond' });
    createServiceClient({
      url: 'http://search:8080',
      plainHttpHosts: ['search'],
      impersonate: 'x@p.iam.gserviceaccount.com',
    });
  });
});
