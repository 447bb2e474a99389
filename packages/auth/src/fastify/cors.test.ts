import cors, { type FastifyCorsOptions, type FastifyPluginOptionsDelegate } from '@fastify/cors';
import { type FastifyInstance, fastify, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallerAuthOptions, callerAuth } from '../fastify.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';

const AUDIENCE = 'https://api.example';
const PAGE = 'https://app.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';

let google: LocalGoogle;
let good: { authorization: string };
beforeAll(async () => {
  google = await startGoogle();
  good = { authorization: `Bearer ${await mint(google.key, { aud: AUDIENCE })}` };
});
afterAll(() => google[Symbol.asyncDispose]());

const options = (more: Partial<CallerAuthOptions> = {}): CallerAuthOptions =>
  ({
    mode: 'signature',
    public: true,
    audience: AUDIENCE,
    allowedCallers: [ALICE, BOB],
    jwksUri: google.jwksUri,
    ...more,
  }) as CallerAuthOptions;

const preflight = (url: string, headers: Record<string, string> = {}): InjectOptions => ({
  method: 'OPTIONS',
  url,
  headers: { origin: PAGE, 'access-control-request-method': 'GET', ...headers },
});
const allowed = (headers: unknown): unknown => (headers as Record<string, unknown>)['access-control-allow-origin'];

type CorsOptions = FastifyCorsOptions | FastifyPluginOptionsDelegate<FastifyCorsOptions>;
const ORDERS = ['callerAuth first', 'cors first'] as const;
type Order = (typeof ORDERS)[number];

/** An application of which every handler and every later hook is counted. */
function appWith(
  order: Order,
  corsOptions: CorsOptions | undefined = { origin: PAGE },
  auth: Partial<CallerAuthOptions> = {},
): { app: FastifyInstance; ran: string[] } {
  const ran: string[] = [];
  const app = fastify();
  const guard = () => void app.register(callerAuth, options(auth));
  const plugin = () => void app.register(cors, corsOptions as FastifyCorsOptions);
  for (const step of order === 'cors first' ? [plugin, guard] : [guard, plugin]) step();
  app.register(async (routes) => {
    routes.addHook('onRequest', async (request) => void ran.push(`hook ${request.caller?.email}`));
    const handled = (what: string) => () => {
      ran.push(what);
      return { what };
    };
    routes.get('/people', handled('people'));
    routes.get('/alice', { config: { callers: [ALICE] } }, handled('alice'));
    routes.get('/open', { config: { callers: 'unauthenticated' } }, handled('open'));
    routes.all('/any', handled('any'));
    routes.options('/own', handled('own'));
  });
  return { app, ran };
}

