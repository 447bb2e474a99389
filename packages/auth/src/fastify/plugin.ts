import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import fp from 'fastify-plugin';
import type { Caller } from '../caller.ts';
import { type RouteCallers, readRouteCallers } from '../guard/route-callers.ts';
import { VERIFIER_RULES, type VerifierOptions } from '../inbound/options.ts';
import { callerRefused, createVerifier } from '../inbound/verifier.ts';
import { oneOf, type Rules, readOptions } from '../options.ts';
import { own } from '../own.ts';
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

  const authenticate = (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void => {
    const callers = readRouteCallers(own(request.routeOptions.config, 'callers'));
    if (callers === 'unauthenticated') {
      next();
      return;
    }
    const admit = (caller: Caller): void => {
      if (callers === undefined || callers.has(caller.email)) {
        request.caller = caller;
        next();
      } else refuse(reply, callerRefused(caller), refusals, next);
    };
    const { rawHeaders } = request.raw;
    const known = verifier.peek(rawHeaders);
    if (known !== undefined) admit(known);
    else verifier.verifyHeaders(rawHeaders).then(admit, (error: unknown) => refuse(reply, error, refusals, next));
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
 * may call with a list of e-mail addresses.
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
