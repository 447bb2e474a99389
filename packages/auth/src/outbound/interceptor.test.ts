import { Agent, type Dispatcher, interceptors, Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalServer, mint, signingKey, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES } from '../testing/google-pages.ts';
import { FrontEndHandler } from './front-end-handler.ts';
import { createServiceClient, type ServiceClientOptions } from './service-client.ts';
import { clearTokenCache } from './token-cache.ts';

const key = await signingKey('k');

let receiver: LocalServer;
let pool: Pool;
beforeEach(async () => {
  clearTokenCache();
  receiver = await startServer((_request, response) => response.end('ok'));
  pool = new Pool(receiver.origin);
});
afterEach(async () => {
  await pool.close();
  await receiver[Symbol.asyncDispose]();
});

function compose(options: Partial<ServiceClientOptions> = {}): Dispatcher {
  const source = { identity: 'test', fetchIdToken: (aud: string) => mint(key, { aud }) };
  return pool.compose(createServiceClient({ url: receiver.origin, source, ...options }).interceptor);
}
const sent = (): Record<string, unknown> => receiver.requests.at(-1)?.headers ?? {};
const GET = { path: '/x', method: 'GET' } as const;

describe('the interceptor', () => {
  test('attaches the token: waiting for the first, at once with the next', async () => {
    const dispatcher = compose();
    for (let call = 0; call < 2; call += 1) {
      const { statusCode, body } = await dispatcher.request(GET);
      expect([statusCode, await body.text()]).toEqual([200, 'ok']);
      expect(sent().authorization).toMatch(/^Bearer ey/);
    }
  });

  test.each([
    ['an object', { 'X-One': '1' }],
    ['a flat list', ['x-one', '1']],
    ['pairs', new Map([['x-one', '1']])],
    ['Headers', new Headers({ 'x-one': '1' })],
  ])('keeps headers given as %s', async (_what, headers) => {
    const { body } = await compose({ header: 'both' }).request({ ...GET, headers: headers as never });
    await body.dump();
    expect(sent()).toMatchObject({ 'x-one': '1', authorization: expect.stringMatching(/^Bearer ey/) });
    expect(sent()['x-serverless-authorization']).toBe(sent().authorization);
  });

  test('attaches it without any headers, and with none', async () => {
    for (const headers of [null, undefined]) {
      const { body } = await compose().request({ ...GET, headers } as never);
      await body.dump();
      expect(sent().authorization).toMatch(/^Bearer ey/);
    }
  });

  test('leaves Authorization to the application', async () => {
    for (const headers of [{ Authorization: 'Bearer person' }, ['Authorization', 'Bearer person']]) {
      const { body } = await compose().request({ ...GET, headers });
      await body.dump();
      expect(sent()).toMatchObject({
        authorization: 'Bearer person',
        'x-serverless-authorization': expect.stringMatching(/^Bearer ey/),
      });
    }
  });

  test("sends what the application set for IAP: Proxy-Authorization, and a token of this service's own", async () => {
    const own = `Bearer ${await mint(key, { aud: '1234-abc.apps.googleusercontent.com' })}`;
    const { body } = await compose().request({
      ...GET,
      headers: { authorization: own, 'proxy-authorization': own },
    });
    await body.dump();
    expect(sent()).toMatchObject({
      authorization: own,
      'proxy-authorization': own,
      'x-serverless-authorization': expect.stringMatching(/^Bearer ey/),
    });
  });

  test('refuses another origin, before any token is fetched', async () => {
    const dispatcher = compose({
      source: { identity: 'none', fetchIdToken: () => Promise.reject(new Error('asked')) },
    });
    for (const wrong of [
      { origin: 'http://127.0.0.1:1' },
      { origin: new URL('https://evil.example') },
      { path: 'http://127.0.0.1:1/x' },
      { path: 'x' },
    ])
      await expect(dispatcher.request({ ...GET, ...wrong })).rejects.toMatchObject({ code: 'RUN_AUTH_ORIGIN_REFUSED' });
    expect(receiver.requests).toHaveLength(0);
  });

  test('takes its own origin in any form', async () => {
    for (const right of [
      { origin: receiver.origin },
      { origin: new URL(receiver.origin) },
      { origin: `${receiver.origin}/` },
      { path: `${receiver.origin}/x` },
    ]) {
      const { statusCode, body } = await compose().request({ ...GET, ...right });
      await body.dump();
      expect(statusCode).toBe(200);
    }
  });

  test('hands on what keeps a token from being had', async () => {
    const dispatcher = compose({
      source: { identity: 'failing', fetchIdToken: () => Promise.reject(new Error('down')) },
    });
    await expect(dispatcher.request(GET)).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED' });
  });

  test('relays no credential it received', async () => {
    const received = await mint(key, { aud: 'us', email: 'them@p.iam.gserviceaccount.com' });
    for (const headers of [{ authorization: `Bearer ${received}` }, ['authorization', `Bearer ${received}`]])
      await expect(compose().request({ ...GET, headers })).rejects.toMatchObject({
        code: 'RUN_AUTH_CREDENTIAL_RELAYED',
      });
    expect(receiver.requests).toHaveLength(0);
  });

  test('tells errors to a handler that does not listen without falling over it', () => {
    const dispatcher = compose();
    expect(dispatcher.dispatch({ ...GET, path: 'http://127.0.0.1:1/' }, {})).toBe(true);
  });

  test('streams a body', async () => {
    const { body } = await compose().request({ path: '/x', method: 'POST', body: 'text' });
    await body.dump();
    expect(receiver.requests.at(-1)?.body).toBe('text');
  });

  test('takes no token to another origin, wherever a redirect interceptor stands', async () => {
    await using stranger = await startServer((_request, response) => response.end());
    receiver.answer = (request, response) =>
      request.url.pathname === '/x'
        ? response.writeHead(302, { location: `${stranger.origin}/` }).end()
        : response.writeHead(302, { location: '/y' }).end();
    const source = { identity: 'test', fetchIdToken: (aud: string) => mint(key, { aud }) };
    const { interceptor } = createServiceClient({ url: receiver.origin, source, header: 'both' });
    const agent = new Agent();
    const redirect = interceptors.redirect({ maxRedirections: 3 });
    const request = { ...GET, origin: receiver.origin };
    const before = await agent.compose(redirect, interceptor).request(request);
    await before.body.dump();
    expect(before.statusCode).toBe(302);
    await expect(agent.compose(interceptor, redirect).request(request)).rejects.toMatchObject({
      code: 'RUN_AUTH_ORIGIN_REFUSED',
    });
    expect(stranger.requests).toHaveLength(0);
    await agent.close();
  });
});

