import 'reflect-metadata';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  Logger,
  Module,
  Options,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../caller.ts';
import { CallerGuard, Callers, CurrentCaller } from '../nest.ts';
import { type Answer, ask, type SentHeader } from '../testing/ask.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';

const AUDIENCE = 'https://search.example';
const PAGE = 'https://app.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';

let google: LocalGoogle;
beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google[Symbol.asyncDispose]());

const guard = (onRefusal?: () => void): CallerGuard =>
  new CallerGuard({
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE, BOB],
    jwksUri: google.jwksUri,
    ...(onRefusal && { onRefusal }),
  });

/** What `@Get('open') @Callers(...)` does, for a toolchain that has no decorators. */
function decorate(target: object, method: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
  for (const one of decorators) one(target, method, descriptor);
}

let ran: string[] = [];
/** A controller for ALICE alone, with one method that says otherwise, and one for every OPTIONS. */
function moduleWith(callerGuard: CallerGuard): new () => object {
  class People {
    all(caller: Caller): string {
      ran.push('all');
      return caller.email;
    }
    bob(): string {
      ran.push('bob');
      return 'bob';
    }
    options(): void {
      ran.push('options');
    }
  }
  decorate(People.prototype, 'all', Get('people'));
  CurrentCaller()(People.prototype, 'all', 0);
  decorate(People.prototype, 'bob', Get('bob'), Callers([BOB]));
  decorate(People.prototype, 'options', Options('people'));
  Controller()(People);
  Callers([ALICE])(People);
  class App {}
  Module({ controllers: [People], providers: [{ provide: APP_GUARD, useValue: callerGuard }] })(App);
  return App;
}

interface Running extends AsyncDisposable {
  readonly origin: string;
}
const PLATFORMS = ['Express', 'Fastify'] as const;

async function start(platform: string, prepare: (app: INestApplication) => void = () => {}): Promise<Running> {
  ran = [];
  const module = moduleWith(guard(() => {}));
  const app: INestApplication =
    platform === 'Express'
      ? await NestFactory.create(module, { logger: false })
      : await NestFactory.create(module, new FastifyAdapter(), { logger: false });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  return { origin: await app.getUrl(), [Symbol.asyncDispose]: () => app.close() };
}

const bearer = async (email: string): Promise<SentHeader[]> => [
  ['authorization', `Bearer ${await mint(google.key, { aud: AUDIENCE, email })}`],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  test('what a method says counts before what its controller says', async () => {
    await using server = await start(platform);
    const status = async (path: string, email: string): Promise<number> =>
      (await ask({ ...server, path, headers: await bearer(email) })).status;
    expect(await status('/people', ALICE)).toBe(200);
    expect(await status('/people', BOB)).toBe(403);
    expect(await status('/bob', BOB)).toBe(200);
    expect(await status('/bob', ALICE)).toBe(403);
    expect(ran).toEqual(['all', 'bob']);
  });

  test('a filter of the application gets the reason as cause', async () => {
    const causes: unknown[] = [];
    class Filter implements ExceptionFilter {
      catch(exception: HttpException, host: ArgumentsHost): void {
        causes.push((exception.cause as { code: string }).code, exception.getStatus());
        const response = host.switchToHttp().getResponse();
        response.status(418).send('{}');
      }
    }
    Catch(HttpException)(Filter);
    await using server = await start(platform, (app) => app.useGlobalFilters(new Filter()));
    const answer = await ask({ ...server, path: '/people' });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([418, 'Bearer']);
    expect(causes).toEqual(['RUN_AUTH_NO_TOKEN', 401]);
    expect(ran).toEqual([]);
  });

  test('a preflight is answered by enableCors(); without it, it needs a token, as every OPTIONS', async () => {
    const headers: SentHeader[] = [
      ['origin', PAGE],
      ['access-control-request-method', 'GET'],
    ];
    const preflight = async (server: Running): Promise<unknown[]> => {
      const answer: Answer = await ask({ ...server, path: '/people', method: 'OPTIONS', headers });
      return [answer.status, answer.headers['access-control-allow-origin']];
    };
    await using open = await start(platform, (app) => app.enableCors({ origin: PAGE }));
    expect(await preflight(open)).toEqual([204, PAGE]);
    const refused = await ask({ ...open, path: '/people', headers: [['origin', PAGE]] });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, PAGE]);
    await using closed = await start(platform);
    expect(await preflight(closed)).toEqual([401, undefined]);
    expect(ran).toEqual([]);
  });
});

test('what is no HTTP request is refused', async () => {
  for (const type of ['ws', 'rpc', 'graphql'])
    expect(await guard().canActivate({ getType: () => type } as ExecutionContext)).toBe(false);
});

test('callers that are none are refused where they are declared', () => {
  for (const wrong of [[], 'everybody', [`serviceAccount:${ALICE}`], [7], null])
    expect(() => Callers(wrong as never)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }));
});

test("by default refusals are told by Nest's logger", async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const response = { header: vi.fn() };
  const context = {
    getType: () => 'http',
    getHandler: () => () => {},
    getClass: () => class {},
    switchToHttp: () => ({ getRequest: () => ({ rawHeaders: [] }), getResponse: () => response }),
  } as unknown as ExecutionContext;
  await expect(guard().canActivate(context)).rejects.toMatchObject({ status: 401 });
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ message: 'caller refused', code: 'RUN_AUTH_NO_TOKEN' }));
  vi.restoreAllMocks();
});

test('keys are fetched ahead by who asks for it', async () => {
  const before = google.count('/certs');
  await guard().prefetch();
  expect(google.count('/certs')).toBe(before + 1);
});
