import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import koaCors from '@koa/cors';
import expressCors, { type CorsOptions } from 'cors';
import express from 'express';
import { Hono, type MiddlewareHandler } from 'hono';
import { cors as honoCors } from 'hono/cors';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerAuth as expressAuth } from '../express.ts';
import { callerAuth as honoAuth } from '../hono.ts';
import { callerAuth as koaAuth } from '../koa.ts';
import { type Answer, ask, type SentHeader } from '../testing/ask.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';
import type { GuardOptions } from './gatekeeper.ts';

const AUDIENCE = 'https://api.example';
const PAGE = 'https://app.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';

let google: LocalGoogle;
const tokens: Record<string, SentHeader> = {};
beforeAll(async () => {
  google = await startGoogle();
  for (const email of [ALICE, BOB])
    tokens[email] = ['authorization', `Bearer ${await mint(google.key, { aud: AUDIENCE, email })}`];
});
afterAll(() => google[Symbol.asyncDispose]());

const options = (): GuardOptions => ({
  mode: 'signature',
  public: true,
  audience: AUDIENCE,
  allowedCallers: [ALICE, BOB],
  jwksUri: google.jwksUri,
  onRefusal: () => {},
});

const PREFLIGHT: SentHeader[] = [
  ['origin', PAGE],
  ['access-control-request-method', 'GET'],
  ['access-control-request-headers', 'authorization'],
];

type Order = 'guard first' | 'cors first' | 'no cors';
/** An application that handles every method of every path, of /alice for ALICE alone, and counts what it handled. */
type Build = (order: Order, ran: string[]) => RequestListener;

/** The steps in the order that is asked for. */
function inOrder(order: Order, guard: () => void, cors: () => void): void {
  if (order === 'cors first') cors();
  guard();
  if (order === 'guard first') cors();
}

const BUILDS: Readonly<Record<string, Build>> = {
  Express(order, ran) {
    const app = express();
    const auth = expressAuth(options());
    inOrder(
      order,
      () => app.use(auth),
      () => app.use(expressCors({ origin: PAGE })),
    );
    const handled: express.RequestHandler = (_request, response) => void response.send(String(ran.push('handled')));
    app.all('/alice', auth.only([ALICE]), handled);
    app.use(handled);
    return app;
  },
  Koa(order, ran) {
    const app = new Koa();
    const auth = koaAuth(options());
    inOrder(
      order,
      () => app.use(auth),
      () => app.use(koaCors({ origin: PAGE })),
    );
    app.use((ctx, next) => (ctx.path === '/alice' ? auth.only([ALICE])(ctx as never, next) : next()));
    app.use((ctx) => {
      ctx.body = String(ran.push('handled'));
    });
    return app.callback() as RequestListener;
  },
  Hono(order, ran) {
    const app = new Hono();
    const auth = honoAuth(options()) as MiddlewareHandler & ReturnType<typeof honoAuth>;
    inOrder(
      order,
      () => app.use(auth),
      () => app.use(honoCors({ origin: PAGE })),
    );
    app.use('/alice', auth.only([ALICE]) as MiddlewareHandler);
    app.all('*', (c) => c.text(String(ran.push('handled'))));
    return getRequestListener(app.fetch) as RequestListener;
  },
};

interface Running extends AsyncDisposable {
  readonly origin: string;
}

async function run(listener: RequestListener): Promise<Running> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

const allowed = ({ headers }: Answer): unknown => headers['access-control-allow-origin'];
const CASES = Object.entries(BUILDS).flatMap(([name, build]) =>
  (['guard first', 'cors first'] as const).map((order) => ({ name, order, build })),
);

