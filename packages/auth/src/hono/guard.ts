import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Caller } from '../caller.ts';
import type { GuardOptions } from '../guard/gatekeeper.ts';
import { type Guarded, guarded } from '../guard/guarded.ts';
import { type Framework, guardWith, type Middleware } from '../guard/middleware.ts';
import { PROBLEM_TYPE } from '../guard/refusal.ts';

/** What a guard adds to the variables of a context. */
export interface CallerVariables {
  /** Who calls, behind a guard. */
  caller: Caller;
}

interface CallerEnv {
  Variables: CallerVariables;
}

/** A guard as middleware of Hono. */
export type HonoGuard = Guarded<MiddlewareHandler<CallerEnv>>;

const hono: Framework<Context<CallerEnv>> = {
  request: ({ req, env }) => ({ method: req.method, headers: req.header(), rawHeaders: rawHeadersOf(req.raw, env) }),
  welcome: (c, caller) => c.set('caller', caller),
  refuse(c, { status, headers, problem }) {
    c.res = new Response(JSON.stringify(problem), { status, headers: { ...headers, 'content-type': PROBLEM_TYPE } });
  },
};

/**
 * Requires a Google-signed ID token of every request to what stands behind it, and puts the caller into `c.get('caller')`.
 *
 * @throws ConfigError at once when an option is wrong.
 * @example
 * ```ts
 * import { Hono } from 'hono';
 * import { callerAuth, type CallerVariables } from '@run-edges/auth/hono';
 *
 * const app = new Hono<{ Variables: CallerVariables }>();
 * app.use(
 *   callerAuth({
 *     mode: 'signature',
 *     audience: 'https://search-123456789012.europe-west1.run.app',
 *     allowedCallers: ['user-profiles-run@demo-project.iam.gserviceaccount.com'],
 *   }),
 * );
 * app.get('/who', (c) => c.text(c.get('caller').email));
 * ```
 */
export function callerAuth(options: GuardOptions): HonoGuard {
  return guarded(options, (keeper, callers) => {
    const middleware = guardWith(keeper, hono, (c) => corsBehind(guard, c), callers);
    const guard: MiddlewareHandler<CallerEnv> = async (c, next) => (await middleware(c, next)) as Response | undefined;
    return guard;
  });
}

/**
 * The headers as they were sent, where the server is Node's. Elsewhere those of the request, in which repeated ones are
 * joined by a comma: no token has one, so that two are refused there, too.
 */
function rawHeadersOf({ headers }: Request, env: unknown): readonly string[] {
  const { incoming } = Object(env) as { readonly incoming?: { readonly rawHeaders?: readonly string[] } };
  return incoming?.rawHeaders ?? [...headers].flat();
}

/** Hono's own CORS middleware where it stands behind a guard on the way of a request, told by its name. */
function corsBehind(guard: unknown, c: Context<CallerEnv>): Middleware<Context<CallerEnv>> | undefined {
  const handlers: readonly unknown[] = matchedRoutes(c).map(({ handler }) => handler);
  const at = handlers.indexOf(guard);
  const behind = at < 0 ? [] : (handlers.slice(at + 1) as Middleware<Context<CallerEnv>>[]);
  return behind.find(({ name }) => name === 'cors');
}