describe.each(ORDERS)('a CORS preflight, %s', (order) => {
  test.each(['/people', '/open', '/alice', '/any', '/own', '/nowhere'])(
    'of %s is answered by the CORS plugin alone',
    async (url) => {
      const { app, ran } = appWith(order);
      await using _closing = app;
      const reply = await app.inject(preflight(url, { 'access-control-request-headers': 'authorization' }));
      expect([reply.statusCode, allowed(reply.headers), reply.body]).toEqual([204, PAGE, '']);
      expect(reply.headers['access-control-allow-headers']).toBe('authorization');
      expect(ran).toEqual([]);
    },
  );

  test('carries a wrong token, and is answered none the less: browsers send none', async () => {
    const { app, ran } = appWith(order);
    await using _closing = app;
    expect((await app.inject(preflight('/any', { authorization: 'Bearer x' }))).statusCode).toBe(204);
    expect(ran).toEqual([]);
  });

  test.each([
    ['for no origin', { origin: false }],
    ['to the handler', { origin: PAGE, preflightContinue: true }],
    ['for none, since it adds headers alone', { origin: PAGE, preflight: false }],
  ] as [string, FastifyCorsOptions][])('that the plugin leaves %s needs a token', async (_what, corsOptions) => {
    const { app, ran } = appWith(order, corsOptions);
    await using _closing = app;
    for (const url of ['/people', '/any', '/own']) {
      const reply = await app.inject(preflight(url));
      expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect(ran).toEqual([]);
    expect((await app.inject(preflight('/own', good))).json()).toEqual({ what: 'own' });
  });

  test('is what has both headers: any other OPTIONS runs nothing without a token', async () => {
    const { app, ran } = appWith(order, { origin: PAGE, strictPreflight: true });
    await using _closing = app;
    const almost: Record<string, string>[] = [
      {},
      { origin: PAGE },
      { 'access-control-request-method': 'GET' },
      { origin: '', 'access-control-request-method': 'GET' },
      { origin: PAGE, 'access-control-request-method': '' },
    ];
    for (const headers of almost)
      for (const url of ['/people', '/any', '/own', '/nowhere']) {
        const reply = await app.inject({ method: 'OPTIONS', url, headers });
        // Where it comes first, the CORS plugin answers 400.
        expect(reply.statusCode).toBe(order === 'cors first' ? 400 : 401);
      }
    for (const method of ['GET', 'POST', 'HEAD'] as const)
      expect((await app.inject({ ...preflight('/any'), method })).statusCode).toBe(401);
    expect(ran).toEqual([]);
  });

  test('is followed by the call, with its headers; a refusal can be read by the page', async () => {
    const { app } = appWith(order);
    await using _closing = app;
    const bob = { authorization: `Bearer ${await mint(google.key, { aud: AUDIENCE, email: BOB })}` };
    const call = async (url: string, headers: object): Promise<unknown[]> => {
      const reply = await app.inject({ url, headers: { origin: PAGE, ...headers } });
      return [reply.statusCode, allowed(reply.headers), reply.headers['www-authenticate']];
    };
    expect(await call('/people', good)).toEqual([200, PAGE, undefined]);
    expect(await call('/open', {})).toEqual([200, PAGE, undefined]);
    expect(await call('/people', {})).toEqual([401, PAGE, 'Bearer']);
    expect(await call('/nowhere', {})).toEqual([401, PAGE, 'Bearer']);
    expect(await call('/people', { authorization: 'Bearer x' })).toEqual([401, PAGE, 'Bearer error="invalid_token"']);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await call('/alice', bob)).toEqual([403, PAGE, 'Bearer error="insufficient_scope"']);
  });

  test('follows the origins that the plugin decides on, one by one', async () => {
    for (const origin of [
      [PAGE],
      /app\.example$/,
      (asked: string | undefined, tell: (error: Error | null, allow: boolean) => void) => tell(null, asked === PAGE),
      async (asked: string | undefined) => asked === PAGE,
    ]) {
      const { app } = appWith(order, { origin } as FastifyCorsOptions);
      await using _closing = app;
      for (const [asked, told] of [
        [PAGE, PAGE],
        ['https://evil.example', undefined],
      ] as const) {
        expect(allowed((await app.inject(preflight('/people', { origin: asked }))).headers)).toBe(told);
        const refused = await app.inject({ url: '/people', headers: { origin: asked } });
        expect([refused.statusCode, allowed(refused.headers)]).toEqual([401, told]);
      }
    }
  });

  test('with options of each request, by a callback or a promise', async () => {
    for (const delegate of [
      () => (_request: unknown, tell: (error: null, options: FastifyCorsOptions) => void) =>
        tell(null, { origin: PAGE }),
      () => async () => ({ origin: PAGE }),
    ]) {
      const { app } = appWith(order, delegate as never);
      await using _closing = app;
      const reply = await app.inject(preflight('/people'));
      expect([reply.statusCode, allowed(reply.headers)]).toEqual([204, PAGE]);
    }
  });

  test('goes the way of its error where the plugin fails, and runs nothing', async () => {
    const origin = (_asked: unknown, tell: (error: Error) => void) => tell(new Error('no origins today'));
    const { app, ran } = appWith(order, { origin } as FastifyCorsOptions);
    await using _closing = app;
    expect((await app.inject(preflight('/any'))).statusCode).toBe(500);
    expect((await app.inject({ url: '/any', headers: { origin: PAGE } })).statusCode).toBe(500);
    expect(ran).toEqual([]);
  });

  test("leaves a refusal to the application's error handler where it asks for that", async () => {
    const { app } = appWith(order, { origin: PAGE }, { refusals: 'throw' });
    await using _closing = app;
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send('own'));
    const reply = await app.inject({ url: '/people', headers: { origin: PAGE } });
    expect([reply.statusCode, allowed(reply.headers), reply.body]).toEqual([418, PAGE, 'own']);
  });
});

