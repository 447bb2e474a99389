import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { type FastifyInstance, fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import type { Caller } from '../caller.ts';
import { callerAuth as expressAuth } from '../express.ts';
import { callerAuth as fastifyAuth } from '../fastify.ts';
import type { GuardOptions } from '../guard/gatekeeper.ts';
import { callerAuth as honoAuth } from '../hono.ts';
import { callerAuth as koaAuth } from '../koa.ts';
import { CallerGuard, Callers, CurrentCaller } from '../nest.ts';
import { type NodeResponse, callerAuth as nodeAuth } from '../node.ts';
import { ALICE } from './google.ts';

/** A server behind a guard: GET /who answers with the caller, /alice is for ALICE alone, /open for anybody. */
export interface GuardedServer extends AsyncDisposable {
  readonly origin: string;
  readonly http2: boolean;
  /** The callers that handlers saw. */
  readonly seen: (Caller | undefined)[];
}

type Start = (options: GuardOptions, seen: (Caller | undefined)[]) => Promise<{ port: number; close: () => unknown }>;

async function listen(server: Server | Http2Server): ReturnType<Start> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const startFastify =
  (http2: boolean): Start =>
  async ({ onRefusal: _none, ...options }, seen) => {
    const app = (http2 ? fastify({ http2 }) : fastify()) as FastifyInstance;
    app.register(fastifyAuth, options);
    app.register(async (routes) => {
      const who = (request: { caller: Caller | null }): unknown => {
        seen.push(request.caller ?? undefined);
        return { email: request.caller?.email, verified: request.caller?.verified };
      };
      routes.get('/who', who as never);
      routes.get('/alice', { config: { callers: [ALICE] } }, who as never);
      routes.get('/open', { config: { callers: 'unauthenticated' } }, who as never);
    });
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    return { port: Number(port), close: () => app.close() };
  };

const startNode =
  (http2: boolean): Start =>
  async (options, seen) => {
    const auth = nodeAuth(options);
    const answer = (response: NodeResponse, caller?: Caller): void => {
      seen.push(caller);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ email: caller?.email, verified: caller?.verified }));
    };
    const listener = (request: Parameters<typeof auth>[0], response: NodeResponse): void => {
      const guard = request.url === '/alice' ? auth.only([ALICE]) : auth;
      if (request.url === '/open') answer(response);
      else guard(request, response, (caller) => answer(response, caller));
    };
    return listen(http2 ? createHttp2Server(listener) : createServer(listener));
  };

const startExpress: Start = async (options, seen) => {
  const auth = expressAuth(options);
  const app = express();
  const who: express.RequestHandler = ({ caller }, response) => {
    seen.push(caller);
    response.json({ email: caller?.email, verified: caller?.verified });
  };
  app.get('/open', who);
  app.use(auth);
  app.get('/who', who);
  app.get('/alice', auth.only([ALICE]), who);
  return listen(createServer(app));
};

const startKoa =
  (http2: boolean): Start =>
  async (options, seen) => {
    const auth = koaAuth(options);
    const app = new Koa();
    const answer = (ctx: Koa.Context): void => {
      const caller = ctx.state.caller as Caller | undefined;
      seen.push(caller);
      ctx.body = { email: caller?.email, verified: caller?.verified };
    };
    app.use((ctx, next) => (ctx.path === '/open' ? answer(ctx) : next()));
    app.use(auth);
    app.use(async (ctx, next) => (ctx.path === '/alice' ? auth.only([ALICE])(ctx as never, next) : next()));
    app.use((ctx, next) => (ctx.path === '/who' || ctx.path === '/alice' ? answer(ctx) : next()));
    const listener = app.callback() as RequestListener;
    return listen(http2 ? createHttp2Server(listener as never) : createServer(listener));
  };

const startHono =
  (http2: boolean): Start =>
  async (options, seen) => {
    const auth = honoAuth(options);
    const app = new Hono<{ Variables: { caller?: Caller } }>();
    app.get('/open', (c) => {
      seen.push(undefined);
      return c.json({});
    });
    app.use(auth as never);
    const who = (c: { get(name: 'caller'): Caller; json(value: unknown): Response }): Response => {
      const { email, verified } = c.get('caller');
      seen.push(c.get('caller'));
      return c.json({ email, verified });
    };
    app.get('/who', who as never);
    app.get('/alice', auth.only([ALICE]) as never, who as never);
    const server = serve({
      fetch: app.fetch,
      port: 0,
      hostname: '127.0.0.1',
      ...(http2 && { createServer: createHttp2Server }),
    } as Parameters<typeof serve>[0]) as Server;
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  };

/** Decorators as functions: what `@Get('who')` does. */
function decorate(target: object, method: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
  for (const one of decorators) one(target, method, descriptor);
}

function nestModule(options: GuardOptions, seen: (Caller | undefined)[]): new () => object {
  class People {
    who(caller: Caller | undefined): unknown {
      seen.push(caller);
      return { email: caller?.email, verified: caller?.verified };
    }
    alice(caller: Caller): unknown {
      return this.who(caller);
    }
    open(caller?: Caller): unknown {
      return this.who(caller);
    }
  }
  decorate(People.prototype, 'who', Get('who'));
  decorate(People.prototype, 'alice', Get('alice'), Callers([ALICE]));
  decorate(People.prototype, 'open', Get('open'), Callers('unauthenticated'));
  for (const method of ['who', 'alice', 'open']) CurrentCaller()(People.prototype, method, 0);
  Controller()(People);
  class App {}
  Module({
    controllers: [People],
    providers: [{ provide: APP_GUARD, useValue: new CallerGuard(options) }],
  })(App);
  return App;
}

const startNest =
  (platform: 'express' | 'fastify'): Start =>
  async (options, seen) => {
    const module = nestModule(options, seen);
    const app: INestApplication =
      platform === 'express'
        ? await NestFactory.create(module, { logger: false })
        : await NestFactory.create(module, new FastifyAdapter(), { logger: false });
    const { port } = new URL(await app.listen(0, '127.0.0.1').then(() => app.getUrl()));
    return { port: Number(port), close: () => app.close() };
  };

const STARTS: Readonly<Record<string, Start>> = {
  Fastify: startFastify(false),
  'Fastify over HTTP/2': startFastify(true),
  Node: startNode(false),
  'Node over HTTP/2': startNode(true),
  Express: startExpress,
  Koa: startKoa(false),
  'Koa over HTTP/2': startKoa(true),
  Hono: startHono(false),
  'Hono over HTTP/2': startHono(true),
  'Nest on Express': startNest('express'),
  'Nest on Fastify': startNest('fastify'),
};

/** The frameworks that have a guard, Fastify first: what it does is right. */
export const GUARDS: readonly string[] = Object.keys(STARTS);

export async function startGuarded(name: string, options: GuardOptions): Promise<GuardedServer> {
  const seen: (Caller | undefined)[] = [];
  const { port, close } = await (STARTS[name] as Start)(options, seen);
  return {
    origin: `http://127.0.0.1:${port}`,
    http2: name.endsWith('HTTP/2'),
    seen,
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}
