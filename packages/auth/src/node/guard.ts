import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Caller } from '../caller.ts';
import type { GuardOptions } from '../guard/gatekeeper.ts';
import { type Guarded, guarded } from '../guard/guarded.ts';
import { type NodeResponse, send } from './send.ts';

/**
 * A guard for requests as Node has them, of HTTP/1.1 or HTTP/2: calls `admitted` with the caller, or answers 401, 403 or 503
 * itself.
 */
export type NodeGuard = Guarded<
  (request: IncomingMessage | Http2ServerRequest, response: NodeResponse, admitted: (caller: Caller) => void) => void
>;

/**
 * Makes a guard for Node's own `(request, response)`. Connections that are upgraded do not come by here: verify those with
 * `createVerifier(options).verifyHeaders(request.rawHeaders)`.
 *
 * @throws ConfigError at once when an option is wrong.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { callerAuth } from '@run-edges/auth/node';
 *
 * const auth = callerAuth({
 *   mode: 'signature',
 *   audience: 'https://search-123456789012.europe-west1.run.app',
 *   allowedCallers: ['user-profiles-run@demo-project.iam.gserviceaccount.com'],
 * });
 * const server = createServer((request, response) => {
 *   auth(request, response, (caller) => response.end(`hello, ${caller.email}`));
 * });
 * ```
 */
export function callerAuth(options: GuardOptions): NodeGuard {
  return guarded(options, (keeper, callers) => (request, response, admitted) => {
    const refuse = (error: unknown): void => send(response, keeper.turnAway(error));
    keeper.admit(request.rawHeaders, callers).then(admitted, refuse);
  });
}