describe('the CORS plugin after callerAuth', () => {
  test.each(['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization'] as const)(
    'answers preflights whichever its hook is: %s',
    async (hook) => {
      const { app, ran } = appWith('callerAuth first', { origin: PAGE, hook });
      await using _closing = app;
      const reply = await app.inject(preflight('/any'));
      expect([reply.statusCode, allowed(reply.headers)]).toEqual([204, PAGE]);
      const refused = await app.inject({ url: '/any', headers: { origin: PAGE } });
      expect([refused.statusCode, allowed(refused.headers)]).toEqual([401, PAGE]);
      expect(ran).toEqual([]);
    },
  );

  test('speaks for the part of the application that it was registered in, and for no other', async () => {
    const handled: string[] = [];
    await using app = fastify();
    app.register(callerAuth, options());
    app.register(async (routes) => {
      await routes.register(cors, { origin: PAGE });
      routes.all('/in', () => handled.push('in'));
      routes.register(async (deeper) => void deeper.all('/deeper', () => handled.push('deeper')));
    });
    app.register(async (routes) => void routes.all('/beside', () => handled.push('beside')));
    for (const url of ['/in', '/deeper']) expect(allowed((await app.inject(preflight(url))).headers)).toBe(PAGE);
    const beside = await app.inject(preflight('/beside'));
    expect([beside.statusCode, allowed(beside.headers)]).toEqual([401, undefined]);
    expect(handled).toEqual([]);
  });

  test('also speaks for parts that were there before it', async () => {
    await using app = fastify();
    app.register(callerAuth, options());
    app.register(async (routes) => void routes.all('/before', () => 'handled'));
    app.register(cors, { origin: PAGE });
    const reply = await app.inject(preflight('/before'));
    expect([reply.statusCode, allowed(reply.headers), reply.body]).toEqual([204, PAGE, '']);
  });

  test('is told from hooks that are called alike: those need a token', async () => {
    const ran: unknown[] = [];
    await using app = fastify();
    app.register(callerAuth, options());
    app.register(async (routes) => {
      routes.addHook('onRequest', function handleCors(request, _reply, next) {
        ran.push(request.caller?.email);
        next();
      });
      routes.all('/', () => 'handled');
    });
    expect((await app.inject(preflight('/'))).statusCode).toBe(401);
    expect((await app.inject('/')).statusCode).toBe(401);
    expect(ran).toEqual([]);
    expect((await app.inject({ url: '/', headers: good })).body).toBe('handled');
    expect(ran).toEqual([ALICE]);
  });

  test('need not be there: then a preflight needs a token', async () => {
    await using app = fastify();
    app.register(callerAuth, options());
    app.register(async (routes) => void routes.all('/', () => 'handled'));
    for (const url of ['/', '/nowhere']) expect((await app.inject(preflight(url))).statusCode).toBe(401);
  });

  test('leaves wrong hooks to Fastify', async () => {
    await using app = fastify();
    await app.register(callerAuth, options());
    expect(() => app.addHook('onRequest', undefined as never)).toThrow(
      expect.objectContaining({ code: 'FST_ERR_HOOK_INVALID_HANDLER' }),
    );
  });
});
