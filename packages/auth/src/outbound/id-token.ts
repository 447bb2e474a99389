import { decodeSegment, splitCompact } from '../compact.ts';
import { TokenError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { ownOf } from '../own.ts';

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
  /** For how long it could be used when it came, in milliseconds: what counts, since the clock may be set. */
  readonly lifeMs: number;
}

/** Google's tokens have about 900 characters; none has ten times as many. */
const MAX_LENGTH = 8_192;
/** Google's tokens live an hour. */
const MAX_LIFE_MS = 24 * 3_600_000;
/** What JavaScript can hold as a date, in seconds. */
const MAX_TIME_S = 8.64e12;

/**
 * Reads what a token source returned. The signature is the receiver's business; here it matters that it is an ID token as
 * Google issues them, for the audience that was asked for, and alive.
 */
export function readIdToken(text: unknown, audience: string): IdToken {
  const unusable = (what: string): TokenError => new TokenError('RUN_AUTH_TOKEN_UNUSABLE', audience, what);
  const { alg, claims, bearer } = readParts(text, audience);
  const { aud, exp, iat } = claims;
  if (alg !== 'RS256') throw unusable(`The ID token for ${audience} is not signed as Google signs.`);
  if (aud !== audience) throw unusable(`The ID token for ${audience} is for another audience: ${quote(aud)}.`);
  if (!isTime(exp)) throw unusable(`The ID token for ${audience} says no time of expiry.`);
  const expiresAt = exp * 1000;
  const issuedAt = isTime(iat) ? iat * 1000 : undefined;
  const lifeMs = lifeLeft(expiresAt, issuedAt);
  if (!(lifeMs > 0))
    throw unusable(
      `The ID token for ${audience} expired at ${new Date(expiresAt).toISOString()}; this machine's clock says ${new Date().toISOString()}.`,
    );
  const caller = firstName(claims.email, claims.sub);
  return { bearer, audience, caller, issuedAt: issuedAt ?? Date.now(), expiresAt, lifeMs };
}

/**
 * For how long a token that has just come may be used. By two clocks, the one on the wall and what it said when the process
 * began with the time that has passed since: a clock that is set while the process runs makes at most one of them wrong.
 * Where both find it alive, the shorter life counts, which costs a fetch too early; never more than it was issued for.
 */
function lifeLeft(expiresAt: number, issuedAt: number | undefined): number {
  const clocks = [Date.now(), performance.timeOrigin + performance.now()];
  const lives = clocks.map((now) => expiresAt - now).filter((life) => life > 0);
  const issuedFor = issuedAt === undefined ? MAX_LIFE_MS : expiresAt - issuedAt;
  return lives.length === 0 ? 0 : Math.min(...lives, issuedFor, MAX_LIFE_MS);
}

interface Parts {
  readonly alg: unknown;
  readonly claims: Record<string, unknown>;
  readonly bearer: IdToken['bearer'];
}

function readParts(text: unknown, audience: string): Parts {
  const parts = typeof text === 'string' && text.length <= MAX_LENGTH ? splitCompact(text) : undefined;
  if (parts === undefined)
    throw new TokenError('RUN_AUTH_NOT_AN_ID_TOKEN', audience, `What came for ${audience} is not an ID token.`);
  if (parts.signature === SIGNATURE_REMOVED)
    throw new TokenError(
      'RUN_AUTH_TOKEN_UNUSABLE',
      audience,
      `The ID token for ${audience} has no signature any more.`,
    );
  const claims = readObject(parts.payload);
  if (claims === undefined)
    throw new TokenError('RUN_AUTH_NOT_AN_ID_TOKEN', audience, `The token that came for ${audience} has no claims.`);
  return { alg: readObject(parts.header)?.alg, claims, bearer: `Bearer ${text as IdTokenText}` };
}

/** The members of a segment's JSON object, without a prototype. */
function readObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decodeSegment(segment) ?? '');
    return typeof value === 'object' && value !== null ? ownOf(value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME_S;
}

/** Stands in messages and in the commands that they print: one word, whatever the source says. */
function firstName(...values: unknown[]): string {
  const name = values.find((value) => typeof value === 'string' && /^[\w.@+-]{1,256}$/.test(value));
  return (name as string | undefined) ?? 'an unnamed caller';
}

function quote(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 256) ?? 'none';
}
