import { decodeSegment, splitCompact } from '../compact.ts';
import { TokenError } from '../errors.ts';

declare const idToken: unique symbol;
/** The text of an ID token. Only {@link readIdToken} makes one, so that no other string can be attached to a call. */
export type IdTokenText = string & { readonly [idToken]: true };

/** An ID token as its client keeps it. */
export interface IdToken {
  /** `Bearer ` and the token. */
  readonly bearer: `Bearer ${IdTokenText}`;
  readonly audience: string;
  /** `email`, else `sub`. */
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Reads what a token source returned. The signature is the receiver's business; here it matters that it is an ID token,
 * for the audience that was asked for, and alive.
 */
export function readIdToken(text: unknown, audience: string, now: number): IdToken {
  const claims = readClaims(text, audience);
  const { aud, exp, iat } = claims;
  if (aud !== audience)
    throw new TokenError(
      'RUN_AUTH_TOKEN_UNUSABLE',
      audience,
      `The ID token is for audience ${JSON.stringify(aud)}, and ${JSON.stringify(audience)} was asked for.`,
    );
  if (typeof exp !== 'number' || !Number.isFinite(exp))
    throw new TokenError('RUN_AUTH_TOKEN_UNUSABLE', audience, `The ID token for ${audience} says no time of expiry.`);
  const expiresAt = exp * 1000;
  if (expiresAt <= now)
    throw new TokenError(
      'RUN_AUTH_TOKEN_UNUSABLE',
      audience,
      `The ID token for ${audience} expired at ${new Date(expiresAt).toISOString()}; this machine's clock says ${new Date(now).toISOString()}.`,
    );
  return {
    bearer: `Bearer ${text as IdTokenText}`,
    audience,
    caller: firstText(claims.email, claims.sub),
    issuedAt: typeof iat === 'number' ? iat * 1000 : now,
    expiresAt,
  };
}

function readClaims(text: unknown, audience: string): Record<string, unknown> {
  const parts = typeof text === 'string' ? splitCompact(text) : undefined;
  if (parts === undefined)
    throw new TokenError('RUN_AUTH_NOT_AN_ID_TOKEN', audience, `What came for ${audience} is not an ID token.`);
  try {
    const claims: unknown = JSON.parse(decodeSegment(parts.payload) ?? '');
    if (typeof claims === 'object' && claims !== null) return { ...claims };
  } catch {
    // told below
  }
  throw new TokenError('RUN_AUTH_NOT_AN_ID_TOKEN', audience, `The token that came for ${audience} has no claims.`);
}

function firstText(...values: unknown[]): string {
  return values.find((value) => typeof value === 'string') ?? 'an unnamed caller';
}
