import type { CallerError } from '../errors.ts';

/** What a refused caller sees: nothing that helps an attacker. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly title: string;
  /** How the caller may authenticate (RFC 6750 section 3), or when it may try again. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 9457. */
  readonly problem: { readonly type: 'about:blank'; readonly title: string; readonly status: number };
}

/** The media type of a problem, with the charset that Fastify and Express add to texts. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const TITLES = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' };

/** How a refusal is told to the caller; its reason is for the log alone. */
export function refusalOf(error: CallerError): Refusal {
  const status = error.statusCode;
  const title = TITLES[status];
  return { status, title, headers: headersOf(error), problem: { type: 'about:blank', title, status } };
}

/** A refusal as it is logged: what the token said of itself, never the token. */
export function recordOf({ code, token, message }: CallerError): Record<string, unknown> {
  return { code, token, reason: message };
}

/** A request without any credentials gets the bare challenge, without an error code (RFC 6750 section 3.1). */
function headersOf({ code, statusCode }: CallerError): Readonly<Record<string, string>> {
  if (statusCode === 503) return { 'retry-after': '1' };
  if (code === 'RUN_AUTH_NO_TOKEN') return { 'www-authenticate': 'Bearer' };
  return { 'www-authenticate': `Bearer error="${statusCode === 401 ? 'invalid_token' : 'insufficient_scope'}"` };
}
