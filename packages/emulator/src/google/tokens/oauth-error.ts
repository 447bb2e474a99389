import type { FastifyReply } from 'fastify';

/** An OAuth error as Google's token endpoints send it: flat JSON. @see RFC 6749 section 5.2 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly error: string;
  readonly status: 400 | 401;

  constructor(error: string, description: string, status: 400 | 401 = 400) {
    super(description);
    this.error = error;
    this.status = status;
  }
}

export function sendOAuthError(error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof OAuthError)) throw error;
  return reply.code(error.status).send({ error: error.error, error_description: error.message });
}

/** A form or JSON body as texts; whatever else it holds is left out. */
export function textsOf(body: unknown): Readonly<Record<string, string | undefined>> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value === 'string'));
}
