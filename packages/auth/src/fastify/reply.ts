import createError, { type FastifyError } from '@fastify/error';
import type { FastifyReply } from 'fastify';
import type { RefusalCode } from '../codes.ts';
import { CallerError } from '../errors.ts';

/** What becomes of a refusal: the plugin replies, or the application's error handler does. */
export type Refusals = 'reply' | 'throw';

const TITLES = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' };

/** The errors for the application's error handler: with a status and a title, and nothing that helps an attacker. */
const ERRORS = {
  401: createError<[string, ErrorOptions]>('RUN_AUTH_UNAUTHORIZED' satisfies RefusalCode, '%s', 401),
  403: createError<[string, ErrorOptions]>('RUN_AUTH_FORBIDDEN' satisfies RefusalCode, '%s', 403),
  503: createError<[string, ErrorOptions]>('RUN_AUTH_UNAVAILABLE' satisfies RefusalCode, '%s', 503),
};

/**
 * Refuses a request: RFC 6750 section 3 says how it may be told to the caller, RFC 9457 the shape of the body. The reason
 * is for the log alone.
 */
export function refuse(reply: FastifyReply, error: unknown, refusals: Refusals, next: (error: Error) => void): void {
  if (!(error instanceof CallerError)) {
    next(error as Error);
    return;
  }
  reply.log.warn({ code: error.code, token: error.token, reason: error.message }, 'caller refused');
  const status = error.statusCode;
  const challenge = challengeOf(error);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  if (status === 503) reply.header('retry-after', '1');
  if (refusals === 'throw') next(refusal(error));
  else reply.code(status).type('application/problem+json').send({ type: 'about:blank', title: TITLES[status], status });
}

function refusal(cause: CallerError): FastifyError {
  return new ERRORS[cause.statusCode](TITLES[cause.statusCode], { cause });
}

/** A request without any credentials gets the bare challenge, without an error code (RFC 6750 section 3.1). */
function challengeOf({ code, statusCode }: CallerError): string | undefined {
  if (code === 'RUN_AUTH_NO_TOKEN') return 'Bearer';
  if (statusCode === 401) return 'Bearer error="invalid_token"';
  return statusCode === 403 ? 'Bearer error="insufficient_scope"' : undefined;
}
