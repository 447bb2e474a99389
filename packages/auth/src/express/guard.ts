import type { RequestHandler } from 'express';
import type { Caller } from '../caller.ts';
import type { GuardOptions } from '../guard/gatekeeper.ts';
import { type Guarded, guarded } from '../guard/guarded.ts';
import { type Framework, guardWith } from '../guard/middleware.ts';
import { send } from '../node/send.ts';
import { corsBehind } from './cors.ts';
import type { Exchange } from './exchange.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who calls, behind a guard. */
      caller?: Caller;
    }
  }
}

/** A guard as middleware of Express. */
export type ExpressGuard = Guarded<RequestHandler>;

const express: Framework<Exchange> = {
  request: ({ request }) => request,
  welcome({ request }, caller) {
    request.caller = caller;
  },
  refuse: ({ response }, refusal) => send(response, refusal),
};

/**
 * Requires a Google-signed ID token of every request to what stands behind it, and puts the caller into `request.caller`.
 * Routes that anybody may call stand before it.
 *
 * @throws ConfigError at once when an option is wrong.
 * @example
 * ```ts
 * import express from 'express';
 * import { callerAuth } from '@run-edges/auth/express';
 *
 * const PROFILES = 'user-profiles-run@demo-project.iam.gserviceaccount.com';
 * const auth = callerAuth({
 *   mode: 'signature',
 *   audience: 'https://search-123456789012.europe-west1.run.app',
 *   allowedCallers: [PROFILES, 'login-run@demo-project.iam.gserviceaccount.com'],
 * });
 * const app = express();
 * app.get('/health', (_request, response) => void response.send('ok'));
 * app.use(auth);
 * app.get('/who', (request, response) => void response.send(request.caller?.email));
 * app.get('/index', auth.only([PROFILES]), (_request, response) => void response.send('for profiles alone'));
 * ```
 */
export function callerAuth(options: GuardOptions): ExpressGuard {
  return guarded(options, (keeper, callers) => {
    const middleware = guardWith(keeper, express, ({ request }) => corsBehind(guard, request), callers);
    const guard: RequestHandler = async (request, response, next) => {
      await middleware({ request, response }, async () => next());
    };
    return guard;
  });
}
