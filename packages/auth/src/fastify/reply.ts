import createError, { type FastifyError } from '@fastify/error';
import type { FastifyReply } from 'fastify';
import type { RefusalCode } from '../codes.ts';
import { CallerError } from '../errors.ts';
import { PROBLEM_TYPE, recordOf, refusalOf } from '../guard/refusal.ts';

/** What becomes of a refusal: the plugin replies, or the application's error handler does. */
export type Refusals = 'reply' | 'throw';

/** The errors for the application's error handler: with a status and a title, and nothing that helps an attacker. */
const ERRORS = {
  401: createError<[string, ErrorOptions]>('RUN_AUTH_UNAUTHORIZED' satisfies RefusalCode, '%s', 401),
  403: createError<[string, ErrorOptions]>('RUN_AUTH_FORBIDDEN' satisfies RefusalCode, '%s', 403),
  503: createError<[string, ErrorOptions]>('RUN_AUTH_UNAVAILABLE' satisfies RefusalCode, '%s', 503),
};

/** Refuses a request. The reason is for the log alone. */
export function refuse(reply: FastifyReply, error: unknown, refusals: Refusals, next: (error: Error) => void): void {
  if (!(error instanceof CallerError)) {
    next(error as Error);
    return;
  }
  reply.log.warn(recordOf(error), 'caller refused');
  const { status, title, headers, problem } = refusalOf(error);
  reply.headers(headers);
  if (refusals === 'throw') next(new ERRORS[status](title, { cause: error }) as FastifyError);
  else reply.code(status).type(PROBLEM_TYPE).send(problem);
}
