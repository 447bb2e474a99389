import { CallerError } from '../errors.ts';
import { AUTHORIZATION, SERVERLESS_AUTHORIZATION, type TokenHeader } from '../headers.ts';
import { findHeader, readBearer } from './bearer.ts';

/** A token's text, and whether the place where it stood speaks for it. */
export interface SentToken {
  readonly text: string;
  /** It stood where Cloud Run's front end leaves what it has verified: then it needs no signature. */
  readonly vouched: boolean;
}

/** Finds the token of a request in its raw headers. Throws a {@link CallerError}. */
export type ReadToken = (rawHeaders: readonly string[]) => SentToken;

/** The way to read the token: from one header, whose place says nothing, or from the one that the front end consumed. */
export function tokenReader(header: TokenHeader | 'front-end'): ReadToken {
  if (header === 'front-end') return readConsumed;
  return (rawHeaders) => ({ text: readBearer(findHeader(rawHeaders, header)), vouched: false });
}

/**
 * The front end verifies X-Serverless-Authorization where it is sent, whatever it holds, and Authorization is the caller's
 * to write then. So it is read the same way here: present is present, even when empty or no token at all.
 *
 * Where X-Serverless-Authorization is absent, Authorization may be what the front end verified. Or the caller sent both,
 * had the first dropped on its way (`Connection: x-serverless-authorization`, RFC 9110 section 7.6.1) and wrote the second
 * as it liked. The two look the same here, so that Authorization is never vouched for: it needs its signature. Cloud Run
 * leaves that on the tokens of service accounts.
 */
function readConsumed(rawHeaders: readonly string[]): SentToken {
  if (namesIdentity(rawHeaders)) throw new CallerError('RUN_AUTH_HEADER_NOMINATED');
  const consumed = findHeader(rawHeaders, SERVERLESS_AUTHORIZATION);
  if (consumed !== undefined) return { text: readBearer(consumed), vouched: true };
  return { text: readBearer(findHeader(rawHeaders, AUTHORIZATION)), vouched: false };
}

/**
 * Whether Connection names one of the two headers: a proxy that minds it and one that does not see different requests, and
 * there is no telling which of the two checked the caller.
 */
function namesIdentity(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 10 || name.toLowerCase() !== 'connection') continue;
    if (rawHeaders[index + 1]?.toLowerCase().includes(AUTHORIZATION)) return true;
  }
  return false;
}
