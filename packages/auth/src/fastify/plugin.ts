import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction as Next } from 'fastify';
import fp from 'fastify-plugin';
import type { Caller } from '../caller.ts';
import { isPreflight } from '../guard/preflight.ts';
import { notOfThese, type RouteCallers, readRouteCallers } from '../guard/route-callers.ts';
import { VERIFIER_RULES, type VerifierOptions } from '../inbound/options.ts';
import { createVerifier } from '../inbound/verifier.ts';
import { oneOf, type Rules, readOptions } from '../options.ts';
import { own } from '../own.ts';
import { corsOf, watchCors } from './cors.ts';
import { type Refusals, refuse } from './reply.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls. On a route whose callers are `'unauthenticated'` it is `null`. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Who may call this route, among those the plugin lets in; or `'unauthenticated'`, for anybody without a token. */
    callers?: RouteCallers;
  }
}

const NO_FRONT_END =
  "callerAuth in mode 'cloud-run' believes tokens without signature, and K_SERVICE is not set: unless a front end checks every request, anybody can forge a caller";
const KEYS_NOT_AHEAD = 'the keys of the issuer could not be fetched ahead; the first request tries again';

/** Options of {@link callerAuth}: those of the verifier, and what becomes of a refusal. */
export type CallerAuthOptions = VerifierOptions & {
  /**
   * `reply`: the plugin answers with a problem (RFC 9457). `throw`: the application's error handler gets an error with
   * `statusCode` 401, 403 or 503, whose cause is the `CallerError`. Default: `reply`.
   */
  readonly refusals?: Refusals;
};

const RULES: Rules<CallerAuthOptions> = { ...VERIFIER_RULES, refusals: oneOf('reply', 'throw') };

const plugin: FastifyPluginAsync<CallerAuthOptions> = async (app, given) => {
  const { refusals = 'reply', ...options } = readOptions<CallerAuthOptions>(given, RULES);
  const verifier = createVerifier(options);
  app.decorateRequest('caller', null);
  watchCors(app);

  /** With the headers of the CORS plugin, so that a page of another origin can read why. */
  const turnAway = (request: FastifyRequest, reply: FastifyReply, error: unknown, next: Next): void => {
    // It would answer any OPTIONS itself.
    const cors = request.method === 'OPTIONS' ? undefined : corsOf(request);
    const turn = (): void => refuse(reply, error, refusals, next);
    if (cors === undefined) turn();
    else cors(request, reply, (fault) => (fault === undefined ? turn() : next(fault)));
  };

  const authenticate = (request: FastifyRequest, reply: FastifyReply, next: Next): void => {
    const callers = readRouteCallers(own(request.routeOptions.config, 'callers'));
    if (callers === 'unauthenticated') {
      next();
      return;
    }
    const admit = (caller: Caller): void => {
      if (callers === undefined || callers.has(caller.email)) {
        request.caller = caller;
        next();
      } else turnAway(request, reply, notOfThese(caller), next);
    };
    const { rawHeaders } = request.raw;
    const known = verifier.peek(rawHeaders);
    if (known !== undefined) {
      admit(known);
      return;
    }
    const verify = (): void =>
      void verifier.verifyHeaders(rawHeaders).then(admit, (error: unknown) => turnAway(request, reply, error, next));
    // A preflight carries no token. The CORS plugin answers it, and nothing else runs; what it does not answer needs one.
    const cors = isPreflight(request.method, request.headers) ? corsOf(request) : undefined;
    if (cors === undefined) verify();
    else cors(request, reply, (fault) => (fault === undefined ? verify() : next(fault)));
  };

  app.addHook('onRoute', (route) => {
    // Where there is none, Fastify would take one from the prototype.
    route.config = own(route, 'config') ?? {};
    readRouteCallers(own(route.config, 'callers'));
  });
  app.addHook('onRequest', authenticate);
  app.addHook('onReady', async () => {
    if (options.mode === 'cloud-run' && process.env.K_SERVICE === undefined) app.log.warn(NO_FRONT_END);
    verifier.prefetch().catch((error: unknown) => app.log.warn(error, KEYS_NOT_AHEAD));
  });
};

/**
 * Requires a Google-signed ID token of every request to the application, before its body is read, and puts the caller into
 * `request.caller`. Register it first. A route opens itself with `config: { callers: 'unauthenticated' }`, or narrows who
 * may call with a list of e-mail addresses. A CORS preflight, which carries no token, is answered by @fastify/cors,
 * registered before or after, and by nobody else.
 *
 * @example
 * ```ts
 * import { callerAuth } from '@run-edges/auth/fastify';
 * import { fastify } from 'fastify';
 *
 * const app = fastify();
 * await app.register(callerAuth, {
 *   mode: 'signature',
 *   audience: 'https://search-123456789012.europe-west1.run.app',
 *   allowedCallers: ['user-profiles-run@demo-project.iam.gserviceaccount.com'],
 * });
 * app.get('/health', { config: { callers: 'unauthenticated' } }, () => 'ok');
 * app.get('/who', (request) => request.caller?.email);
 * ```
 */
export const callerAuth: FastifyPluginAsync<CallerAuthOptions> = fp(plugin, {
  fastify: '5.x',
  name: '@run-edges/auth',
});
