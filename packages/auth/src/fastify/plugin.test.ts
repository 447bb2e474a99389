import { createConnection } from 'node:net';
import { Writable } from 'node:stream';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  fastify,
} from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CallerAuthOptions, callerAuth } from '../fastify.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import type { CloudRunOptions, SignatureOptions } from '../inbound.ts';
import type { CallerError } from '../index.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';
import { type Refusals, refuse } from './reply.ts';

const AUDIENCE = 'https://search.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';

let google: LocalGoogle;
beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google[Symbol.asyncDispose]());

const bearer = async (email = ALICE): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await mint(google.key, { aud: AUDIENCE, email })}`,
});

function appWith(
  options: Partial<SignatureOptions> | Partial<CloudRunOptions> | { refusals: Refusals } = {},
  server: FastifyServerOptions = {},
): FastifyInstance {
  const app = fastify(server);
  app.get('/before', (request) => request.caller);
  app.register(callerAuth, {
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE, BOB],
    jwksUri: google.jwksUri,
    ...options,
  } as CallerAuthOptions);
  app.register(async (routes) => {
    routes.get('/', (request) => request.caller);
    routes.get('/health', { config: { callers: 'unauthenticated' } }, (request) => ({ caller: request.caller }));
    routes.get('/alice', { config: { callers: [ALICE] } }, () => 'hello');
    routes.post('/', (request) => request.body);
  });
  return app;
}

describe('the plugin', () => {
  test('puts the caller into the request, the first time and from memory', async () => {
    await using app = appWith();
    const headers = await bearer();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const reply = await app.inject({ url: '/', headers });
      expect(reply.json()).toMatchObject({ email: ALICE, verified: true });
    }
  });

  test('guards routes declared before it, and paths that do not exist', async () => {
    await using app = appWith();
    expect((await app.inject('/before')).statusCode).toBe(401);
    expect((await app.inject('/nowhere')).statusCode).toBe(401);
    expect((await app.inject({ url: '/nowhere', headers: await bearer() })).statusCode).toBe(404);
  });

  test('a route may narrow who calls it', async () => {
    await using app = appWith();
    const headers = await bearer(BOB);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect((await app.inject({ url: '/alice', headers })).statusCode).toBe(403);
    expect((await app.inject({ url: '/', headers })).statusCode).toBe(200);
    expect((await app.inject({ url: '/alice', headers: await bearer() })).body).toBe('hello');
  });

  test('a route may open itself; nobody is its caller, whatever is sent', async () => {
    await using app = appWith();
    const headers = await bearer();
    await app.inject({ url: '/', headers });
    for (const one of [{}, headers, { authorization: 'Bearer broken' }])
      expect((await app.inject({ url: '/health', headers: one })).json()).toEqual({ caller: null });
  });

  test.each([[[]], [''], ['everybody'], [[7]], [null], [[`serviceAccount:${ALICE}`]]])(
    'callers of a route that are %j: refused when it is declared',
    async (callers) => {
      await using app = fastify();
      app.register(callerAuth, { mode: 'signature', audience: null, allowedCallers: null, jwksUri: google.jwksUri });
      app.register(async (routes) => {
        routes.get('/', { config: { callers: callers as never } }, () => 'handled');
      });
      await expect(app.ready()).rejects.toMatchObject({ code: 'RUN_AUTH_OPTION_INVALID' });
    },
  );

  test('and when declared before it, the route answers nobody', async () => {
    await using app = fastify();
    app.get('/', { config: { callers: 'everybody' as never } }, () => 'handled');
    app.register(callerAuth, { mode: 'signature', audience: null, allowedCallers: null, jwksUri: google.jwksUri });
    expect((await app.inject({ url: '/', headers: await bearer() })).statusCode).toBe(500);
  });

  test('wrong options keep the application from starting', async () => {
    for (const wrong of [{ mode: undefined as never }, { refusals: 'ignore' as never }]) {
      await using app = appWith(wrong);
      await expect(app.ready()).rejects.toMatchObject({ code: 'RUN_AUTH_OPTION_INVALID' });
    }
  });

  test('refuses before the body is read', async () => {
    await using app = appWith();
    const reply = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    expect(reply.statusCode).toBe(401);
  });

  test('sees two headers where Node shows one', async () => {
    await using app = appWith();
    const { authorization } = await bearer();
    const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const request = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\nAuthorization: ${authorization}\r\n\r\n`;
    const status = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(Number(address.port), address.hostname, () => socket.end(request));
      socket.once('data', (data) => resolve(data.toString().slice(9, 12)));
      socket.once('error', reject);
    });
    expect(status).toBe('401');
  });

  test("in mode 'cloud-run' believes the front end, and warns where none can be", async () => {
    const lines: string[] = [];
    const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
    vi.stubEnv('K_SERVICE', undefined);
    await using app = appWith({ mode: 'cloud-run' }, { logger: { stream } });
    const { authorization } = await bearer();
    const stripped = authorization.slice(0, authorization.lastIndexOf('.') + 1) + SIGNATURE_REMOVED;
    const reply = await app.inject({ url: '/', headers: { 'x-serverless-authorization': stripped } });
    expect(reply.json()).toMatchObject({ email: ALICE, verified: false });
    expect(lines.join('')).toContain('K_SERVICE is not set');
    vi.stubEnv('K_SERVICE', 'search');
    await using deployed = appWith({ mode: 'cloud-run' }, { logger: { stream } });
    lines.length = 0;
    await deployed.ready();
    expect(lines.join('')).not.toContain('K_SERVICE');
    vi.unstubAllEnvs();
  });
});

