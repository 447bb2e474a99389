import type { FastifyReply } from 'fastify';

const codes = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
} as const;

/** An error as Google's JSON APIs send it. @see https://google.aip.dev/193 */
export class GoogleError extends Error {
  override readonly name = 'GoogleError';
  readonly status: keyof typeof codes;
  readonly details: readonly object[] | undefined;

  constructor(status: keyof typeof codes, message: string, details?: readonly object[]) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** Anything but a fault of our own, in Google's shape: a body that is no JSON, or too large, is the caller's. */
export function sendGoogleError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof GoogleError) {
    const { status, message, details } = error;
    const code = codes[status];
    return reply.code(code).send({ error: { code, message, status, ...(details === undefined ? {} : { details }) } });
  }
  const { statusCode: code = 500, message } = error as { statusCode?: number; message: string };
  if (code >= 500) throw error;
  const mend = code === 415 ? ': send it as application/json.' : '';
  return reply.code(code).send({ error: { code, message: message + mend, status: 'INVALID_ARGUMENT' } });
}

/**
 * What is wrong with one field.
 * @param field as the API that was asked spells its path
 * @see https://google.aip.dev/193
 */
export function invalidField(field: string, description: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Invalid value at '${field}': ${description}`, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] },
  ]);
}

/** What Google says when the caller lacks a permission on a resource, or the resource does not exist. */
export function permissionDenied(permission: string): GoogleError {
  return new GoogleError('PERMISSION_DENIED', `Permission '${permission}' denied on resource (or it may not exist).`, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'IAM_PERMISSION_DENIED',
      domain: 'iam.googleapis.com',
      metadata: { permission },
    },
  ]);
}
