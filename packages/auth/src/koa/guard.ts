import type Koa from 'koa';
import type { Caller } from '../caller.ts';
import type { GuardOptions } from '../guard/gatekeeper.ts';
import { type Guarded, guarded } from '../guard/guarded.ts';
import { type Framework, guardWith, type Middleware } from '../guard/middleware.ts';
import { PROBLEM_TYPE } from '../guard/refusal.ts';

/** What a guard adds to `ctx.state`. */
export interface CallerState {
  /** Who calls, behind a guard. */
  caller: Caller;
}

/** A guard as middleware of Koa. */
export type KoaGuard = Guarded<Koa.Middleware<CallerState>>;

type Context = Koa.ParameterizedContext<CallerState>;

const koa: Framework<Context> = {
  request: ({ method, headers, req }) => ({ method, headers, rawHeaders: req.rawHeaders }),
  welcome(ctx, caller) {
    ctx.state.caller = caller;
  },
  refuse(ctx, { status, headers, problem }) {
    ctx.status = status;
    ctx.set({ ...headers, 'content-type': PROBLEM_TYPE });
    ctx.body = JSON.stringify(problem);
  },
};

/**
 * Requires a Google-signed ID token of every request to what stands behind it, and puts the caller into `ctx.state.caller`.
 *
 * @throws ConfigError at once when an option is wrong.
 * @example
 * ```ts
 * import Koa from 'koa';
 * import { callerAuth, type CallerState } from '@run-edges/auth/koa';
 *
 * const app = new Koa<CallerState>();
 * app.use(
 *   callerAuth({
 *     mode: 'signature',
 *     audience: 'https://search-123456789012.europe-west1.run.app',
 *     allowedCallers: ['user-profiles-run@demo-project.iam.gserviceaccount.com'],
 *   }),
 * );
 * app.use((ctx) => {
 *   ctx.body = `hello, ${ctx.state.caller.email}`;
 * });
 * ```
 */
export function callerAuth(options: GuardOptions): KoaGuard {
  return guarded(options, (keeper, callers) => {
    const guard: Middleware<Context> = guardWith(keeper, koa, (ctx) => corsBehind(guard, ctx), callers);
    return guard;
  });
}

/** The middleware of `@koa/cors` that the application uses behind a guard, told by its name. */
function corsBehind(guard: Middleware<Context>, { app }: Context): Middleware<Context> | undefined {
  const used = app.middleware as unknown as readonly Middleware<Context>[];
  const at = used.indexOf(guard);
  return at < 0 ? undefined : used.slice(at + 1).find(({ name }) => name === 'cors');
}