describe('a refusal', () => {
  test('without credentials is the bare challenge of RFC 6750', async () => {
    await using app = appWith();
    const reply = await app.inject('/');
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer');
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401 });
  });

  test('of a bad token is invalid_token, of a caller who may not call insufficient_scope', async () => {
    await using app = appWith({ allowedCallers: [BOB] });
    const bad = await app.inject({ url: '/', headers: { authorization: 'Bearer x' } });
    expect(bad.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    const unlisted = await app.inject({ url: '/', headers: await bearer() });
    expect(unlisted.headers['www-authenticate']).toBe('Bearer error="insufficient_scope"');
    expect(unlisted.json()).toEqual({ type: 'about:blank', title: 'Forbidden', status: 403 });
  });

  test('for want of keys is a 503, to be tried again', async () => {
    const lines: string[] = [];
    const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
    await using app = appWith({ jwksUri: `${google.origin}/nowhere` }, { logger: { stream } });
    const reply = await app.inject({ url: '/', headers: await bearer() });
    expect(reply.statusCode).toBe(503);
    expect(reply.headers).toMatchObject({ 'retry-after': '1' });
    expect(reply.headers['www-authenticate']).toBeUndefined();
    expect(lines.join('')).toContain('could not be fetched ahead');
  });

  test('is explained in the log, which holds no token', async () => {
    const lines: string[] = [];
    const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
    await using app = appWith({ audience: 'https://other.example' }, { logger: { stream } });
    const headers = await bearer();
    await app.inject({ url: '/', headers });
    const log = lines.join('');
    expect(log).toContain('RUN_AUTH_AUDIENCE_REFUSED');
    expect(log).toContain(google.key.jwk.kid);
    expect(log).not.toContain(headers.authorization.slice(7, 60));
  });

  test('goes to the error handler of the application that asks for it, with the reason as cause', async () => {
    await using app = appWith({ refusals: 'throw' });
    app.setErrorHandler((error: FastifyError, _request, reply) =>
      reply
        .code(error.statusCode ?? 500)
        .send({ code: error.code, cause: (error.cause as CallerError).code, message: error.message }),
    );
    const reply = await app.inject('/');
    expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(reply.json()).toEqual({
      code: 'RUN_AUTH_UNAUTHORIZED',
      cause: 'RUN_AUTH_NO_TOKEN',
      message: 'Unauthorized',
    });
    const unlisted = await app.inject({ url: '/alice', headers: await bearer(BOB) });
    expect(unlisted.json()).toMatchObject({ code: 'RUN_AUTH_FORBIDDEN', cause: 'RUN_AUTH_CALLER_REFUSED' });
  });

  test('by a fault of the verifier itself is left to Fastify', () => {
    const fault = new Error('inner');
    const errors: Error[] = [];
    refuse({} as FastifyReply, fault, 'reply', (error) => errors.push(error));
    expect(errors).toEqual([fault]);
  });
});
