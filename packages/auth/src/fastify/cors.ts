import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What @fastify/cors does with a request: it answers a preflight, or adds its headers and calls `next`. */
export type Cors = (request: FastifyRequest, reply: FastifyReply, next: (error?: Error) => void) => void;

/** Its hook, in the application that it was registered in; seen in those within. */
const CORS = Symbol('run-edges.cors');

interface WithCors {
  readonly [CORS]?: Cors;
}

type AnyHook = (request: FastifyRequest, reply: FastifyReply, ...rest: unknown[]) => void;

/** Phases whose hooks get a payload, too. */
const WITH_PAYLOAD: ReadonlySet<string> = new Set(['preParsing', 'preSerialization']);

/**
 * Looks out for @fastify/cors being registered from now on. Its hook comes after the guard then, where neither a preflight
 * nor a refused request gets: the guard has to call it. It is told by its name and by what it decorates requests with;
 * where it is not told, its preflights are refused.
 */
export function watchCors(app: FastifyInstance): void {
  const addHook = app.addHook as (name: string, hook: AnyHook) => FastifyInstance;
  const watching = function (this: FastifyInstance, name: string, hook: AnyHook): FastifyInstance {
    if (hook?.name === 'handleCors' && this.hasRequestDecorator('corsPreflightEnabled')) {
      const cors: Cors = WITH_PAYLOAD.has(name)
        ? (request, reply, next) => hook.call(this, request, reply, undefined, next)
        : (request, reply, next) => hook.call(this, request, reply, next);
      Object.defineProperty(this, CORS, { value: cors });
    }
    return addHook.call(this, name, hook);
  };
  app.addHook = watching as typeof app.addHook;
}

/** The CORS plugin of a route, where the guard comes before it. */
export function corsOf(request: FastifyRequest): Cors | undefined {
  return (request.server as WithCors)[CORS];
}
