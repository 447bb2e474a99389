import type { Caller } from '../caller.ts';
import { CallerError } from '../errors.ts';
import { own } from '../own.ts';
import { shorten } from './describe.ts';

/** What the claims must say. */
export interface ClaimRules {
  /** The accepted audiences; `null` accepts any. */
  readonly audiences: ReadonlySet<string> | null;
  /** How far clocks may differ, in seconds. */
  readonly clockTolerance: number;
}

/** Both forms that Google documents. https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken */
const ISSUERS: ReadonlySet<unknown> = new Set(['https://accounts.google.com', 'accounts.google.com']);

/** Google's tokens live an hour; like google-auth-library, nothing that ends more than a day from now is believed. */
const MAX_LIFETIME_S = 86_400;

type Claims = Readonly<Record<string, unknown>>;

/** Checks the claims of a Google ID token, and makes the caller of them. `now` in milliseconds since the epoch. */
export function readCaller(claims: Claims, rules: ClaimRules, verified: boolean, now: number): Caller {
  const issuer = text(claims, 'iss');
  if (!ISSUERS.has(issuer)) throw new CallerError('RUN_AUTH_ISSUER_REFUSED');
  const audience = checkAudience(claims, rules.audiences);
  const expiresAt = checkTimes(claims, rules.clockTolerance, now);
  const subject = text(claims, 'sub');
  if (own(claims, 'email') === undefined) throw new CallerError('RUN_AUTH_EMAIL_MISSING');
  const email = text(claims, 'email');
  if (own(claims, 'email_verified') !== true) throw new CallerError('RUN_AUTH_EMAIL_UNVERIFIED');
  return Object.freeze({ email, subject, audience, issuer, expiresAt, verified, claims: deepFreeze(claims) });
}

function checkAudience(claims: Claims, accepted: ReadonlySet<string> | null): string {
  if (Array.isArray(own(claims, 'aud'))) throw new CallerError('RUN_AUTH_AUDIENCE_SEVERAL');
  const audience = text(claims, 'aud');
  if (accepted === null || accepted.has(audience)) return audience;
  throw new CallerError(
    'RUN_AUTH_AUDIENCE_REFUSED',
    `It says ${quote(audience)}; accepted: ${[...accepted].map(quote).join(', ')}.${nearMiss(audience, accepted)}`,
  );
}

/** Tells the mistakes that people make: a slash at the end, a path, a query, another case, another way to write a URL. */
function nearMiss(audience: string, accepted: ReadonlySet<string>): string {
  for (const one of accepted) {
    const difference = differenceOf(audience, one);
    if (difference !== undefined) return ` ${difference}`;
  }
  return '';
}

function differenceOf(audience: string, accepted: string): string | undefined {
  if (audience.toLowerCase() === accepted.toLowerCase()) return 'They differ in upper and lower case.';
  const [said, expected] = [withoutSlash(audience), withoutSlash(accepted)];
  if (said === expected)
    return `They differ in the slash at the end, which ${said === audience ? 'it lacks' : 'it has'}.`;
  if (said.replace(/^https?:/, '') === expected.replace(/^https?:/, '')) return 'They differ in http and https.';
  if (URL.canParse(said) && new URL(said).href === URL.parse(expected)?.href)
    return 'They are one URL, written in two ways.';
  return restOf(audience, expected, 'It has') ?? restOf(accepted, said, 'It lacks');
}

/** What the longer of the two has behind the shorter. */
function restOf(longer: string, shorter: string, verb: string): string | undefined {
  const rest = longer.startsWith(shorter) ? longer.slice(shorter.length) : '';
  if (/^\/?[?#]/.test(rest)) return `${verb} a query or fragment.`;
  return rest.startsWith('/') ? `${verb} a path.` : undefined;
}

function withoutSlash(audience: string): string {
  return audience.endsWith('/') ? audience.slice(0, -1) : audience;
}

function checkTimes(claims: Claims, tolerance: number, now: number): number {
  const seconds = now / 1000;
  const exp = time(claims, 'exp');
  const iat = time(claims, 'iat');
  const nbf = own(claims, 'nbf') === undefined ? iat : time(claims, 'nbf');
  if (exp + tolerance <= seconds)
    throw new CallerError('RUN_AUTH_TOKEN_EXPIRED', `It ended at ${new Date(exp * 1000).toISOString()}.`);
  if (exp > seconds + MAX_LIFETIME_S + tolerance) throw new CallerError('RUN_AUTH_TOKEN_TOO_LONG_LIVED');
  const from = Math.max(iat, nbf);
  if (from - tolerance > seconds) throw new CallerError('RUN_AUTH_TOKEN_NOT_YET_VALID');
  return exp * 1000;
}

function text(claims: Claims, name: string): string {
  const value = own(claims, name);
  if (value === undefined) throw new CallerError('RUN_AUTH_CLAIM_MISSING', `Claim: ${name}.`);
  if (typeof value !== 'string' || value === '') throw new CallerError('RUN_AUTH_CLAIM_INVALID', `Claim: ${name}.`);
  return value;
}

/** A NumericDate (RFC 7519 section 2) that JavaScript can hold as a date. */
function time(claims: Claims, name: string): number {
  const value = own(claims, name);
  if (value === undefined) throw new CallerError('RUN_AUTH_CLAIM_MISSING', `Claim: ${name}.`);
  if (typeof value !== 'number' || !(value >= 0 && value <= 8.64e12))
    throw new CallerError('RUN_AUTH_CLAIM_INVALID', `Claim: ${name}.`);
  return value;
}

/** Callers are shared by requests: nobody may write into one, however deep. */
function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

function quote(value: string): string {
  return JSON.stringify(shorten(value));
}
