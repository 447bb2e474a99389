import { connect } from 'node:http2';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallerAuthOptions, callerAuth } from '../fastify.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';

const AUDIENCE = 'https://search.example';

let google: LocalGoogle;
let good: { authorization: string };
beforeAll(async () => {
  google = await startGoogle();
  good = { authorization: `Bearer ${await mint(google.key, { aud: AUDIENCE })}` };
});
afterAll(() => google[Symbol.asyncDispose]());

const options = (): CallerAuthOptions => ({
  mode: 'signature',
  audience: AUDIENCE,
  allowedCallers: [ALICE],
  jwksUri: google.jwksUri,
});
const OPEN = { config: { callers: 'unauthenticated' } } as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/** Routes in every place where Fastify takes them. */
function appWithRoutes(): FastifyInstance {
  const app = fastify();
  const handled = (): string => 'handled';
  app.register(
    async (sibling) => {
      sibling.get('/sibling-before', handled);
      sibling.register(async (deeper) => void deeper.get('/deeper-before', handled), { prefix: '/in' });
      sibling.setNotFoundHandler((_request, reply) => reply.code(404).send('own 404'));
    },
    { prefix: '/before' },
  );
  app.get('/same-before', handled);
  app.register(callerAuth, options());
  app.register(async (sibling) => {
    sibling.all('/any', handled);
    sibling.get('/files/*', handled);
    sibling.get('/of/:name', handled);
    sibling.get('/open', OPEN, handled);
    sibling.get('/open/*', OPEN, handled);
    sibling.get('/versioned', { constraints: { version: '1.0.0' } }, handled);
    sibling.get('/versioned', { ...OPEN, constraints: { version: '2.0.0' } }, handled);
    sibling.register(async (deeper) => void deeper.get('/deeper', handled));
  });
  return app;
}

describe('without a token', () => {
  test.each([
    '/before/sibling-before',
    '/before/in/deeper-before',
    '/before/nowhere',
    '/same-before',
    '/deeper',
    '/files/',
    '/files/open',
    '/of/open',
    '/of/..%2fopen',
    '/OPEN',
    '/open%2F',
    '//open',
    '/nowhere',
    '*',
  ])('%s answers 401', async (url) => {
    await using app = appWithRoutes();
    const reply = await app.inject({ url, headers: {} });
    expect([reply.statusCode, reply.body.includes('handled')]).toEqual([401, false]);
  });

  test.each(METHODS)('%s answers 401, on routes and beside them', async (method) => {
    await using app = appWithRoutes();
    for (const url of ['/any', '/same-before', '/nowhere'])
      expect((await app.inject({ method, url })).statusCode, url).toBe(401);
  });

  test('only what opens itself is open: its HEAD too, another of its versions not', async () => {
    await using app = appWithRoutes();
    const status = async (url: string, version?: string, method: 'GET' | 'HEAD' = 'GET'): Promise<number> => {
      const headers = version === undefined ? {} : { 'accept-version': version };
      return (await app.inject({ method, url, headers })).statusCode;
    };
    expect(await status('/open')).toBe(200);
    expect(await status('/open', undefined, 'HEAD')).toBe(200);
    expect(await status('/versioned', '1.0.0')).toBe(401);
    expect(await status('/versioned', '2.0.0')).toBe(200);
  });

  test('a path that cannot be decoded reaches no handler', async () => {
    await using app = appWithRoutes();
    const reply = await app.inject('/%zz');
    expect([reply.statusCode, reply.body.includes('handled')]).toEqual([400, false]);
  });
});

describe('the guard', () => {
  test('lets a good token in wherever the route was declared, and a 404 say what it says', async () => {
    await using app = appWithRoutes();
    for (const url of [
      '/before/sibling-before',
      '/before/in/deeper-before',
      '/same-before',
      '/deeper',
      '/files/a',
      '/any',
    ])
      expect((await app.inject({ url, headers: good })).body, url).toBe('handled');
    expect((await app.inject({ url: '/before/nowhere', headers: good })).body).toBe('own 404');
  });

  test('comes after the hooks that were added before it, which see no caller, and before all others', async () => {
    const order: string[] = [];
    await using app = fastify();
    app.addHook('onRequest', async (request) => void order.push(`before: ${request.caller}`));
    app.register(callerAuth, options());
    app.register(async (routes) => {
      routes.addHook('onRequest', async (request) => void order.push(`after: ${request.caller?.email}`));
      routes.addHook('preParsing', async () => void order.push('body'));
      routes.post('/', () => order.push('handler'));
    });
    expect((await app.inject({ method: 'POST', url: '/', payload: {} })).statusCode).toBe(401);
    expect(order).toEqual(['before: null']);
    await app.inject({ method: 'POST', url: '/', payload: {}, headers: good });
    expect(order).toEqual(['before: null', 'before: null', `after: ${ALICE}`, 'body', 'handler']);
  });

  test('does not forget a refusal when an error handler answers 200', async () => {
    let handled = 0;
    await using app = fastify();
    app.setErrorHandler((_error, _request, reply) => reply.code(200).send('mistaken'));
    app.register(callerAuth, { ...options(), refusals: 'throw' });
    app.register(async (routes) => void routes.get('/', () => (handled += 1)));
    expect((await app.inject('/')).body).toBe('mistaken');
    expect(handled).toBe(0);
  });

  test.each([
    ['a list', ['Bearer a', 'Bearer b']],
    ['a number', 7],
  ])('refuses what inject makes of %s', async (_what, value) => {
    await using app = appWithRoutes();
    const reply = await app.inject({ url: '/any', headers: { authorization: value as unknown as string } });
    expect(reply.statusCode).toBe(401);
  });

  test('reads HTTP/2, whose names are lower case and beside pseudo-headers', async () => {
    await using app = fastify({ http2: true });
    app.register(callerAuth, options());
    app.register(async (routes) => void routes.get('/', () => 'handled'));
    const session = connect(await app.listen({ port: 0, host: '127.0.0.1' }));
    const status = (headers: object): Promise<unknown> =>
      new Promise((resolve, reject) => {
        session.on('error', reject);
        const stream = session.request({ ':path': '/', ...headers });
        stream.on('response', (answer) => resolve(answer[':status']));
        stream.on('error', reject).resume().end();
      });
    expect(await status(good)).toBe(200);
    for (const headers of [
      {},
      { authorization: '' },
      { authorization: 'Bearer x' },
      { 'x-serverless-authorization': good.authorization },
    ])
      expect(await status(headers)).toBe(401);
    await new Promise<void>((resolve) => session.close(resolve));
  });
});