describe.each(CASES)('$name, $order', ({ order, build }) => {
  const ran: string[] = [];
  let server: Running;
  beforeAll(async () => {
    server = await run(build(order, ran));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const send = (method: string, headers: SentHeader[], path = '/people'): Promise<Answer> =>
    ask({ origin: server.origin, path, method, headers });

  test('a preflight is answered by the CORS middleware alone', async () => {
    for (const path of ['/people', '/alice', '/nowhere/at/all']) {
      const answer = await send('OPTIONS', PREFLIGHT, path);
      expect([answer.status, allowed(answer), answer.body]).toEqual([204, PAGE, '']);
      expect(answer.headers['access-control-allow-headers']).toBe('authorization');
    }
    expect(ran).toEqual([]);
  });

  test('the call has its headers, and so has a refusal', async () => {
    const call = async (headers: SentHeader[], path?: string): Promise<unknown[]> => {
      const answer = await send('GET', [['origin', PAGE], ...headers], path);
      return [answer.status, allowed(answer), answer.headers['www-authenticate']];
    };
    expect(await call([tokens[ALICE] as SentHeader])).toEqual([200, PAGE, undefined]);
    expect(ran.splice(0)).toEqual(['handled']);
    expect(await call([])).toEqual([401, PAGE, 'Bearer']);
    expect(await call([['authorization', 'Bearer x']])).toEqual([401, PAGE, 'Bearer error="invalid_token"']);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await call([tokens[BOB] as SentHeader], '/alice')).toEqual([
        403,
        PAGE,
        'Bearer error="insufficient_scope"',
      ]);
    expect(ran).toEqual([]);
  });

  test('an OPTIONS that is no preflight runs nothing without a token', async () => {
    const almost: SentHeader[][] = [
      [],
      PREFLIGHT.slice(0, 1),
      PREFLIGHT.slice(1),
      [['origin', ''], ...PREFLIGHT.slice(1)],
    ];
    for (const headers of almost) {
      const { status } = await send('OPTIONS', headers);
      // Where they come first, some of these middlewares answer any OPTIONS themselves.
      expect(order === 'guard first' ? [401] : [401, 204]).toContain(status);
    }
    for (const method of ['GET', 'POST', 'PUT']) expect((await send(method, PREFLIGHT)).status).toBe(401);
    expect(ran).toEqual([]);
  });
});

describe.each(Object.entries(BUILDS))('%s without CORS middleware', (_name, build) => {
  test('a preflight needs a token as every request does', async () => {
    const ran: string[] = [];
    await using server = await run(build('no cors', ran));
    const refused = await ask({ ...server, path: '/people', method: 'OPTIONS', headers: PREFLIGHT });
    expect([refused.status, allowed(refused)]).toEqual([401, undefined]);
    expect(ran).toEqual([]);
    const headers = [...PREFLIGHT, tokens[ALICE] as SentHeader];
    expect((await ask({ ...server, path: '/people', method: 'OPTIONS', headers })).status).toBe(200);
  });
});

describe('Express', () => {
  const handled: express.RequestHandler = (_request, response) => void response.send('handled');
  const preflight = async (app: express.Express, path: string): Promise<unknown[]> => {
    await using server = await run(app);
    const answer = await ask({ ...server, path, method: 'OPTIONS', headers: PREFLIGHT });
    return [answer.status, allowed(answer), answer.body.includes('handled')];
  };
  const cors = (more: CorsOptions = {}): express.RequestHandler => expressCors({ origin: PAGE, ...more });
  const answered = [204, PAGE, false];
  const refused = [401, undefined, false];

  test('finds the middleware in the router where the guard stands', async () => {
    const app = express();
    const outer = express.Router();
    const inner = express.Router();
    app.use('/other', express.Router().use(cors()));
    app.use('/api', outer);
    outer.use('/v1', inner);
    inner.use(expressAuth(options()), cors(), handled);
    expect(await preflight(app, '/api/v1/people')).toEqual(answered);
    expect(await preflight(app, '/api/v1')).toEqual(answered);
  });

  test('and takes none that stands in another, or is for another path', async () => {
    const app = express();
    const inner = express.Router().use(expressAuth(options()), handled);
    app.use('/api', inner);
    app.use(cors());
    expect(await preflight(app, '/api/people')).toEqual(refused);

    const beside = express();
    beside.use(expressAuth(options()));
    beside.use('/public', cors());
    beside.use(handled);
    expect(await preflight(beside, '/private')).toEqual(refused);
    expect(await preflight(beside, '/public/people')).toEqual(answered);
  });

  test('finds it in an application that is mounted in another', async () => {
    const app = express();
    const mounted = express().use(expressAuth(options()), cors(), handled);
    app.use('/api', mounted);
    expect(await preflight(app, '/api/people')).toEqual(answered);
  });

  test('a guard that stands in a route alone needs a token for everything', async () => {
    const app = express().use(express.Router());
    app.all('/people', expressAuth(options()), cors(), handled);
    expect(await preflight(app, '/people')).toEqual(refused);
  });

  test('what the middleware hands on needs a token; what it fails with is an error', async () => {
    const handsOn = express().use(expressAuth(options()), cors({ preflightContinue: true }), handled);
    expect((await preflight(handsOn, '/'))[0]).toBe(401);
    const fails = express().use(
      expressAuth(options()),
      cors({ origin: (_origin, tell) => tell(new Error('none today')) }),
      handled,
    );
    fails.use(((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler);
    expect((await preflight(fails, '/'))[0]).toBe(500);
  });
});

test('Koa: a guard that is not used by the application itself finds no CORS middleware', async () => {
  const auth = koaAuth(options());
  const app = new Koa().use((ctx, next) => auth(ctx as never, next)).use(koaCors());
  await using server = await run(app.callback() as RequestListener);
  expect((await ask({ ...server, path: '/', method: 'OPTIONS', headers: PREFLIGHT })).status).toBe(401);
});

test('Hono: nor one that another middleware calls', async () => {
  const auth = honoAuth(options());
  const app = new Hono().use((c, next) => auth(c as never, next)).use(honoCors());
  await using server = await run(getRequestListener(app.fetch) as RequestListener);
  expect((await ask({ ...server, path: '/', method: 'OPTIONS', headers: PREFLIGHT })).status).toBe(401);
});