describe("the front end's page, through the interceptor", () => {
  const PAGE = GOOGLE_PAGES[403];
  const answerWith = (status: number, body: string, type = 'text/html'): void => {
    receiver.answer = (_request, response) => response.writeHead(status, { 'content-type': type }).end(body);
  };

  test('is an error', async () => {
    answerWith(403, PAGE);
    await expect(compose().request(GET)).rejects.toMatchObject({
      code: 'RUN_AUTH_FRONT_END_FORBIDDEN',
      receiver: receiver.origin,
      audience: receiver.origin,
      caller: 'alice-run@demo.iam.gserviceaccount.com',
    });
  });

  test('is a response for those who want one', async () => {
    answerWith(403, PAGE);
    const { statusCode, body } = await compose({ frontEndErrors: 'respond' }).request(GET);
    expect([statusCode, await body.text()]).toEqual([403, PAGE]);
  });

  test.each([
    [403, '<h1>Not yours</h1>', 'text/html'],
    [404, `${'x'.repeat(200_000)}${PAGE}`, 'text/html'],
    [403, PAGE, 'application/json'],
    [404, '', 'text/html'],
  ])("is told from the application's own %i %.20s", async (status, text, type) => {
    answerWith(status, text, type);
    const { statusCode, headers, body } = await compose().request(GET);
    expect([statusCode, headers['content-type'], await body.text()]).toEqual([status, type, text]);
  });

  test('does not keep connections from failing, or being upgraded', async () => {
    receiver.answer = (_request, response) => response.destroy();
    await expect(compose().request(GET)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await expect(compose().upgrade({ path: '/x', protocol: 'websocket' })).rejects.toBeDefined();
  });

  test('hands every event on to a handler, and none to one that listens to nothing', () => {
    const about = { receiver: 'https://a.example', audience: 'a', caller: 'c' };
    const seen: string[] = [];
    const listening = Object.fromEntries(
      EVENTS.map((name) => [name, (...values: unknown[]) => void seen.push(`${name} ${values.length}`)]),
    );
    const controller = {} as Dispatcher.DispatchController;
    for (const handler of [listening, {}]) {
      const wrapped = new FrontEndHandler(handler, about, true, () => false);
      wrapped.onRequestStart(controller, {});
      wrapped.onRequestUpgrade(controller, 101, {}, {} as never);
      wrapped.onBodySent(Buffer.alloc(1));
      wrapped.onRequestSent();
      wrapped.onResponseStarted();
      wrapped.onResponseStart(controller, 200, {}, 'OK');
      wrapped.onResponseData(controller, Buffer.alloc(1));
      wrapped.onResponseEnd(controller, {});
      wrapped.onResponseError(controller, new Error('x'));
      wrapped.onResponseStart(controller, 404, { 'content-type': 'text/html' }, 'Not Found');
      wrapped.onResponseData(controller, Buffer.from('mine'));
      wrapped.onResponseEnd(controller, {});
      wrapped.onResponseStart(controller, 403, { 'content-type': 'text/html' }, 'Forbidden');
      wrapped.onResponseData(controller, Buffer.from(PAGE));
      wrapped.onResponseEnd(controller, {});
    }
    expect(seen).toEqual([
      'onRequestStart 2',
      'onRequestUpgrade 4',
      'onBodySent 1',
      'onRequestSent 0',
      'onResponseStarted 0',
      'onResponseStart 4',
      'onResponseData 2',
      'onResponseEnd 2',
      'onResponseError 2',
      'onResponseStart 4',
      'onResponseData 2',
      'onResponseEnd 2',
      'onResponseError 2',
    ]);
  });
});

const EVENTS = [
  'onRequestStart',
  'onRequestUpgrade',
  'onBodySent',
  'onRequestSent',
  'onResponseStarted',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onResponseError',
];
