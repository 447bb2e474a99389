import {
  type CanActivate,
  type CustomDecorator,
  createParamDecorator,
  type ExecutionContext,
  HttpException,
  Logger,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Caller } from '../caller.ts';
import type { CallerError } from '../errors.ts';
import { createGatekeeper, type Gatekeeper, type GuardOptions } from '../guard/gatekeeper.ts';
import { PROBLEM_TYPE, recordOf } from '../guard/refusal.ts';
import { type RouteCallers, readRouteCallers } from '../guard/route-callers.ts';

const CALLERS = '@run-edges/auth:callers';

/**
 * Who may call a controller or one of its methods, among those that the guard lets in; or `'unauthenticated'`, for anybody
 * without a token. What a method says counts before what its controller says.
 *
 * @throws ConfigError when it is neither.
 */
export function Callers(callers: RouteCallers): CustomDecorator {
  readRouteCallers(callers);
  return SetMetadata(CALLERS, callers);
}

/** The caller, as a parameter of a method; `undefined` where anybody may call. */
export const CurrentCaller: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller | undefined =>
    context.switchToHttp().getRequest<GuardedRequest>().caller,
);

/** A request of Express, or of Fastify, which has Node's inside. */
interface GuardedRequest {
  readonly rawHeaders?: readonly string[];
  readonly raw: { readonly rawHeaders: readonly string[] };
  caller?: Caller;
}

/** A response of either. */
interface GuardedResponse {
  header(name: string, value: string): unknown;
}

/**
 * Requires a Google-signed ID token of every request to a route. Refusals are thrown as `HttpException`, whose cause is the
 * `CallerError`, with the status and the challenge set; Nest's own filter answers with a problem (RFC 9457). What is no HTTP
 * request (a message of a WebSocket or of a microservice) is refused.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { APP_GUARD } from '@nestjs/core';
 * import { CallerGuard } from '@run-edges/auth/nest';
 *
 * const guard = new CallerGuard({
 *   mode: 'signature',
 *   audience: 'https://search-123456789012.europe-west1.run.app',
 *   allowedCallers: ['user-profiles-run@demo-project.iam.gserviceaccount.com'],
 * });
 *
 * @Module({ providers: [{ provide: APP_GUARD, useValue: guard }] })
 * class AppModule {}
 * ```
 */
export class CallerGuard implements CanActivate {
  readonly #keeper: Gatekeeper;
  readonly #reflector = new Reflector();

  /** @throws ConfigError at once when an option is wrong */
  constructor(options: GuardOptions) {
    const logger = new Logger(CallerGuard.name);
    const log = (refusal: CallerError): void => logger.warn({ message: 'caller refused', ...recordOf(refusal) });
    this.#keeper = createGatekeeper(options, log);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return false;
    const of = [context.getHandler(), context.getClass()];
    const callers = readRouteCallers(this.#reflector.getAllAndOverride<unknown>(CALLERS, of));
    if (callers === 'unauthenticated') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const response = context.switchToHttp().getResponse<GuardedResponse>();
    try {
      request.caller = await this.#keeper.admit(request.rawHeaders ?? request.raw.rawHeaders, callers);
      return true;
    } catch (error) {
      const { status, headers, problem } = this.#keeper.turnAway(error);
      for (const [name, value] of Object.entries({ ...headers, 'content-type': PROBLEM_TYPE }))
        response.header(name, value);
      throw new HttpException(problem, status, { cause: error });
    }
  }

  /** Fetches the issuer's keys ahead of the first request. Rejects with a `CallerError` when they cannot be had. */
  prefetch(): Promise<void> {
    return this.#keeper.prefetch();
  }
}
